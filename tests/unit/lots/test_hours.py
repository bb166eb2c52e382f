"""Are hours read as a city of China lives them?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opening_hours import OpeningHours

from parking.city.rules import Calendar, SpecialDay, seed_days
from parking.lots.errors import UnreadableHours
from parking.lots.rules.hours import UNREADABLE, YEAR_MISSING, HoursReader, OpenState, validate

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar.of([*seed_days(2025), *seed_days(2026)], [2025, 2026])
READER = HoursReader(CALENDAR, "Asia/Shanghai")
NIGHTS = "Mo-Fr 18:00-08:00; PH off"


def at(text: str) -> datetime:
    """A moment of the city's clock, as "2026-10-01 07:59"."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def is_open(text: str, moment: str) -> bool | None:
    return READER.is_open(text, at(moment))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-09-30 17:59", False),
        ("2026-09-30 18:00", True),
        ("2026-09-30 23:59", True),
        ("2026-10-01 00:00", True),
        ("2026-10-01 07:59", True),
        ("2026-10-01 08:00", False),
        ("2026-10-01 18:00", False),
        ("2026-10-02 03:00", False),
    ],
)
def test_the_night_before_a_holiday_runs_to_its_end(moment, expected):
    assert is_open(NIGHTS, moment) is expected


def test_a_holiday_off_leaves_no_tail_on_the_day_after():
    assert is_open(NIGHTS, "2026-10-07 23:00") is False
    assert is_open(NIGHTS, "2026-10-08 03:00") is False
    assert is_open(NIGHTS, "2026-10-08 18:00") is True


@pytest.mark.parametrize("day", range(1, 8))
def test_the_whole_national_holiday_is_a_public_holiday(day):
    on = f"2026-10-{day:02d} 12:00"
    assert is_open("Mo-Su 07:00-22:00; PH off", on) is False
    assert is_open("Mo-Fr 07:00-22:00; PH,Sa,Su 09:00-11:00", on) is False
    assert is_open("Mo-Fr 07:00-10:00; PH 11:00-13:00", on) is True


@pytest.mark.parametrize("on", ["2026-09-20", "2026-10-10"])
def test_a_make_up_weekend_day_has_the_hours_of_a_working_day(on):
    assert CALENDAR.is_make_up_day(date.fromisoformat(on))
    text = "Mo-Fr 07:00-19:00; Sa,Su 10:00-16:00"
    assert is_open(text, f"{on} 08:00") is True
    assert is_open(text, f"{on} 18:30") is True
    assert is_open("Mo-Fr 07:00-19:00", f"{on} 08:00") is True
    assert is_open("Sa,Su 07:00-19:00", f"{on} 08:00") is False


def test_a_plain_weekend_is_no_holiday():
    assert is_open("Mo-Su 07:00-19:00; PH off", "2026-10-17 08:00") is True
    assert is_open("Mo-Fr 07:00-19:00; PH 06:00-20:00", "2026-10-17 08:00") is False


def test_a_make_up_saturday_keeps_a_rule_for_its_own_date():
    assert is_open("Mo-Fr 07:00-19:00; 2026 Oct 10 off", "2026-10-10 08:00") is False


def test_a_holiday_without_a_rule_of_its_own_has_the_rules_of_its_weekday():
    assert is_open("Mo-Fr 07:00-19:00", "2026-10-01 12:00") is True


def test_days_before_a_holiday_can_be_meant():
    assert is_open("Mo-Su 07:00-19:00; PH -1 day 07:00-12:00", "2026-09-30 13:00") is False
    assert is_open("Mo-Su 07:00-19:00; PH -1 day 07:00-12:00", "2026-09-29 13:00") is True


def test_school_holidays_are_ignored():
    assert is_open("Mo-Su 07:00-19:00; SH off", "2026-08-01 12:00") is True


def test_a_year_without_calendar_is_read_by_weekdays_and_says_so():
    on_new_year = READER.state("Mo-Fr 07:00-19:00; PH off", at("2027-01-01 12:00"))
    assert on_new_year == OpenState(True, at("2027-01-01 19:00"), YEAR_MISSING)
    assert READER.state("24/7", at("2027-01-01 12:00")) == OpenState(True, None)
    assert READER.state("07:00-22:00", at("2027-01-01 12:00")).warning is None
    assert READER.state("Mo-Fr 07:00-19:00", at("2026-11-20 12:00")).warning is None


