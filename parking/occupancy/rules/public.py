"""Which number is the public told, how good is it, and why is it not better?

The limits are half-open: a count is live for ages in [0, first limit), ageing in [first, second), unknown
from the second on. Unknown is not zero and not full: it carries no number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from parking.kernel.vocabulary import Mark, Quality, SpaceClass
from parking.occupancy.rules.facts import Basis
from parking.occupancy.rules.folding import Folded

# A count may differ from what the passages made of the last one by this many spaces, or this share of the
# capacity, whichever is more, before its counter is called drifting.
DRIFT_SPACES = 5
DRIFT_SHARE = 0.05
# These say no more than where a number comes from and what it is bound by.
_HARMLESS = frozenset({Mark.HAND_SET, Mark.CAPACITY_DIFFERS, Mark.NO_CAPACITY})


@dataclass(frozen=True, slots=True)
class CounterView:
    """A counter whose count is known, as it is stored: not clamped, its age and quality not yet told."""

    lot_id: str
    space_class: SpaceClass
    basis: Basis
    value: int
    as_of: datetime
    source: str
    marks: tuple[Mark, ...]
    ageing_after_s: int
    unknown_after_s: int
    told_capacity: int | None
    drift: int
    # Passages came since the count that the value rests on.
    is_moved: bool = False

    @property
    def is_by_hand(self) -> bool:
        """Whether a person alone tells the value: none of our gates has since."""
        return Mark.HAND_SET in self.marks and not self.is_moved


@dataclass(frozen=True, slots=True)
class PublicCount:
    """What anyone may be told of a class of a lot; age is now - `as_of`.

    `free` and `occupied` lie in 0..capacity and sum to it, or both are None. `capacity` is the register's,
    else what the source told (mark no_capacity), else None. `drift`: so many more spaces were told free than
    the count before and the passages since then led to expect. `is_by_hand`: a person alone tells it; with
    the mark hand_set and without this, passages were counted from a person's number on.
    """

    space_class: SpaceClass
    capacity: int | None
    free: int | None
    occupied: int | None
    as_of: datetime | None
    quality: Quality
    marks: tuple[Mark, ...]
    source: str | None
    drift: int = 0
    is_by_hand: bool = False


def view_of(lot_id: str, space_class: SpaceClass, folded: Folded) -> CounterView:
    """A folded state as the view that readers get."""
    return CounterView(
        lot_id=lot_id,
        space_class=space_class,
        basis=folded.basis,
        value=folded.value,
        as_of=folded.as_of,
        source=folded.source,
        marks=(Mark.HAND_SET,) if folded.hand_set else (),
        ageing_after_s=folded.ageing_after_s,
        unknown_after_s=folded.unknown_after_s,
        told_capacity=folded.told_capacity,
        drift=folded.drift,
        is_moved=folded.as_of > folded.base_at,
    )


def public_count(view: CounterView, capacity: int | None, now: datetime) -> PublicCount:
    """The number of a counter for the public at `now`; `capacity` is the register's (0 is none)."""
    bound = capacity or view.told_capacity or None
    marks = list(view.marks)
    if not capacity:
        marks.append(Mark.NO_CAPACITY)
    elif view.told_capacity is not None and view.told_capacity != capacity:
        marks.append(Mark.CAPACITY_DIFFERS)
    free = None
    quality = Quality.UNKNOWN
    if bound is not None:
        free, more = _clamped(view, bound)
        marks += more
        quality = _quality(view, now, suspect=not _HARMLESS.issuperset(marks))
    known = bound is not None and free is not None and quality is not Quality.UNKNOWN
    return PublicCount(
        space_class=view.space_class,
        capacity=bound,
        free=free if known else None,
        occupied=bound - free if bound is not None and free is not None and known else None,
        as_of=view.as_of,
        quality=quality,
        marks=tuple(dict.fromkeys(marks)),
        source=view.source,
        drift=view.drift,
        is_by_hand=view.is_by_hand,
    )


def no_count(space_class: SpaceClass, capacity: int | None) -> PublicCount:
    """What is told of a class whose count is not known at all."""
    return PublicCount(
        space_class=space_class,
        capacity=capacity or None,
        free=None,
        occupied=None,
        as_of=None,
        quality=Quality.UNKNOWN,
        marks=() if capacity else (Mark.NO_CAPACITY,),
        source=None,
    )


def next_quality_at(view: CounterView, now: datetime) -> datetime | None:
    """When age alone changes the quality next; None once it is unknown."""
    for limit_s in (view.ageing_after_s, view.unknown_after_s):
        at = view.as_of + timedelta(seconds=limit_s)
        if now < at:
            return at
    return None


def drift_allowed(capacity: int) -> float:
    """From how many spaces on (exclusive) a drift is marked."""
    return max(DRIFT_SPACES, DRIFT_SHARE * capacity)


def _clamped(view: CounterView, bound: int) -> tuple[int, list[Mark]]:
    told = view.value if view.basis == "free" else bound - view.value
    free = min(max(told, 0), bound)
    marks = []
    if free != told:
        marks.append(Mark.CLAMPED)
    if view.basis == "free" and told > bound:
        marks.append(Mark.ABOVE_CAPACITY)
    if abs(view.drift) > drift_allowed(bound):
        marks.append(Mark.DRIFT)
    return free, marks


def _quality(view: CounterView, now: datetime, *, suspect: bool) -> Quality:
    age = now - view.as_of
    if age >= timedelta(seconds=view.unknown_after_s):
        return Quality.UNKNOWN
    if suspect:
        return Quality.SUSPECT
    return Quality.AGEING if age >= timedelta(seconds=view.ageing_after_s) else Quality.LIVE
