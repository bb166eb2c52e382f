"""What would other rules have brought on stays that really were, and who pays more, less or the same?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

# Stays of a day and longer are one row.
LONGEST_HOURS = 24
_HOUR = timedelta(hours=1)


class PricedTwice(NamedTuple):
    """One real stay and its fee in fen by the rules in force and by the other ones; None: nobody can say."""

    lot_id: str
    lasted: timedelta
    now_fen: int | None
    then_fen: int | None


@dataclass(slots=True)
class Tally:
    """Some stays together; money in fen.

    `unknown` have no fee by one of the two: they are among `visits`, and in no other number.
    """

    visits: int = 0
    now_fen: int = 0
    then_fen: int = 0
    more: int = 0
    less: int = 0
    same: int = 0
    unknown: int = 0

    @property
    def change_fen(self) -> int:
        """What the other rules bring more, or (negative) less."""
        return self.then_fen - self.now_fen

    def add(self, now_fen: int | None, then_fen: int | None) -> None:
        self.visits += 1
        if now_fen is None or then_fen is None:
            self.unknown += 1
            return
        self.now_fen += now_fen
        self.then_fen += then_fen
        if then_fen > now_fen:
            self.more += 1
        elif then_fen < now_fen:
            self.less += 1
        else:
            self.same += 1


@dataclass(slots=True)
class Comparison:
    """The stays that began in [since_on, until_on), by lot and by begun hours of the stay.

    `by_hours[n]` holds stays of [n, n + 1) hours, the last one all of 24 hours and longer. Where `is_whole`
    is False only an even part of the `of_visits` that there are was read.
    """

    since_on: date
    until_on: date
    total: Tally = field(default_factory=Tally)
    by_lot: dict[str, Tally] = field(default_factory=dict)
    by_hours: list[Tally] = field(default_factory=lambda: [Tally() for _ in range(LONGEST_HOURS + 1)])
    of_visits: int = 0
    is_whole: bool = True

    def add(self, stays: Iterable[PricedTwice]) -> None:
        """Count some more stays; what is kept grows with the lots, not with the stays."""
        for stay in stays:
            hours = min(stay.lasted // _HOUR, LONGEST_HOURS)
            lot = self.by_lot.setdefault(stay.lot_id, Tally())
            for tally in (self.total, lot, self.by_hours[hours]):
                tally.add(stay.now_fen, stay.then_fen)