def test_the_tail_of_new_years_eve_reaches_into_a_year_without_calendar():
    assert is_open("Mo-Fr 18:00-08:00", "2027-01-01 07:59") is True


def test_a_day_that_the_bureau_sets_counts_at_once():
    snow = SpecialDay(date(2026, 11, 20), False, "停工", "Standstill")
    reader = HoursReader(Calendar.of([snow], [2026]), "Asia/Shanghai")
    assert reader.is_open("Mo-Fr 07:00-19:00; PH off", at("2026-11-20 12:00")) is False
    assert is_open("Mo-Fr 07:00-19:00; PH off", "2026-11-20 12:00") is True


@pytest.mark.parametrize(
    ("text", "moment", "expected"),
    [
        ("24/7", "2026-11-20 03:00", (True, None)),
        ("off", "2026-11-20 03:00", (False, None)),
        ("Mo-Su 07:00-22:00", "2026-11-20 21:00", (True, "2026-11-20 22:00")),
        ("Mo-Su 07:00-22:00", "2026-11-20 22:00", (False, "2026-11-21 07:00")),
        (NIGHTS, "2026-09-30 20:00", (True, "2026-10-01 08:00")),
        (NIGHTS, "2026-10-01 09:00", (False, "2026-10-08 18:00")),
        (
            "Mo-Th 18:00-08:00; Fr 18:00-24:00; Sa,Su 00:00-24:00",
            "2026-11-20 20:00",
            (True, "2026-11-23 00:00"),
        ),
        ("24/7; Su 02:00-06:00 off", "2026-11-21 23:00", (True, "2026-11-22 02:00")),
        ("18:00-08:00; Su 02:00-06:00 off", "2026-11-22 03:00", (False, "2026-11-22 06:00")),
        ("18:00-08:00; Su 02:00-06:00 off", "2026-11-22 07:00", (True, "2026-11-22 08:00")),
        ("Mo-Fr 08:00-12:00,14:00-18:00", "2026-11-20 13:00", (False, "2026-11-20 14:00")),
        ("Mo-Fr 08:00-12:00, We 14:00-18:00", "2026-11-18 15:00", (True, "2026-11-18 18:00")),
        ("Mo-Fr 08:00-12:00; We 14:00-18:00", "2026-11-18 09:00", (False, "2026-11-18 14:00")),
        ("Mo, We 08:00-12:00", "2026-11-16 13:00", (False, "2026-11-18 08:00")),
        ("Mo-Fr 22:00-30:00", "2026-11-21 05:00", (True, "2026-11-21 06:00")),
        ("Jul-Aug 07:00-23:00; 07:00-20:00", "2026-07-01 21:00", (False, "2026-07-02 07:00")),
        ("07:00-20:00; Jul-Aug 07:00-23:00", "2026-07-01 21:00", (True, "2026-07-01 23:00")),
        ("Mo[1] 08:00-12:00", "2026-11-02 09:00", (True, "2026-11-02 12:00")),
        ("Mo[1] 08:00-12:00", "2026-11-09 09:00", (False, None)),
        ('"按预约"', "2026-11-20 03:00", (None, None)),
        ('Mo-Fr 08:00-18:00 || unknown "门卫"', "2026-11-20 20:00", (None, "2026-11-23 08:00")),
        ('Mo-Fr 08:00-18:00; PH off || "门卫"', "2026-10-01 09:00", (False, "2026-10-08 00:00")),
        ("Mo-Fr 08:00-18:00; Sa 09:00-12:00 unknown", "2026-11-21 10:00", (None, "2026-11-21 12:00")),
    ],
)
def test_open_or_closed_until(text, moment, expected):
    told = READER.state(text, at(moment))
    assert (told.is_open, told.until_at) == (expected[0], expected[1] and at(expected[1]))


def test_unknown_hours_are_neither_open_nor_closed():
    assert READER.state(None, at("2026-11-20 12:00")) == OpenState(None, None)


