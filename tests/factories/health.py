"""Courses of counters by quarters of an hour, as lots of each kind show them, and a history made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from math import cos, pi

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from parking.guidance.rules.health.counters import Past
from parking.guidance.rules.health.habits import HABIT_DAYS, SLOTS_OF_DAY, Habit, habit_of
from parking.occupancy.models import CounterState, HistorySlot
from parking.occupancy.rules import SLOT
from tests.factories.occupancy import MIDNIGHT

Course = Callable[[int], int | None]
"""Occupied spaces by the number of the quarter since the first day's midnight."""


def a_garage(capacity: int = 200) -> Course:
    """Fills by noon, empties by night, and moves in every quarter."""

    def occupied(slot: int) -> int:
        tide = (1 - cos(2 * pi * (slot % SLOTS_OF_DAY) / SLOTS_OF_DAY)) / 2
        return round(capacity * (0.1 + 0.75 * tide)) + (7 * slot) % 5

    return occupied


def full_all_night(capacity: int = 200) -> Course:
    """A quarter where everybody is home from eight to six: full, to the last space."""
    by_day = a_garage(capacity)

    def occupied(slot: int) -> int:
        hour = slot % SLOTS_OF_DAY / 4
        return capacity if hour >= 20 or hour < 6 else by_day(slot) or 0

    return occupied


def nearly_full_all_night(capacity: int = 200) -> Course:
    """As above, but for two spaces in which nobody ever fits."""
    full = full_all_night(capacity)
    return lambda slot: min(full(slot) or 0, capacity - 2)


def a_quiet_street(capacity: int = 24) -> Course:
    """A section where a car comes or goes every seven hours."""
    return lambda slot: 9 + slot // 28 % 3


def shut_at_weekends(capacity: int = 200) -> Course:
    """An office's lot: five cars stay over the weekend (the first day is a Saturday)."""
    by_day = a_garage(capacity)
    return lambda slot: 5 if slot // SLOTS_OF_DAY % 7 < 2 else by_day(slot)


def keys_of(slots: Sequence[int]) -> list[int]:
    return [slot % SLOTS_OF_DAY // 4 + (24 if slot // SLOTS_OF_DAY % 7 < 2 else 0) for slot in slots]


def a_habit(course: Course, capacity: int, days: int = HABIT_DAYS) -> Habit:
    slots = range(days * SLOTS_OF_DAY)
    told = [course(slot) for slot in slots]
    return habit_of(np.array(told), np.full(len(told), capacity), np.array(keys_of(slots)))


def a_past(
    course: Course, capacity: int, habit: Habit | None, end: int = (HABIT_DAYS + 5) * SLOTS_OF_DAY
) -> Past:
    """The last day of a course before the quarter of this number."""
    slots = range(end - SLOTS_OF_DAY, end)
    recent = [course(slot) for slot in slots]
    return Past(recent, keys_of(slots), MIDNIGHT + end * SLOT, capacity, habit)


def tell_history(
    session: Session,
    lot_id: str,
    course: Course,
    until_at: datetime,
    *,
    capacity: int,
    days: int = HABIT_DAYS,
) -> None:
    """A history that ends with the quarter `until_at`, whose number is that of the days' quarters."""
    number = days * SLOTS_OF_DAY
    session.execute(
        insert(HistorySlot),
        [
            {
                "lot_id": lot_id,
                "space_class": "general",
                "slot_at": until_at - (number - 1 - slot) * SLOT,
                "occupied": course(slot),
                "capacity": capacity,
                "quality": "live",
            }
            for slot in range(number)
        ],
    )
    state = session.get(CounterState, (lot_id, "general"))
    state.history_until_at = until_at
    session.flush()
