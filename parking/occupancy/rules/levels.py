"""Of the minutes that a lot or a source owed a count, in how many was it fresh and sane?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from parking.occupancy.rules.minutes import MINUTE, SLOT_MINUTES
from parking.occupancy.rules.slots import SLOT
from parking.occupancy.rules.telling import Counter

Minutes = NDArray[np.bool_]
"""A bool for each minute of a city's day, from its midnight on: 1,380 to 1,500 of them."""
Span = tuple[datetime, datetime]
"""[from, until)."""


@dataclass(frozen=True, slots=True)
class Spoilt:
    """[from, until) in which what a source tells is not sane; `until_at` None: still.

    Of one lot or one class of it, or (None) of all that it tells.
    """

    source: str
    from_at: datetime
    until_at: datetime | None
    lot_id: str | None = None
    space_class: str | None = None

    def concerns(self, counter: Counter) -> bool:
        """Whether it is about a counter, as far as lot and class go."""
        return self.lot_id in (None, counter[0]) and self.space_class in (None, counter[1])


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """Minutes that counted (`due`), and of them: fresh and sane, not sane, unknown. The rest came late."""

    due: int = 0
    fresh: int = 0
    suspect: int = 0
    unknown: int = 0

    @property
    def late(self) -> int:
        """Minutes whose count was too old to be fresh but not yet unknown, or set by a person."""
        return self.due - self.fresh - self.suspect - self.unknown

    @property
    def share(self) -> float | None:
        """0 to 1; None where no minute counted."""
        return self.fresh / self.due if self.due else None

    def __add__(self, other: ServiceLevel) -> ServiceLevel:
        return ServiceLevel(
            self.due + other.due,
            self.fresh + other.fresh,
            self.suspect + other.suspect,
            self.unknown + other.unknown,
        )


@dataclass(frozen=True, slots=True)
class Course:
    """A counter's day, minute by minute: told at all, live, suspect, unknown."""

    told: Minutes
    live: Minutes
    suspect: Minutes
    unknown: Minutes


@dataclass(frozen=True, slots=True)
class SourceCourse:
    """A source's day on a counter: fresh, known (below its second limit), spoilt. `rank` 0 is asked first."""

    rank: int
    fresh: Minutes
    known: Minutes
    spoilt: Minutes


def minutes_in(day: Span, spans: Iterable[tuple[datetime, datetime | None]]) -> Minutes:
    """Which minutes of a day begin within one of these spans; a span without an end goes on."""
    found: Minutes = np.zeros(_place(day[1], day), np.bool_)
    for from_at, until_at in spans:
        past = len(found) if until_at is None else _place(until_at, day)
        found[max(0, _place(from_at, day)) : max(0, past)] = True
    return found


def course_of(
    day: Span,
    slots: Sequence[datetime],
    live: Sequence[int],
    suspect: Sequence[int],
    unknown: Sequence[int],
) -> Course:
    """The minutes of the quarters that end at `slots`, each told as bits; others are not told at all."""
    quarters = (day[1] - day[0]) // SLOT
    places = np.array([(slot_at - day[0]) // SLOT - 1 for slot_at in slots], np.intp)

    def spread(bits: Sequence[int]) -> Minutes:
        found: Minutes = np.zeros((quarters, SLOT_MINUTES), np.bool_)
        found[places] = (np.array(bits, np.int32)[:, None] >> np.arange(SLOT_MINUTES)) & 1
        return found.ravel()

    told = spread([(1 << SLOT_MINUTES) - 1] * len(slots))
    return Course(told, spread(live), spread(suspect), spread(unknown))


def level_of(course: Course, due: Minutes, spoilt: Minutes) -> ServiceLevel:
    """A counter's day: what is due and told counts; spoilt minutes are not sane, however fresh."""
    counted = due & course.told
    fresh = counted & course.live & ~spoilt
    unknown = counted & course.unknown
    suspect = counted & ~unknown & (course.suspect | spoilt)
    return _level(counted, fresh, suspect, unknown)


def level_of_source(course: Course, source: SourceCourse, due: Minutes) -> ServiceLevel:
    """A source's own day on a counter, whether it was believed there or another."""
    counted = due & course.told
    known = counted & source.known
    return _level(
        counted, known & source.fresh & ~source.spoilt, known & source.spoilt, counted & ~source.known
    )


def answering(sources: Sequence[SourceCourse], suspect: Minutes) -> list[SourceCourse]:
    """The same sources in the same order; whoever was believed in a minute answers for its suspect count.

    Some oddness shows only in the counts themselves, one above the spaces for a minute, before any rule sees
    that something is odd.
    """
    without: Minutes = np.ones(len(suspect), np.bool_)
    told = list(sources)
    for number in sorted(range(len(told)), key=lambda each: told[each].rank):
        one = told[number]
        told[number] = replace(one, spoilt=one.spoilt | (without & one.fresh & suspect))
        without &= ~one.fresh
    return told


def spoilt_by(sources: Iterable[SourceCourse], spoilt: Minutes) -> Minutes:
    """Which minutes of a counter are spoilt: those whose believed source was, else those of `spoilt`.

    Believed is the source ranked first of those with a fresh count; where only passages keep a count alive,
    whatever is odd about one of its sources (`spoilt`) spoils it.
    """
    found: Minutes = np.zeros(len(spoilt), np.bool_)
    without: Minutes = np.ones(len(spoilt), np.bool_)
    for source in sorted(sources, key=lambda each: each.rank):
        found |= without & source.fresh & source.spoilt
        without &= ~source.fresh
    return found | (without & spoilt)


def _place(at: datetime, day: Span) -> int:
    """The first minute of a day that begins at an instant or after; at most the day's length."""
    return min(-(-(at - day[0]) // MINUTE), (day[1] - day[0]) // MINUTE)


def _level(counted: Minutes, fresh: Minutes, suspect: Minutes, unknown: Minutes) -> ServiceLevel:
    return ServiceLevel(*(int(np.count_nonzero(each)) for each in (counted, fresh, suspect, unknown)))
