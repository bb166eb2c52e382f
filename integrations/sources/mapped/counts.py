"""How many spaces are free or taken, in a record that a mapping describes?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.records import Refused, count, shown
from integrations.sources.mapped.run import Run
from integrations.sources.mapped.schema import Amount, Counter, Counts, Value
from integrations.sources.mapped.values import (
    UNKNOWN,
    filter_of,
    id_of,
    number_reader,
    reader,
    share_of,
    time_reader,
    whole_of,
)
from integrations.sources.mapped.walking import Scope
from parking.boundary.feeds import CountRecord, ProblemKind
from parking.kernel.vocabulary import SpaceClass

# How each amount is told: of the free ones or not, and up to what it goes where it is a part of the capacity.
_FREE = {Amount.FREE: None, Amount.FREE_PERCENT: 100.0, Amount.FREE_SHARE: 1.0}
_OCCUPIED = {Amount.OCCUPIED: None, Amount.OCCUPIED_PERCENT: 100.0, Amount.OCCUPIED_SHARE: 1.0}


class CountReader:
    """The [counts] of a mapping, made ready once for all of its records."""

    def __init__(self, counts: Counts) -> None:
        self.told = counts
        self.wanted = filter_of(counts.where)
        self.snapshot = reader(counts.snapshot) if counts.snapshot else None
        self._id, self._id_label = reader(counts.id), counts.id.label
        self._time = time_reader(counts.time)
        self._zone = ZoneInfo(counts.time.zone) if counts.time.zone else None
        self._counters = [_CounterReader(counter) for counter in counts.counters]

    def take(self, scope: Scope, run: Run) -> None:
        """Read one record into the run's harvest, or note there what is wrong with it."""
        harvest = run.harvest
        external_id = harvest.attempt(f"#{harvest.row}", self._read_id, scope)
        if external_id is None:
            return
        as_of: datetime | None = None
        is_read = False
        for counter in self._counters:
            space_class = counter.class_told(scope)
            if space_class is UNKNOWN or (counter.wanted is not None and not counter.wanted(scope)):
                continue
            is_read = True
            numbers = harvest.attempt(external_id, counter.numbers, scope)
            if numbers is None:
                continue
            if numbers[0] is None and numbers[1] is None:
                # The feed says itself that it does not know: no count, and nothing that is wrong.
                harvest.told_unknown += 1
                continue
            # Asked once, and only where there is something to count.
            as_of = as_of or harvest.attempt(external_id, self._read_time, scope, run)
            if as_of is None:
                return
            record = harvest.attempt(external_id, counter.record, external_id, as_of, space_class, numbers)
            harvest.keep_count(record)
        if not is_read:
            harvest.pass_over()

    def _read_id(self, scope: Scope) -> str:
        return id_of(self._id(scope), self._id_label)

    def _read_time(self, scope: Scope, run: Run) -> datetime:
        return self._time(scope, run.received_at, self._zone or run.zone)


Numbers = tuple[int | None, int | None, int | None]


class _CounterReader:
    """One counter: its class, its free and occupied numbers, and the capacity they are of."""

    def __init__(self, counter: Counter) -> None:
        self.wanted = filter_of(counter.where)
        self._class_label = counter.space_class.label
        self._class = reader(counter.space_class)
        constant = counter.space_class.constant
        self._constant = SpaceClass(constant) if isinstance(constant, str) else None
        self._free = _amount(counter, _FREE)
        self._occupied = _amount(counter, _OCCUPIED)
        self._capacity = number_reader(counter.capacity) if counter.capacity else None
        self._capacity_label = counter.capacity.label if counter.capacity else ""
        self._labels = ", ".join(value.label for value in counter.amounts.values())

    def numbers(self, scope: Scope) -> Numbers:
        """Free, occupied and capacity; both None where the feed does not know. Raises Refused."""
        told_capacity = self._capacity(scope) if self._capacity else None
        capacity = whole_of(told_capacity, self._capacity_label)
        free, free_unknown = self._free(scope, capacity) if self._free else (None, False)
        occupied, occupied_unknown = self._occupied(scope, capacity) if self._occupied else (None, False)
        if free is None and occupied is None and not (free_unknown or occupied_unknown):
            raise Refused(ProblemKind.NO_COUNT, self._labels, "it is not there")
        return free, occupied, capacity

    def class_told(self, scope: Scope) -> Any:
        """The class as the feed tells it; UNKNOWN for one that the mapping leaves out."""
        return self._constant or self._class(scope)

    def record(self, external_id: str, as_of: datetime, class_told: Any, numbers: Numbers) -> CountRecord:
        """The count of these numbers. Raises Refused, also for a class that is none of ours."""
        free, occupied, capacity = numbers
        if class_told is None:
            raise Refused(ProblemKind.MISSING_FIELD, self._class_label)
        try:
            space_class = SpaceClass(class_told)
        except ValueError:
            raise Refused(
                ProblemKind.BAD_VALUE, self._class_label, f"{shown(class_told)} is no class"
            ) from None
        return count(
            external_id, as_of, space_class=space_class, free=free, occupied=occupied, capacity=capacity
        )


AmountReader = Callable[[Scope, int | None], tuple[int | None, bool]]


def _amount(counter: Counter, ways: dict[Amount, float | None]) -> AmountReader | None:
    """What gives a number of spaces (and whether the feed says that it does not know)."""
    for amount, value in counter.amounts.items():
        if amount in ways:
            return _amount_reader(value, ways[amount])
    return None


def _amount_reader(value: Value, of: float | None) -> AmountReader:
    read, label = number_reader(value), value.label

    def in_spaces(scope: Scope, capacity: int | None) -> tuple[int | None, bool]:
        found = read(scope)
        return whole_of(found, label), found is UNKNOWN

    def as_part(scope: Scope, capacity: int | None) -> tuple[int | None, bool]:
        found: Any = read(scope)
        share = share_of(found, label, of or 1.0)
        if share is None:
            return None, found is UNKNOWN
        if not capacity:
            raise Refused(ProblemKind.NO_COUNT, label, "a share alone gives no number")
        return round(share * capacity), False

    return in_spaces if of is None else as_part
