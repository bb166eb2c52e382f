"""Which records of a readable answer do we believe?

What is refused is told with its reason; a refused record leaves the lot's last count as it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from parking.boundary.feeds import CountRecord, LotRecord, ProblemKind, RecordProblem
from parking.kernel.vocabulary import SpaceClass

FUTURE_TOLERANCE_S = 120
# The largest lots of the world have some 40,000 spaces.
MOST_SPACES = 100_000


class Bounds(Protocol):
    """What screening asks of the city: does a WGS-84 point lie in it?"""

    def contains(self, lat: float, lon: float) -> bool: ...


@dataclass(frozen=True, slots=True)
class ScreenedCounts:
    good: tuple[CountRecord, ...]
    problems: tuple[RecordProblem, ...]


@dataclass(frozen=True, slots=True)
class ScreenedLots:
    good: tuple[LotRecord, ...]
    problems: tuple[RecordProblem, ...]


def screen_counts(counts: Sequence[CountRecord], known: Collection[str], now: datetime) -> ScreenedCounts:
    """The counts to take of one answer. `known` are the feed's lots that are linked to ours.

    A (lot, class) told twice the same is taken once; told twice differently neither can be trusted.
    """
    problems: list[RecordProblem] = []
    by_counter: dict[tuple[str, SpaceClass], list[CountRecord]] = defaultdict(list)
    unknown: dict[str, None] = {}
    for record in counts:
        if record.external_id not in known:
            unknown[record.external_id] = None
        elif (problem := _count_problem(record, now)) is not None:
            problems.append(problem)
        else:
            by_counter[record.external_id, record.space_class].append(record)
    good: list[CountRecord] = []
    for told in by_counter.values():
        if len(told) > 1:
            problems.extend(_repetitions(told))
        if all(_says_the_same(record, told[0]) for record in told):
            good.append(told[0])
    problems.extend(RecordProblem(lot, ProblemKind.UNKNOWN_LOT) for lot in unknown)
    return ScreenedCounts(tuple(good), tuple(problems))


def above_capacity(record: CountRecord, capacity: int | None) -> RecordProblem | None:
    """That a count tells more than there are spaces, by the register or else by its own word.

    It is taken all the same: the public is told no more than the capacity, and that the count is in doubt.
    """
    bound = capacity or record.capacity
    for field in ("free", "occupied"):
        value = getattr(record, field)
        if bound and value is not None and value > bound:
            return RecordProblem(record.external_id, ProblemKind.ABOVE_CAPACITY, field, f"{value} of {bound}")
    return None


def screen_lots(lots: Iterable[LotRecord], bounds: Bounds) -> ScreenedLots:
    """The lots to take of one answer: inside the city, named once, with numbers of spaces that can be."""
    problems: list[RecordProblem] = []
    good: dict[str, LotRecord] = {}
    for record in lots:
        if record.external_id in good:
            problems.append(RecordProblem(record.external_id, ProblemKind.REPEATED))
        elif (problem := _lot_problem(record, bounds)) is not None:
            problems.append(problem)
        else:
            good[record.external_id] = record
    return ScreenedLots(tuple(good.values()), tuple(problems))


def told_values(record: CountRecord) -> Mapping[str, int]:
    """The numbers that a count tells, by field."""
    values = {"free": record.free, "occupied": record.occupied, "capacity": record.capacity}
    return {field: value for field, value in values.items() if value is not None}


def _count_problem(record: CountRecord, now: datetime) -> RecordProblem | None:
    if record.free is None and record.occupied is None:
        return RecordProblem(record.external_id, ProblemKind.NO_COUNT)
    for field, value in told_values(record).items():
        if value < 0:
            return RecordProblem(record.external_id, ProblemKind.NEGATIVE, field, str(value))
        if value > MOST_SPACES:
            return RecordProblem(record.external_id, ProblemKind.TOO_LARGE, field, str(value))
    if record.as_of > now + timedelta(seconds=FUTURE_TOLERANCE_S):
        return RecordProblem(record.external_id, ProblemKind.FUTURE_TIME, "as_of", record.as_of.isoformat())
    return None


def _says_the_same(a: CountRecord, b: CountRecord) -> bool:
    return (a.as_of, a.free, a.occupied) == (b.as_of, b.free, b.occupied)


def _repetitions(told: Sequence[CountRecord]) -> list[RecordProblem]:
    first = told[0]
    agree = all(_says_the_same(record, first) for record in told)
    detail = "told the same" if agree else "told differently, none taken"
    problem = RecordProblem(first.external_id, ProblemKind.REPEATED, str(first.space_class), detail)
    return [problem] * (len(told) - 1)


def _lot_problem(record: LotRecord, bounds: Bounds) -> RecordProblem | None:
    for space_class, number in record.spaces.items():
        field = f"spaces.{space_class}"
        if number < 0:
            return RecordProblem(record.external_id, ProblemKind.NEGATIVE, field, str(number))
        if number > MOST_SPACES:
            return RecordProblem(record.external_id, ProblemKind.TOO_LARGE, field, str(number))
    if bounds.contains(record.lat, record.lon):
        return None
    place = f"{record.lat:.6f}, {record.lon:.6f}"
    if record.lat == 0 and record.lon == 0:
        return RecordProblem(record.external_id, ProblemKind.BAD_VALUE, "lat, lon", "zero")
    if bounds.contains(record.lon, record.lat):
        place += ": looks swapped"
    return RecordProblem(record.external_id, ProblemKind.OUTSIDE_CITY, "lat, lon", place)
