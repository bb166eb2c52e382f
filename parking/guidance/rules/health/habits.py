"""What is usual for a counter? Reckoned from three weeks of its quarters of an hour, anomalies left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

SLOTS_OF_DAY = 96
HABIT_DAYS = 21
# A past of fewer known days says nothing about what is usual.
LEAST_DAYS = 7
HOURS = 24
# An hour of the profile needs so many known quarters.
_LEAST_SLOTS_OF_HOUR = 4


@dataclass(frozen=True, slots=True)
class Slot:
    """A quarter of an hour of a counter. `occupied` None is unknown (or left out); `key` is where it belongs
    in the profile: the city's hour, plus 24 on a day that is not worked."""

    occupied: int | None
    capacity: int
    key: int


@dataclass(frozen=True, slots=True)
class Habit:
    """What is usual: `days` that are known (in 96 quarters), the longest still in quarters (apart from those
    when it was empty or full, and of those), the largest step from one quarter to the next in spaces, and the
    mean occupied spaces by `Slot.key`."""

    days: float
    longest_still: int
    longest_full: int
    largest_step: int
    profile: tuple[float | None, ...]

    @property
    def is_known(self) -> bool:
        return self.days >= LEAST_DAYS

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def habit_from(kept: Mapping[str, Any] | None) -> Habit | None:
    """A habit as it was kept, None where none was reckoned."""
    return None if kept is None else Habit(**{**kept, "profile": tuple(kept["profile"])})


def habit_of(slots: Sequence[Slot]) -> Habit:
    """Reckon it from consecutive quarters, oldest first. A still goes on over quarters that are unknown."""
    known = [slot for slot in slots if slot.occupied is not None]
    longest = {True: 0, False: 0}
    for slot, length in _stills(known):
        edge = is_edge(slot.occupied or 0, slot.capacity)
        longest[edge] = max(longest[edge], length)
    steps = (
        abs(after.occupied - before.occupied)
        for before, after in pairwise(slots)
        if before.occupied is not None and after.occupied is not None
    )
    return Habit(
        days=round(len(known) / SLOTS_OF_DAY, 2),
        longest_still=longest[False],
        longest_full=longest[True],
        largest_step=max(steps, default=0),
        profile=_profile(known),
    )


def is_edge(occupied: int, capacity: int) -> bool:
    """Whether a counter stands at empty or at full, where standing still is no wonder."""
    return occupied <= 0 or occupied >= capacity


def _stills(known: Sequence[Slot]) -> Iterator[tuple[Slot, int]]:
    """Each run of one value among the known quarters, with its length in quarters."""
    length = 0
    for place, slot in enumerate(known):
        length += 1
        if place + 1 == len(known) or known[place + 1].occupied != slot.occupied:
            yield slot, length
            length = 0


def _profile(known: Sequence[Slot]) -> tuple[float | None, ...]:
    sums, numbers = [0] * (2 * HOURS), [0] * (2 * HOURS)
    for slot in known:
        sums[slot.key] += slot.occupied or 0
        numbers[slot.key] += 1
    return tuple(
        round(total / number, 2) if number >= _LEAST_SLOTS_OF_HOUR else None
        for total, number in zip(sums, numbers, strict=True)
    )
