"""By when is a step due that has so many working days (工作日)?"""

from __future__ import annotations

from datetime import date

import pytest

from parking.city.rules import Calendar, seed_days

CALENDAR = Calendar.of(seed_days(2026), [2026])
FRIDAY_BEFORE_NATIONAL_DAY = date(2026, 9, 25)


@pytest.mark.parametrize(
    ("on", "days", "due"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # over a weekend
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
        (date(2026, 11, 21), 0, date(2026, 11, 23)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # a Saturday does not count itself
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # over the holidays of National Day
        (date(2026, 9, 30), 2, date(2026, 10, 9)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),  # a Saturday that is worked instead
        (date(2026, 9, 30), 4, date(2026, 10, 12)),
        (date(2026, 12, 31), 1, date(2027, 1, 1)),  # of 2027 only weekdays are known
    ],
)
def test_working_days_leave_out_holidays_and_take_in_make_up_days(on, days, due):
    assert CALENDAR.add_workdays(on, days) == due
    if days:
        assert CALENDAR.workdays_between(on, due) == days


def test_days_overdue_are_negative():
    assert CALENDAR.workdays_between(date(2026, 10, 9), date(2026, 9, 30)) == -2
    assert CALENDAR.workdays_between(date(2026, 10, 9), date(2026, 10, 9)) == 0
