"""Which days are worked? All due dates are reckoned from this page's rows."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date

from flask import Response, redirect, request, url_for

from parking.accounts.rules import Permission
from parking.city import queries as city
from parking.city import service
from parking.city.errors import CalendarDayRefused
from parking.city.queries import DayRow
from parking.city.rules import Calendar
from parking.kernel.errors import N_
from parking.portals._http import auth, work
from parking.portals._http.i18n import language
from parking.portals._http.moments import sent_day
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk

WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")}
pages = Pages("bureau_calendar", __name__, "bureau")


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the year's sheet; None days fill the weeks at both ends of a month."""

    on: date | None
    is_workday: bool = True
    special: DayRow | None = None


@pages.get("/calendar", permission=Permission.BUREAU_CALENDAR_READ, nav=N_("工作日历"), nav_order=60)
def calendar() -> Response:
    """A year: its months, its special days, and whether all of them are entered."""
    session, year = work.session(), _year()
    special = {row.on: row for row in city.calendar_days(session, year)}
    known = city.calendar(session)
    return desk.page(
        "calendar.html",
        year=year,
        rows=list(special.values()),
        months=[_month(year, month, known, special) for month in range(1, 13)],
        covered=city.calendar_years(session).get(year),
        weekday_names=WEEKDAYS[language()],
        workdays=sum(known.is_workday(date(year, month, day)) for month, day in _days(year)),
    )


def _year() -> int:
    asked = request.args.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) < 6 else desk.today().year
    return min(max(year, MINYEAR), MAXYEAR - 1)


def _days(year: int) -> list[tuple[int, int]]:
    return [(month, day) for month in range(1, 13) for day in range(1, monthrange(year, month)[1] + 1)]


def _month(year: int, month: int, known: Calendar, special: Mapping[date, DayRow]) -> list[list[Cell]]:
    """The weeks of a month, Monday first."""
    first_weekday, length = monthrange(year, month)
    days = [date(year, month, day) for day in range(1, length + 1)]
    cells = [Cell(None)] * first_weekday + [Cell(on, known.is_workday(on), special.get(on)) for on in days]
    cells += [Cell(None)] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


@pages.post("/calendar/day", permission=Permission.BUREAU_CALENDAR_EDIT, form="calendar")
def set_day() -> Response:
    """Say that a day is a holiday, or is worked."""
    form = request.form
    on = sent_day("on", CalendarDayRefused)
    service.set_day(
        work.session(),
        auth.caller().actor,
        on,
        is_workday=form.get("is_workday") == "true",
        name_zh=form.get("name_zh", ""),
        name_en=form.get("name_en", ""),
        now=desk.now(),
    )
    return _back(on.year)


@pages.post("/calendar/clear", permission=Permission.BUREAU_CALENDAR_EDIT, form="calendar")
def clear_day() -> Response:
    """Let a day be what its weekday says."""
    on = sent_day("on", CalendarDayRefused)
    service.clear_day(work.session(), auth.caller().actor, on, desk.now())
    return _back(on.year)


@pages.post("/calendar/year", permission=Permission.BUREAU_CALENDAR_EDIT, form="calendar")
def cover_year() -> Response:
    """Say that all special days of a year are entered."""
    told = request.form.get("year", "")
    year = int(told) if told.isdecimal() and len(told) < 5 else desk.today().year
    service.cover_year(work.session(), auth.caller().actor, year, desk.now())
    return _back(year)


def _back(year: int) -> Response:
    return redirect(url_for("bureau_calendar.calendar", year=year), 303)  # type: ignore[return-value]