@pytest.mark.parametrize("text", ["", "周一至周五", "8-18", "Mo-Fr 25:00-26:00", "24h"])
def test_hours_that_cannot_be_read_are_said_to_be_so(text):
    assert READER.state(text, at("2026-11-20 12:00")) == OpenState(None, None, UNREADABLE)
    with pytest.raises(UnreadableHours):
        validate(text)


@pytest.mark.parametrize(
    "text",
    [
        "Feb 30 10:00-12:00",
        "Nov 31",
        "Apr 20-31",
        "Feb 30-Feb 31",
        "2026+ Feb 30",
        "2027 Feb 29 10:00-12:00",
        "Mo-Fr 08:00-18:00; Feb 31 off",
    ],
)
def test_a_day_that_its_month_does_not_have_is_no_day_of_every_month(text):
    assert READER.state(text, at("2026-11-20 11:00")) == OpenState(None, None, UNREADABLE)
    with pytest.raises(UnreadableHours):
        validate(text)


def test_the_29th_of_february_is_a_day_of_leap_years():
    assert is_open("Feb 29 10:00-12:00", "2028-02-29 11:00")
    assert not is_open("Feb 29 10:00-12:00", "2027-03-01 11:00")
    assert is_open("2028 Feb 29 10:00-12:00", "2028-02-29 11:00")
    assert is_open("2024-2028 Feb 20-29", "2027-02-28 11:00")
    assert is_open('Feb 20-Mar 5 10:00-12:00 "not Feb 30"', "2027-02-28 11:00")


def test_hours_are_what_the_wall_clock_shows_when_clocks_are_changed():
    london = HoursReader(CALENDAR, "Europe/London")
    before = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    told = london.state("08:00-20:00", before)
    assert told == OpenState(False, datetime(2026, 3, 29, 7, 0, tzinfo=UTC))
    assert london.state("08:00-20:00", told.until_at).until_at == datetime(2026, 3, 29, 19, 0, tzinfo=UTC)


def test_instants_are_told_in_utc():
    until = READER.state("Mo-Su 07:00-22:00", at("2026-11-20 21:00")).until_at
    assert until == datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
    assert until.tzinfo is UTC


CLOCK = st.integers(0, 24 * 4 - 1).map(lambda quarter: f"{quarter // 4:02d}:{quarter % 4 * 15:02d}")
DAY_TIMES = st.tuples(CLOCK, CLOCK).filter(lambda pair: pair[0] < pair[1]).map("-".join)
WEEKDAYS = st.sampled_from(["Mo-Fr", "Sa,Su", "Mo-Su", "Fr-Mo", "We", "Mo,Th"])
SIMPLE = st.lists(st.tuples(WEEKDAYS, DAY_TIMES).map(" ".join), min_size=1, max_size=3).map("; ".join)


@given(text=SIMPLE, minutes=st.integers(0, 14 * 24 * 60))
def test_plain_weeks_are_read_as_the_library_reads_them(text, minutes):
    """No holiday lies in these two weeks, and no time passes midnight: there the library is right."""
    moment = datetime(2026, 11, 9, tzinfo=SHANGHAI) + timedelta(minutes=minutes)
    local = moment.replace(tzinfo=None)
    told = READER.state(text, moment)
    library = OpeningHours(text)
    assert told.is_open is library.is_open(local)
    assert told.until_at.astimezone(SHANGHAI).replace(tzinfo=None) == library.next_change(local)


SIGNS = ("-", ",", ";", "||", " ", "(", "+", "[1]")
WORDS = ("Mo", "Fr", "PH", "SH", "Jan", "1", "2026", "week 3", "easter", "off", "unknown", "24/7", '"x; y"')
TOKENS = st.sampled_from((*SIGNS, *WORDS, "08:00", "18:00", "30:00", "sunset"))


@given(text=st.lists(TOKENS, max_size=8).map("".join) | st.text(max_size=8), day=st.integers(0, 400))
def test_no_text_is_an_exception(text, day):
    told = READER.state(text, at("2026-01-01 12:00") + timedelta(days=day))
    assert told.is_open in (True, False, None)
