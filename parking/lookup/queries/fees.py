"""What does a stay cost at each of many lots? Quoted once for all lots of a version, and then remembered."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import numpy as np
import orjson
from numpy.typing import NDArray

from parking.city.rules import Calendar
from parking.kernel.vocabulary import StayKind
from parking.lookup.queries.entries import JSON
from parking.lookup.rules import UNKNOWN_FEN
from parking.tariffs.queries import LotTariff, TariffBook
from parking.tariffs.queries.book import Timeline
from parking.tariffs.rules.quotes import Stay
from parking.tariffs.rules.tariff import VehicleClass
from parking.tariffs.rules.versions import Price, quote_across

# About 40 MB in a process; of a stay that is asked for, every version may have one.
_MOST_FEES = 100_000
_FEWEST_STAYS = 16
_NOT_YET = -1

Lines = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class PlannedStay:
    """A stay that somebody thinks of: from the minute of `arrive_at` (aware) on, in whole minutes."""

    arrive_at: datetime
    minutes: int
    vehicle: VehicleClass = VehicleClass.SMALL
    kind: StayKind = StayKind.CASUAL

    @property
    def key(self) -> tuple[int, int, VehicleClass, StayKind]:
        return int(self.arrive_at.timestamp()) // 60, self.minutes, self.vehicle, self.kind

    @property
    def shared(self) -> PlannedStay:
        """The same stay in a shared window."""
        return replace(self, kind=StayKind.SHARED)

    @property
    def leave_at(self) -> datetime:
        return self.arrive_at + timedelta(minutes=self.minutes)

    @property
    def stay(self) -> Stay:
        """What is quoted, in UTC."""
        arrive_at = datetime.fromtimestamp(self.key[0] * 60, UTC)
        return Stay(arrive_at, arrive_at + timedelta(minutes=self.minutes), self.vehicle, self.kind)


@dataclass(frozen=True, slots=True)
class FeeView:
    """What a planned stay costs at a lot. `fee_fen` is None where, and only where, the price is unknown.

    FREE is a lot that never charges; a priced lot may cost nothing for a short stay.
    """

    price: Price
    fee_fen: int | None = None
    next_change_at: datetime | None = None
    next_fee_fen: int | None = None
    # As a member of an answer, and what tells it from others: made when it is reckoned.
    json: bytes = field(init=False, repr=False, compare=False)
    digest: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        change = {"at": self.next_change_at, "fee_fen": self.next_fee_fen} if self.next_change_at else None
        told = {"price": self.price, "fee_fen": self.fee_fen, "next_change": change}
        json = b',"fee":' + orjson.dumps(told, option=JSON)
        object.__setattr__(self, "json", json)
        object.__setattr__(self, "digest", blake2b(json, digest_size=12).digest())


_UNKNOWN = FeeView(Price.UNKNOWN)


class Fees:
    """The fees of one book of tariffs. Lots whose tariffs are alike at all times share a line, 0 is none.

    May be used by several threads: two may both reckon a fee, and reckon the same.
    """

    def __init__(self, book: TariffBook) -> None:
        self.book = book
        self._lines: dict[Hashable, int] = {}
        self._timelines: list[Timeline | None] = [None]
        self._line_of = {lot_id: self._line(each) for lot_id, each in book.timelines.items()}
        self._line_of_tariff = {tariff_id: self._line(each) for tariff_id, each in book.tariffs.items()}
        self._most_stays = max(_FEWEST_STAYS, _MOST_FEES // len(self._timelines))
        self._kept: dict[Hashable, StayFees] = {}
        self._making_room = threading.Lock()

    def _line(self, timeline: Timeline) -> int:
        # Most lots share theirs; what was read apart may be alike.
        line = self._lines.get(id(timeline))
        if line is None:
            told = tuple((each.from_at, each.version_id, each.zone) for each in timeline.versions)
            line = self._lines[id(timeline)] = self._lines.setdefault(told, len(self._timelines))
            if line == len(self._timelines):
                self._timelines.append(timeline)
        return line

    def line_of_tariff(self, tariff_id: str) -> int:
        """The line of a tariff by itself; 0 where it is not published."""
        return self._line_of_tariff.get(tariff_id, 0)

    def lines(self, lot_ids: Sequence[str]) -> Lines:
        """The line of each lot."""
        if not self._line_of:
            return np.zeros(len(lot_ids), np.int32)
        line_of = self._line_of
        return np.array([line_of.get(lot_id, 0) for lot_id in lot_ids], np.int32)

    def of(self, stay: PlannedStay) -> StayFees:
        """The fees of a stay. Those of the stays asked for first are forgotten first."""
        if stay.kind is StayKind.SHARED:
            return self.of(replace(stay, kind=StayKind.CASUAL)).shared
        key = stay.key
        known = self._kept.get(key)
        if known is None:
            known = StayFees(self.book.calendar, self._timelines, stay.stay)
            with self._making_room:
                while len(self._kept) >= self._most_stays:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = known
        return known


class StayFees:
    """What one stay costs, line by line, reckoned when it is first asked for."""

    def __init__(self, calendar: Calendar, timelines: Sequence[Timeline | None], stay: Stay) -> None:
        self._calendar, self._timelines, self._stay = calendar, timelines, stay
        self._views: list[FeeView | None] = [_UNKNOWN, *[None] * (len(timelines) - 1)]
        self._fens = np.full(len(timelines), _NOT_YET, np.int64)
        self._fens[0] = UNKNOWN_FEN
        self._by_version: dict[Hashable, FeeView] = {}
        self._shared: StayFees | None = None

    @property
    def shared(self) -> StayFees:
        """The fees of the same stay in a shared window; few lots lend, so that few are ever reckoned."""
        known = self._shared
        if known is None:
            stay = replace(self._stay, kind=StayKind.SHARED)
            known = self._shared = StayFees(self._calendar, self._timelines, stay)
        return known

    def views(self, lines: Iterable[int]) -> list[FeeView]:
        """The fee for each of some lines."""
        views = self._views
        return [views[line] or self._reckoned(line) for line in lines]

    def fens(self, lines: Lines) -> NDArray[np.int64]:
        """The fee in fen for each of some lines, UNKNOWN_FEN where it is unknown."""
        found: NDArray[np.int64] = self._fens.take(lines)
        missing = found == _NOT_YET
        if missing.any():
            for line in np.unique(lines[missing]).tolist():
                self._reckoned(line)
            found = self._fens.take(lines)
        return found

    def _reckoned(self, line: int) -> FeeView:
        timeline = self._timelines[line]
        tariff = timeline.at(self._stay.entered_at) if timeline else None
        if tariff is None:
            view = _UNKNOWN
        else:
            view = self._by_version.get(tariff.key) or self._quoted(tariff)
            self._by_version[tariff.key] = view
        self._fens[line] = UNKNOWN_FEN if view.fee_fen is None else view.fee_fen
        self._views[line] = view
        return view

    def _quoted(self, tariff: LotTariff) -> FeeView:
        found = quote_across(tariff.versions, self._stay, self._calendar)
        price = Price.PRICED if found.fee_fen else tariff.price
        return FeeView(price, found.fee_fen, found.next_change_at, found.next_fee_fen)


NO_FEES = Fees(TariffBook((), Calendar(), {}))
"""Of a city that has no tariffs yet."""
