"""What may a source tell, and what is refused at the door?

A device's clock may be ahead by up to 120 s: such a fact is taken as of its arrival. One further ahead is
refused and reported, because it would outlive every later truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from parking.boundary.feeds import ProblemKind, RecordProblem
from parking.kernel.repeating import may_be_one
from parking.kernel.vocabulary import SpaceClass

CLOCK_TOLERANCE = timedelta(seconds=120)
# No lot of a city has more: a greater number is a wrong unit or a wrong field.
MOST_SPACES = 100_000
_LONGEST_ID = 200

Counter = tuple[str, str]
"""(lot id, space class): what is counted."""


@dataclass(frozen=True, slots=True)
class CountInput:
    """An absolute count as a source told it, at an aware instant; without an `event_id` it names itself."""

    lot_id: str
    space_class: SpaceClass
    as_of: datetime
    free: int | None = None
    occupied: int | None = None
    capacity: int | None = None
    event_id: str | None = None

    @property
    def counter(self) -> Counter:
        return self.lot_id, str(self.space_class)

    @property
    def key(self) -> str:
        """The source's event id; where it gives none: the counter, the instant and the numbers told."""
        if self.event_id:
            return self.event_id
        numbers = "/".join("-" if n is None else str(n) for n in (self.free, self.occupied, self.capacity))
        return f"{self.lot_id}/{self.space_class}/{self.as_of.timestamp():.6f}/{numbers}"

    def may_be(self, other: CountInput) -> bool:
        """Whether two tellings may be of one count: a program that tries again may take the time anew."""
        same = (self.counter, self.free, self.occupied, self.capacity) == (
            other.counter,
            other.free,
            other.occupied,
            other.capacity,
        )
        return same and may_be_one(self.as_of, other.as_of)


@dataclass(frozen=True, slots=True)
class PassageInput:
    """A crossing as a source told it: +1 in, -1 out, in the class of its lane."""

    lot_id: str
    at: datetime
    direction: int
    event_id: str
    space_class: SpaceClass = SpaceClass.GENERAL
    counts: bool = True

    @property
    def counter(self) -> Counter:
        return self.lot_id, str(self.space_class)


def count_problem(count: CountInput, now: datetime) -> RecordProblem | None:
    """Why a count is refused, None when it may be recorded."""
    if count.free is None and count.occupied is None:
        return _problem(count, ProblemKind.NO_COUNT, None)
    for field in ("free", "occupied", "capacity"):
        number = getattr(count, field)
        if number is not None and number < 0:
            return _problem(count, ProblemKind.NEGATIVE, field, str(number))
        if number is not None and number > MOST_SPACES:
            return _problem(count, ProblemKind.TOO_LARGE, field, str(number))
    if count.as_of > now + CLOCK_TOLERANCE:
        return _problem(count, ProblemKind.FUTURE_TIME, "as_of", count.as_of.isoformat())
    return _id_problem(count)


def passage_problem(passage: PassageInput, now: datetime) -> RecordProblem | None:
    """Why a passage is refused, None when it may be recorded."""
    if not passage.event_id:
        return _problem(passage, ProblemKind.MISSING_FIELD, "event_id")
    if passage.direction not in (-1, 1):
        return _problem(passage, ProblemKind.BAD_VALUE, "direction", str(passage.direction))
    if passage.at > now + CLOCK_TOLERANCE:
        return _problem(passage, ProblemKind.FUTURE_TIME, "at", passage.at.isoformat())
    return _id_problem(passage)


def unknown_lot(told: CountInput | PassageInput) -> RecordProblem:
    """The problem of a fact whose lot the register does not have."""
    return _problem(told, ProblemKind.UNKNOWN_LOT, "lot_id")


def _id_problem(told: CountInput | PassageInput) -> RecordProblem | None:
    """An id that the database cannot keep would sink the facts told with it."""
    event_id = told.event_id or ""
    if len(event_id) > _LONGEST_ID:
        return _problem(told, ProblemKind.TOO_LARGE, "event_id", f"{len(event_id)} characters")
    if not event_id.isprintable():
        return _problem(told, ProblemKind.BAD_VALUE, "event_id", ascii(event_id))
    return None


def _problem(
    told: CountInput | PassageInput, kind: ProblemKind, field: str | None, detail: str = ""
) -> RecordProblem:
    return RecordProblem(":".join(told.counter), kind, field, detail)
