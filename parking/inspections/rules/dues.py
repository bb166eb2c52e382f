"""By when is the next step owed, and how loudly is it asked for when it does not come?

All spans are workdays of the city's calendar; the profile's [inspections] says how many.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from parking.city.rules import Calendar, CityView
from parking.inspections.rules.findings import FindingState, Grade

_DAYS = {Grade.MINOR: 10, Grade.SERIOUS: 5, Grade.URGENT: 1}
_ORDER_DAYS = 2
_RECHECK_DAYS = 3
_ESCALATE_AFTER_DAYS = (1, 5, 10)


def days_of(city: CityView, grade: Grade) -> int:
    """How many workdays the operator has: `inspections.minor_days`, `serious_days`, `urgent_days`."""
    return int(city.told(f"inspections.{grade}_days", _DAYS[grade]))


def due_on(
    state: FindingState,
    grade: Grade,
    on: date,
    *,
    city: CityView,
    calendar: Calendar,
    asked: date | None = None,
) -> date | None:
    """The workday by which the next step is owed once the state is reached on a day; None where none is.

    `asked` is a day that an officer sets for the operator instead of the grade's.
    """
    days = {
        FindingState.FOUND: int(city.told("inspections.order_days", _ORDER_DAYS)),
        FindingState.ORDERED: days_of(city, grade),
        FindingState.PUT_RIGHT: int(city.told("inspections.recheck_days", _RECHECK_DAYS)),
    }
    if state is FindingState.ORDERED and asked is not None:
        return asked
    return calendar.add_workdays(on, days[state]) if state in days else None


def escalation_level(due: date, today: date, *, city: CityView, calendar: Calendar) -> int:
    """0 while in time; 1, 2, 3 once it is late by so many workdays (`inspections.escalate_after_days`)."""
    after: Sequence[int] = city.told("inspections.escalate_after_days", _ESCALATE_AFTER_DAYS)
    late = calendar.workdays_between(due, today)
    return sum(late >= max(int(days), 1) for days in after)
