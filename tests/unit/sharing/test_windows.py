"""Hours become spans, past midnight in one piece; what is lent together never exceeds what is there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.city.rules import Calendar, SpecialDay
from parking.lots.rules.hours import HoursReader
from parking.sharing.rules.windows import (
    ClosedFor,
    WindowState,
    closed_state,
    fits,
    fitting,
    hours_problems,
    last_day_allows,
    may_reopen,
    may_withdraw,
    opening_of,
    peak,
)

ZONE = ZoneInfo("Asia/Shanghai")
# A holiday from Friday the 25th to Sunday the 27th, made up for on Saturday the 19th.
CALENDAR = Calendar.of(
    [
        SpecialDay(date(2026, 9, 19), True, "补班", "make-up"),
        *(SpecialDay(date(2026, 9, day), False, "中秋", "Mid-Autumn") for day in (25, 26, 27)),
    ],
    [2026],
)
READER = HoursReader(CALENDAR, "Asia/Shanghai")
MONDAY, NEXT = date(2026, 9, 14), date(2026, 9, 28)
T0 = datetime(2026, 9, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


def local(text: str, since: date = MONDAY, until: date = NEXT) -> list[str]:
    told = opening_of(READER, text, since, until)
    return [f"{a.astimezone(ZONE):%d %H:%M}-{b.astimezone(ZONE):%d %H:%M}" for a, b in told.spans]


def test_a_night_is_one_span_that_belongs_to_its_evening() -> None:
    assert local("Mo-Su 18:00-07:30", MONDAY, date(2026, 9, 16)) == ["14 18:00-15 07:30", "15 18:00-16 07:30"]


def test_holidays_are_open_all_day_and_a_make_up_saturday_is_a_working_day() -> None:
    told = local("Mo-Fr 18:00-07:30; Sa-Su,PH 00:00-24:00")
    assert told[4:7] == ["18 18:00-19 07:30", "19 18:00-21 00:00", "21 18:00-22 07:30"]
    assert told[-1] == "24 18:00-28 00:00"


def test_without_the_years_holidays_nothing_opens_that_asks_for_them() -> None:
    since, until = date(2026, 12, 30), date(2027, 1, 5)
    working = opening_of(READER, "Mo-Fr 18:00-07:30", since, until)
    assert (len(working.spans), working.missing_years) == (2, {2027})
    every = opening_of(READER, "Mo-Su 18:00-07:30", since, until)
    assert (len(every.spans), every.missing_years) == (6, frozenset())


@pytest.mark.parametrize(
    ("hours", "since", "code"),
    [
        ("off", MONDAY, "never_opens"),
        ("2024 Dec 10:00-12:00", MONDAY, "never_opens"),
        ("24/7", MONDAY, "never_closes"),
        ("Mo-Su 00:00-24:00", MONDAY, "never_closes"),
        ("Mo-Su 10:00-10:05", MONDAY, "too_short"),
        ("every evening", MONDAY, "hours_unreadable"),
        ("Feb 30 10:00-12:00", MONDAY, "hours_unreadable"),
        ("Mo-Fr 18:00-07:30", date(2027, 1, 4), "calendar_year_missing"),
        ("Mo-Fr 10:00-16:00", date(2027, 1, 4), "calendar_year_missing"),
        ("PH 00:00-24:00", date(2026, 12, 20), "calendar_year_missing"),
        ("sunset-sunrise", MONDAY, "moves_with_the_sun"),
        ("Mo-Su (sunset+01:00)-07:00", MONDAY, "moves_with_the_sun"),
        ("18:00+", MONDAY, "no_end"),
        ("20:00-20:00", MONDAY, "same_time"),
    ],
)
def test_hours_that_lend_nothing_are_told_why(hours: str, since: date, code: str) -> None:
    (problem,) = hours_problems(READER, hours, since, since + timedelta(days=30), "hours")
    assert (problem.field, problem.code) == ("hours", code)


def test_good_hours_have_no_problem() -> None:
    assert not list(hours_problems(READER, "Mo-Su 18:00-07:30", MONDAY, NEXT, "hours"))


LOADS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 8), st.integers(1, 4)).map(
        lambda told: (T0 + told[0] * HOUR, T0 + (told[0] + told[1]) * HOUR, told[2])
    ),
    max_size=8,
)


@given(LOADS, LOADS, st.integers(0, 10))
def test_what_is_kept_never_exceeds_the_spaces_and_nothing_that_fits_is_left_out(standing, fresh, spaces):
    def at(loads, hour: int) -> int:
        return sum(count for a, b, count in loads if a <= T0 + hour * HOUR < b)

    assert peak(standing) == max((at(standing, hour) for hour in range(30)), default=0)
    kept = fitting(fresh, standing, [max(spaces, peak(standing))] * len(fresh))
    lent = [*standing, *(span for span, has_room in zip(fresh, kept, strict=True) if has_room)]
    room = max(spaces, peak(standing))
    assert all(at(lent, hour) <= room for hour in range(30))
    assert not any(fits(span, lent, room) for span, kept_it in zip(fresh, kept, strict=True) if not kept_it)


def test_an_owner_takes_back_up_to_the_stated_minute() -> None:
    opens = T0 + 24 * HOUR
    assert may_withdraw(opens, 60, opens - HOUR) and not may_withdraw(
        opens, 60, opens - HOUR + timedelta(seconds=1)
    )


def test_a_closed_window_keeps_who_is_inside_and_comes_back_only_from_a_suspension() -> None:
    ends = T0 + HOUR
    assert closed_state(ends, 1, T0) is WindowState.CLOSING
    assert closed_state(ends, 0, T0) is WindowState.WITHDRAWN
    assert closed_state(ends, 1, ends) is WindowState.ENDED
    assert may_reopen(WindowState.WITHDRAWN, ClosedFor.SUSPENDED, ends, T0)
    assert not may_reopen(WindowState.WITHDRAWN, ClosedFor.SUSPENDED, T0, T0)
    assert not may_reopen(WindowState.WITHDRAWN, ClosedFor.OWNER, ends, T0)
    evening = datetime(2026, 9, 20, 18, tzinfo=ZONE)
    assert last_day_allows(evening, date(2026, 9, 21), ZONE) and not last_day_allows(
        evening, date(2026, 9, 20), ZONE
    )
