"""What is usual for a counter? Reckoned from three weeks of its quarters of an hour, anomalies left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
SLOTS_OF_DAY = 96
HABIT_DAYS = 21
# A past of fewer known days says nothing about what is usual.
LEAST_DAYS = 7
HOURS = 24
# So long a jump is looked for; it is no past meanwhile.
JUMP_SLOTS = 8
# An hour of the profile needs so many known quarters.
_LEAST_SLOTS_OF_HOUR = 4


@dataclass(frozen=True, slots=True)
class Habit:
    """What is usual: `days` that are known (in 96 quarters), the longest still in quarters (apart from those
    when it was empty or full, and of those), the largest step from one quarter to the next in spaces, and the
    mean occupied spaces by key: the city's hour, plus 24 on a day that is not worked."""

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


def habit_of(occupied: Numbers, capacity: Numbers, keys: Numbers) -> Habit:
    """Reckon it from consecutive quarters, oldest first: occupied spaces (below 0: unknown, or left out),
    capacity and key of each. A still goes on over quarters that are unknown.

    What goes on is no past: neither the still that lasts (but when empty or full) nor a step of the last two
    hours is usual yet, or each would excuse itself.
    """
    known = occupied >= 0
    values, spaces = occupied[known], capacity[known]
    begins, lengths = _stills(values)
    edges = (values[begins] <= 0) | (values[begins] >= spaces[begins])
    is_past = np.arange(len(lengths)) < len(lengths) - 1
    steps = np.abs(np.diff(occupied))[:-JUMP_SLOTS][(known[1:] & known[:-1])[:-JUMP_SLOTS]]
    return Habit(
        days=round(len(values) / SLOTS_OF_DAY, 2),
        longest_still=int(lengths[~edges & is_past].max(initial=0)),
        longest_full=int(lengths[edges].max(initial=0)),
        largest_step=int(steps.max(initial=0)),
        profile=_profile(values, keys[known]),
    )


def is_edge(occupied: int, capacity: int) -> bool:
    """Whether a counter stands at empty or at full, where standing still is no wonder."""
    return occupied <= 0 or occupied >= capacity


def _stills(values: Numbers) -> tuple[Numbers, Numbers]:
    """Where each run of one value begins, and how long it is."""
    if not len(values):
        return values, values
    begins = np.concatenate(([0], np.flatnonzero(np.diff(values)) + 1))
    return begins, np.diff(np.concatenate((begins, [len(values)])))


def _profile(values: Numbers, keys: Numbers) -> tuple[float | None, ...]:
    sums = np.bincount(keys, weights=values, minlength=2 * HOURS)
    numbers = np.bincount(keys, minlength=2 * HOURS)
    return tuple(
        round(float(total / number), 2) if number >= _LEAST_SLOTS_OF_HOUR else None
        for total, number in zip(sums, numbers, strict=True)
    )
