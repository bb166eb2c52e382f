"""Where would sharing help? Empty nights beside full ones, ranked by free spaces times nearness."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from parking.kernel.geo import Pair, distance_m

NIGHTS = 28
NIGHT_FROM, NIGHT_UNTIL = time(22), time(7)
EMPTY_AT_MOST, FULL_AT_LEAST = 0.5, 0.9
NEAR_M = 500.0
# With fewer of its quarters known than this part of them, nobody knows a lot's nights.
KNOWN_AT_LEAST = 0.5
_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Nights:
    """A lot and its measured nights: mean spaces and mean occupied, over the quarters that are known."""

    lot_id: str
    at: Pair
    occupied: float
    capacity: float
    known: int

    @property
    def taken(self) -> float:
        """The part of the spaces that was taken, 0 to 1."""
        return self.occupied / self.capacity if self.capacity else 0.0

    @property
    def free(self) -> float:
        return max(self.capacity - self.occupied, 0.0)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A place whose nights are full, so many metres away in a straight line."""

    nights: Nights
    metres: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """An empty lot, and the full places within reach, the nearest first; there is one at least."""

    nights: Nights
    neighbours: tuple[Neighbour, ...]

    @property
    def nearness(self) -> float:
        """1 beside the nearest full place, 0 at the end of the reach."""
        return 1 - self.neighbours[0].metres / NEAR_M

    @property
    def score(self) -> float:
        """Mean free spaces at night times nearness."""
        return self.nights.free * self.nearness


def night_spans(today: date, zone: tzinfo, nights: int = NIGHTS) -> list[tuple[datetime, datetime]]:
    """The last nights that are over on the morning of `today`, as UTC instants, the oldest first."""
    mornings = [today - timedelta(days=back) for back in range(nights - 1, -1, -1)]
    return [
        (
            datetime.combine(on - timedelta(days=1), NIGHT_FROM, zone).astimezone(UTC),
            datetime.combine(on, NIGHT_UNTIL, zone).astimezone(UTC),
        )
        for on in mornings
    ]


def quarters_of(spans: Iterable[tuple[datetime, datetime]]) -> int:
    """How many quarters of an hour these spans have."""
    return int(sum((until - since for since, until in spans), timedelta()) / _QUARTER)


def is_known(nights: Nights, asked: int) -> bool:
    """Whether enough of the quarters asked for are known to speak of a lot's nights."""
    return nights.capacity > 0 and nights.known >= asked * KNOWN_AT_LEAST


def proposals(measured: Collection[Nights], may_lend: Collection[str]) -> list[Proposal]:
    """The best first: lots that may lend and are mostly empty, with a full place within reach."""
    full = [each for each in measured if each.taken >= FULL_AT_LEAST]
    found = []
    for lot in measured:
        if lot.lot_id not in may_lend or lot.taken > EMPTY_AT_MOST:
            continue
        # As whole metres, as they are shown: whoever reckons after gets the same.
        near = [Neighbour(each, round(distance_m(lot.at, each.at))) for each in full]
        reached = sorted(
            (each for each in near if each.metres < NEAR_M),
            key=lambda each: (each.metres, each.nights.lot_id),
        )
        if reached:
            found.append(Proposal(lot, tuple(reached)))
    return sorted(found, key=lambda each: (-each.score, each.nights.lot_id))
