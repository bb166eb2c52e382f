"""Is what is told of a counter, or of a lot, odd? Frozen, jumped, above the capacity, read the wrong way.

A rule answers with what it saw, with None where all is well, or with UNSAID where it cannot tell: then what
was judged before stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import pairwise
from math import sqrt

from parking.guidance.rules.health.habits import HOURS, JUMP_SLOTS, Habit, is_edge
from parking.guidance.rules.health.kinds import Seen
from parking.guidance.rules.health.limits import Limits
from parking.occupancy.rules import SLOT

_SLOTS_OF_HOUR = 4
_FIRST_STILL_HOURS = 24
_LEAST_HOURS = 20
_MEND_HOURS = 6
# Below this share of the capacity a course is too flat to be compared with another.
_FLAT = 0.05


class Unsaid(Enum):
    """The rule cannot tell."""

    UNSAID = "unsaid"


UNSAID = Unsaid.UNSAID
Verdict = Seen | None | Unsaid


@dataclass(frozen=True, slots=True)
class Past:
    """The last day of a counter by quarters (occupied, oldest first; None unknown), up to `until_at`.

    `keys` are the places of these quarters in the profile; `capacity` is what the public number is bound by.
    """

    recent: Sequence[int | None]
    keys: Sequence[int]
    until_at: datetime
    capacity: int
    habit: Habit | None


@dataclass(frozen=True, slots=True)
class Still:
    """For how many known quarters a number has not changed (those in which the lot was closed left out), and
    since when."""

    slots: int
    since_at: datetime


@dataclass(frozen=True, slots=True)
class Now:
    """What stands of a counter: free or occupied spaces (`is_free`), not clamped, and since when."""

    value: int
    is_free: bool
    as_of: datetime

    def occupied_of(self, capacity: int) -> int:
        """The occupied spaces as the public is told of them: 0 to `capacity`."""
        return min(max(capacity - self.value if self.is_free else self.value, 0), capacity)


def still_slots(recent: Sequence[int | None]) -> tuple[int, int]:
    """How many known quarters at the end tell one number, and how many quarters that is with unknown ones."""
    value, known, length = None, 0, 0
    for place, told in enumerate(reversed(recent), start=1):
        if told is None:
            continue
        if value is None:
            value = told
        elif told != value:
            break
        known, length = known + 1, place
    return known, length


def newest(recent: Sequence[int | None]) -> int | None:
    """The number of the newest quarter that is known."""
    return next((told for told in reversed(recent) if told is not None), None)


def frozen_after(past: Past, limits: Limits) -> int | None:
    """For how many quarters its number has to stand still to be called frozen, None where it never is.

    For `frozen_hours` and for more than `frozen_times` its own longest still, but this counts for
    `frozen_most_hours` at most; empty or full for `frozen_full_hours` and `frozen_full_most_hours`. Before a
    week of its past is known: for a day, and at the edges never. A lot of fewer spaces than
    `frozen_least_spaces` may well stand still.
    """
    value, habit = newest(past.recent), past.habit
    if value is None or past.capacity < limits.frozen_least_spaces:
        return None
    edge = is_edge(value, past.capacity)
    if habit is None or not habit.is_known:
        return None if edge else _FIRST_STILL_HOURS * _SLOTS_OF_HOUR
    hours = limits.frozen_full_hours if edge else limits.frozen_hours
    most = limits.frozen_full_most_hours if edge else limits.frozen_most_hours
    own = limits.frozen_times * _own_still(past, edge=edge) + 1
    return max(hours * _SLOTS_OF_HOUR, min(own, most * _SLOTS_OF_HOUR))


def frozen(past: Past, still: Still, value: int, limits: Limits) -> Verdict:
    """Unchanged for longer than `frozen_after` says; `value` is the number as told, free or occupied."""
    needed, occupied = frozen_after(past, limits), newest(past.recent)
    if needed is None or occupied is None or still.slots < needed:
        return None
    evidence = {
        "value": value,
        "occupied": occupied,
        "capacity": past.capacity,
        "hours": still.slots / _SLOTS_OF_HOUR,
        "own_hours": _own_still(past, edge=is_edge(occupied, past.capacity)) / _SLOTS_OF_HOUR,
        "limit_hours": needed / _SLOTS_OF_HOUR,
    }
    return Seen(evidence, still.since_at)


def _own_still(past: Past, *, edge: bool) -> int:
    if past.habit is None or not past.habit.is_known:
        return 0
    return past.habit.longest_full if edge else past.habit.longest_still


def jump(past: Past, limits: Limits) -> Verdict:
    """A step from one quarter to the next of `jump_percent` of the capacity, of `jump_least_spaces` and of
    `jump_times` its own largest (which counts up to `jump_most_percent` of the capacity), within the last two
    hours; unless the number has come back since.

    Quarters that are unknown between hide a step: after a silence a number may well be another.
    """
    habit = past.habit
    if habit is None or not habit.is_known:
        return None
    needed = max(
        limits.jump_percent / 100 * past.capacity,
        limits.jump_least_spaces,
        min(limits.jump_times * habit.largest_step + 1, limits.jump_most_percent / 100 * past.capacity),
    )
    last = past.recent[-JUMP_SLOTS - 1 :]
    steps = [
        (place, before, after)
        for place, (before, after) in enumerate(pairwise(last))
        if before is not None and after is not None and abs(after - before) >= needed
    ]
    stands = newest(last)
    if not steps or stands is None or abs(stands - steps[0][1]) < needed / 2:
        return None
    place, before, after = steps[-1]
    evidence = {
        "before": before,
        "after": after,
        "capacity": past.capacity,
        "own_step": habit.largest_step,
        "limit": round(needed, 1),
    }
    return Seen(evidence, past.until_at - (len(last) - 2 - place) * SLOT)


def above_capacity(now: Now, capacity: int, limits: Limits) -> Verdict:
    """More free spaces told than there are, by more than `above_percent`."""
    if not now.is_free or not capacity or now.value <= capacity * (1 + limits.above_percent / 100):
        return None
    return Seen({"free": now.value, "capacity": capacity, "limit_percent": limits.above_percent}, now.as_of)


def sum_above_total(counters: Iterable[Now], total: int, limits: Limits) -> Verdict:
    """Two or more counters of a lot tell together more (free, or occupied) than the lot has spaces, by more
    than `sum_percent`."""
    told = list(counters)
    for is_free in (True, False):
        alike = [counter for counter in told if counter.is_free is is_free]
        together = sum(counter.value for counter in alike)
        if total and len(alike) > 1 and together > total * (1 + limits.sum_percent / 100):
            evidence = {
                "sum": together,
                "total": total,
                "counters": len(alike),
                "limit_percent": limits.sum_percent,
            }
            return Seen(evidence, max(counter.as_of for counter in alike))
    return None


def reversed_(past: Past, limits: Limits, *, stands: bool) -> Verdict:
    """Occupied read as free, or the other way: the last day runs against its own past.

    The last quarter of each hour correlates with what is usual at that hour (working days apart) by
    -`reversed_percent` or below, and read the other way around the day lies at least twice as near to it.
    Where it `stands` already, it is mended once the last six hours lie twice as near read as they are, or the
    correlation is not negative.
    """
    habit, capacity = past.habit, past.capacity
    if habit is None or not habit.is_known or not capacity:
        return None
    pairs = [
        (told, usual)
        for told, key in zip(past.recent[3::4], past.keys[3::4], strict=True)
        if told is not None and (usual := habit.profile[key]) is not None
    ]
    if len(pairs) < _LEAST_HOURS:
        return UNSAID
    straight, turned = _distances(pairs, capacity)
    if not stands and 2 * turned > straight:
        return None
    correlation = _correlation(pairs, _FLAT * capacity)
    if correlation is None:
        return UNSAID
    if stands:
        late_straight, late_turned = _distances(pairs[-_MEND_HOURS:], capacity)
        if correlation >= 0 or 2 * late_straight <= late_turned:
            return None
    elif correlation > -limits.reversed_percent / 100:
        return None
    evidence = {
        "correlation_percent": round(100 * correlation),
        "limit_percent": -limits.reversed_percent,
        "off": round(straight, 1),
        "off_turned": round(turned, 1),
        "capacity": capacity,
    }
    return Seen(evidence, past.until_at - timedelta(hours=HOURS))


def _correlation(pairs: Sequence[tuple[int, float]], flat: float) -> float | None:
    """Pearson's, None where one of the two hardly moves."""
    number = len(pairs)
    mean_told = sum(told for told, _ in pairs) / number
    mean_usual = sum(usual for _, usual in pairs) / number
    told_2 = sum((told - mean_told) ** 2 for told, _ in pairs)
    usual_2 = sum((usual - mean_usual) ** 2 for _, usual in pairs)
    if min(told_2, usual_2) < number * flat**2:
        return None
    both = sum((told - mean_told) * (usual - mean_usual) for told, usual in pairs)
    return both / sqrt(told_2 * usual_2)


def _distances(pairs: Sequence[tuple[int, float]], capacity: int) -> tuple[float, float]:
    """How far the numbers lie from the usual ones on the mean: as they are, and read the other way around."""
    number = len(pairs)
    straight = sum(abs(told - usual) for told, usual in pairs) / number
    turned = sum(abs(capacity - told - usual) for told, usual in pairs) / number
    return straight, turned
