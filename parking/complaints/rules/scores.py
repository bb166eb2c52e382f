"""What do complaints cost a lot, and when do several people make its count doubtful?

Only what an officer found to be so counts, once for each matter: what was joined to another is no second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from parking.city.rules import CityView
from parking.complaints.rules.complaints import OPEN, ComplaintKind, ComplaintState

_POINTS = {
    ComplaintKind.COUNT_WRONG: 2,
    ComplaintKind.CLOSED: 3,
    ComplaintKind.FEE_WRONG: 5,
    ComplaintKind.OVERSTAY: 1,
    ComplaintKind.BLOCKED: 2,
}
_MOST = 20
_PEOPLE = 2
_HOURS = 72
DOUBTING = frozenset({ComplaintKind.COUNT_WRONG, ComplaintKind.CLOSED})
"""Kinds that say that what citizens are shown of a lot is not so."""


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One kind: how many confirmed complaints, points for each, and their product."""

    kind: ComplaintKind
    confirmed: int
    points_each: int
    points: int


@dataclass(frozen=True, slots=True)
class LotComplaintScore:
    """What a lot's month loses by complaints: the sum of its lines, at most `most`."""

    lot_id: str
    lines: tuple[ScoreLine, ...]
    most: int

    @property
    def uncut(self) -> int:
        return sum(line.points for line in self.lines)

    @property
    def minus(self) -> int:
        return min(self.uncut, self.most)


@dataclass(frozen=True, slots=True)
class Weights:
    """Points for each confirmed complaint by its kind, and the most that a month can lose."""

    points: Mapping[ComplaintKind, int]
    most: int


def weights_of(city: CityView) -> Weights:
    """The profile's `complaints.<kind>_points` and `complaints.points_most`."""
    points = {kind: int(city.told(f"complaints.{kind}_points", default)) for kind, default in _POINTS.items()}
    return Weights(points, int(city.told("complaints.points_most", _MOST)))


def score(lot_id: str, confirmed: Mapping[ComplaintKind, int], weights: Weights) -> LotComplaintScore:
    """A lot's month from its numbers of confirmed complaints by kind."""
    lines = tuple(
        ScoreLine(kind, confirmed[kind], weights.points[kind], confirmed[kind] * weights.points[kind])
        for kind in ComplaintKind
        if confirmed.get(kind)
    )
    return LotComplaintScore(lot_id, lines, weights.most)


@dataclass(frozen=True, slots=True)
class ComplaintTold:
    """A complaint as far as a doubt asks; `sender` is None where we do not know who is the same person."""

    id: str
    kind: ComplaintKind
    state: ComplaintState
    is_confirmed: bool | None
    sender: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class DoubtLimits:
    """From how many people on, and for how long."""

    people: int
    lasts: timedelta


def doubt_limits(city: CityView) -> DoubtLimits:
    """The profile's `complaints.doubt_people` and `complaints.doubt_hours`."""
    hours = int(city.told("complaints.doubt_hours", _HOURS))
    return DoubtLimits(int(city.told("complaints.doubt_people", _PEOPLE)), timedelta(hours=hours))


def doubters(told: Iterable[ComplaintTold], now: datetime, limits: DoubtLimits) -> tuple[ComplaintTold, ...]:
    """The complaints of one lot that make its count doubtful now; empty where they are of too few people.

    Fresh ones of the kinds `DOUBTING`, unanswered, confirmed, or joined to another. It changes no count.
    """
    fresh = tuple(
        each
        for each in told
        if each.kind in DOUBTING
        and now - limits.lasts < each.received_at <= now
        and (each.state in OPEN or each.state is ComplaintState.DUPLICATE or each.is_confirmed)
    )
    return fresh if people_of(fresh) >= limits.people else ()


def people_of(told: Iterable[ComplaintTold]) -> int:
    """How many networks and telephones they came from; of whom we know nothing is one each time."""
    return len({each.sender or each.id for each in told})
