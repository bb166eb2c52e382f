"""When is a lot open, in the two ways that DATEX II tells it? OSM text where it is certain, else nothing."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from lxml.etree import _Element

from integrations.hours import Span, span, weekly
from integrations.sources.datex2.elements import multilingual, path, value

_NAMES = {
    name: day
    for day, names in enumerate(
        (
            ("monday", "montag", "lundi", "星期一", "周一"),
            ("tuesday", "dienstag", "mardi", "星期二", "周二"),
            ("wednesday", "mittwoch", "mercredi", "星期三", "周三"),
            ("thursday", "donnerstag", "jeudi", "星期四", "周四"),
            ("friday", "freitag", "vendredi", "星期五", "周五"),
            ("saturday", "samstag", "samedi", "星期六", "周六"),
            ("sunday", "sonntag", "dimanche", "星期日", "周日"),
        )
    )
    for name in names
}
_LONGEST_NOTE = 200


def opening_hours(times: _Element, now: datetime) -> str | None:
    """OSM text of an `openingTimes` element, or None where the reading is not certain."""
    specification = times.find(".//{*}validityTimeSpecification")
    if specification is not None:
        return _recurring(specification, now)
    return _dated_week(times)


def note(times: _Element) -> str | None:
    """The element's own words, for people."""
    words = " ".join(" ".join(str(text).split()) for text in times.itertext() if str(text).strip())
    return words[:_LONGEST_NOTE] or None


def _recurring(specification: _Element, now: datetime) -> str | None:
    """The newer way: periods of the day, for all days or for named weekdays; exceptions make it uncertain."""
    if not _holds(specification, now) or specification.find(path("exceptionPeriod")) is not None:
        return None
    week: dict[int, list[Span]] = defaultdict(list)
    for period in specification.iterfind(path("validPeriod")):
        days = _days_of(period)
        spans = [
            span(value(hours, "startTimeOfPeriod") or "", value(hours, "endTimeOfPeriod") or "")
            for hours in period.iterfind(path("recurringTimePeriodOfDay"))
        ]
        if days is None or not spans:
            return None
        for told in spans:
            if told is None:
                return None
            for day in days:
                week[day].append(told)
    return weekly(week) if week else None


def _holds(specification: _Element, now: datetime) -> bool:
    """Whether the specification is in force: it began before today and does not end."""
    began = value(specification, "overallStartTime") or "0000-00-00"
    return began[:10] <= now.date().isoformat() and value(specification, "overallEndTime") is None


def _days_of(period: _Element) -> list[int] | None:
    """The weekdays of a period, all where none is named; None where it is limited in a way not read here."""
    if any(period.find(path(name)) is not None for name in ("startOfPeriod", "endOfPeriod")):
        return None
    if period.find(path("recurringSpecialDay")) is not None:
        return None
    limits = period.findall(path("recurringDayWeekMonthPeriod"))
    if not limits:
        return list(range(7))
    days: set[int] = set()
    for limit in limits:
        if any(limit.find(path(name)) is not None for name in ("applicableWeek", "applicableMonth")):
            return None
        named = [
            _NAMES.get((day.text or "").strip().lower()) for day in limit.iterfind(path("applicableDay"))
        ]
        if not named or None in named:
            return None
        days.update(day for day in named if day is not None)
    return sorted(days)


def _dated_week(times: _Element) -> str | None:
    """The older way: dated periods. Certain only when each is named by the weekday on which it lies and all
    lie within one week, so that the dates stand for weekdays."""
    week: dict[int, list[Span]] = defaultdict(list)
    dates = set()
    for period in times.iterfind(path("period")):
        day = _NAMES.get((multilingual(period, "periodName") or "").lower())
        try:
            start = datetime.fromisoformat(value(period, "startOfPeriod") or "")
            end = datetime.fromisoformat(value(period, "endOfPeriod") or "")
        except ValueError:
            return None
        told = span(start.strftime("%H:%M"), end.strftime("%H:%M"))
        if day is None or day != start.weekday() or start.date() != end.date() or told is None:
            return None
        dates.add(start.date())
        week[day].append(told)
    if not dates or (max(dates) - min(dates)).days > 6:
        return None
    return weekly(week)
