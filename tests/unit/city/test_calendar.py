"""Which days are special, who says so, and what if nobody does?"""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from parking.audit import queries as audit
from parking.city import queries, service
from parking.city.errors import CalendarDayRefused
from parking.city.models import CalendarDay
from parking.city.rules import Calendar, seed_days
from parking.kernel.actors import CLI
from tests.factories.city import NOW

NATIONAL_DAY = date(2026, 10, 1)
MAKE_UP = date(2026, 10, 10)


def test_2026_has_its_holidays_and_make_up_days(session):
    assert service.seed_calendar(session, CLI, [2026], NOW) == []
    calendar = queries.calendar(session)
    assert [on for on in calendar.holidays if on.month == 10] == [date(2026, 10, day) for day in range(1, 8)]
    assert calendar.make_up_days == [
        date(2026, 1, 4),
        date(2026, 2, 14),
        date(2026, 2, 28),
        date(2026, 5, 9),
        date(2026, 9, 20),
        MAKE_UP,
    ]
    assert len(calendar.holidays) == 33
    assert calendar.is_workday(MAKE_UP) and not calendar.is_holiday(MAKE_UP)
    assert not calendar.is_workday(NATIONAL_DAY) and calendar.is_holiday(NATIONAL_DAY)
    assert calendar.days[NATIONAL_DAY].name_zh == "国庆节"
    assert calendar.days[MAKE_UP].name_zh == "国庆节调休上班"
    assert calendar.days[MAKE_UP].name_en == "Make-up workday for National Day"


def test_a_plain_weekend_is_neither_workday_nor_holiday():
    calendar = Calendar.of(seed_days(2026), [2026])
    saturday = date(2026, 10, 17)
    assert not calendar.is_workday(saturday) and not calendar.is_holiday(saturday)
    assert calendar.is_workday(date(2026, 10, 16))


def test_a_year_that_nobody_announced_is_told_and_stays_uncovered(session):
    assert service.seed_calendar(session, CLI, [2027, 2026], NOW) == [2027]
    calendar = queries.calendar(session)
    assert calendar.covers(2026) and not calendar.covers(2027)
    assert calendar.is_workday(date(2027, 10, 1))


def test_seeding_again_keeps_what_was_set_by_hand(session):
    service.seed_calendar(session, CLI, [2026], NOW)
    named = {"name_zh": "加班", "name_en": "Overtime"}
    service.set_day(session, CLI, NATIONAL_DAY, is_workday=True, **named, now=NOW)
    last = audit.last_hash(session)
    service.seed_calendar(session, CLI, [2026], NOW)
    assert queries.calendar(session).is_workday(NATIONAL_DAY)
    assert audit.last_hash(session) == last
    assert session.scalar(select(CalendarDay.source).where(CalendarDay.on == NATIONAL_DAY)) == "hand"
    told = audit.entries_of(session, "calendar_day", "2026-10-01")[-1]
    assert told.details["before"]["name_zh"] == "国庆节" and told.details["after"]["is_workday"] is True


def test_a_day_can_be_ordinary_again(session):
    service.seed_calendar(session, CLI, [2026], NOW)
    assert service.clear_day(session, CLI, NATIONAL_DAY, NOW) is True
    assert service.clear_day(session, CLI, NATIONAL_DAY, NOW) is False
    assert queries.calendar(session).is_workday(NATIONAL_DAY)


def test_a_year_entered_by_hand_can_be_said_to_be_whole(session):
    on = date(2027, 1, 1)
    service.set_day(session, CLI, on, is_workday=False, name_zh="元旦", name_en="New Year", now=NOW)
    assert not queries.calendar(session).covers(2027)
    assert service.cover_year(session, CLI, 2027, NOW) is True
    assert service.cover_year(session, CLI, 2027, NOW) is False
    assert queries.calendar(session).covers(2027) and queries.calendar(session).is_holiday(on)


def test_a_day_without_names_is_refused(session):
    with pytest.raises(CalendarDayRefused) as refused:
        service.set_day(session, CLI, MAKE_UP, is_workday=False, name_zh=" ", name_en="x", now=NOW)
    assert [problem.field for problem in refused.value.problems] == ["name_zh"]
