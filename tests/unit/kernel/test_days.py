"""Do days and months begin where the city's calendar and clock say?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from parking.kernel.days import day_span, month_after, month_before, month_span, months_back

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def test_a_citys_day_and_month_begin_at_its_own_midnight() -> None:
    began = datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert month_span(date(2026, 11, 20), SHANGHAI) == (began, datetime(2026, 11, 30, 16, tzinfo=UTC))
    assert day_span(date(2026, 11, 1), SHANGHAI) == (began, began + timedelta(days=1))


def test_a_day_on_which_the_clock_is_changed_is_longer() -> None:
    begins, ends = day_span(date(2026, 10, 25), BERLIN)
    assert ends - begins == timedelta(hours=25)


@pytest.mark.parametrize(
    ("on", "before", "after"),
    [
        (date(2026, 12, 31), date(2026, 11, 1), date(2027, 1, 1)),
        (date(2028, 2, 29), date(2028, 1, 1), date(2028, 3, 1)),
        (date(2026, 1, 31), date(2025, 12, 1), date(2026, 2, 1)),
        (date(2026, 2, 1), date(2026, 1, 1), date(2026, 3, 1)),
    ],
)
def test_months_follow_each_other_over_the_year(on: date, before: date, after: date) -> None:
    assert (month_before(on), month_after(on)) == (before, after)


def test_months_are_counted_back_from_the_present_one() -> None:
    assert list(months_back(date(2026, 2, 14), 3)) == [date(2026, 2, 1), date(2026, 1, 1), date(2025, 12, 1)]
