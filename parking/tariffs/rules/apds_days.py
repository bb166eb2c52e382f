"""On which days and hours does an APDS rate table hold? Schedules and bands as periods and exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from parking.kernel.days import midnight
from parking.kernel.errors import N_
from parking.tariffs.rules.tariff import DAY_MINUTES, Band, DateRange, DayType, Schedule, clock

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
YEARS = 3
_HOLIDAYS = [
    {"language": "zh", "string": "法定节假日"},
    {"language": "en", "string": "Public holidays of the city's calendar"},
]


class Left(NamedTuple):
    """What APDS cannot say, and where in the document it stands; `text` is a msgid."""

    place: str
    code: str
    text: str
    params: dict[str, int | str] = {}  # noqa: RUF012


MAKE_UP_DAYS = N_("调休上班日按工作日计：APDS 只能写星期几和法定节假日")
MIXED_DAYS = N_("日期类型与星期几混用：APDS 的例外日期会把二者一起排除")
EVERY_YEAR = N_("每年的日期：只写出从版本生效起 %(years)s 年的")
UNTIL_MIDNIGHT = N_("到 24:00 为止的时段：APDS 没有 24:00，写作 23:59")


def instant(on: date, zone: str) -> str:
    """Midnight at the begin of a day, as APDS writes an instant."""
    return midnight(on, ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M:%SZ")


def validity(
    schedules: Sequence[Schedule],
    number: int,
    band: Band,
    dates: tuple[date, date | None],
    zone: str,
    left: list[Left],
    place: str,
) -> dict[str, Any]:
    """When the band of the schedule of that number holds, between two dates (the second: not any more).

    What an earlier schedule holds is excepted, for the first one that holds a day is the day's.
    """
    schedule, from_on = schedules[number], dates[0]
    hours = _hours(band, left, place)
    days = _days(schedule, from_on, zone, left, place)
    told: dict[str, Any] = {}
    if days or hours:
        timed = {"recurringTimePeriodOfDay": hours} if hours else {}
        told["validPeriods"] = [{**each, **timed} for each in days or [{}]]
    excepted = [
        period for earlier in schedules[:number] for period in _days(earlier, from_on, zone, [], place)
    ]
    if schedule.types and DayType.HOLIDAY not in schedule.types:
        excepted.append(_holiday())
    if excepted:
        told["exceptionPeriods"] = [each for at, each in enumerate(excepted) if each not in excepted[:at]]
    return valid(dates, zone, **told)


def valid(dates: tuple[date, date | None], zone: str, **told: Any) -> dict[str, Any]:
    """Between two dates (the second: not any more), as far as `told` does not narrow it."""
    period: dict[str, Any] = {"overallStartTime": instant(dates[0], zone)}
    if dates[1] is not None:
        period["overallEndTime"] = instant(dates[1], zone)
    return {"validityStatus": "definedByValidityTimeSpec", "validityTimeSpecification": period | told}


def _hours(band: Band, left: list[Left], place: str) -> list[dict[str, str]]:
    """None for the whole day."""
    begins, ends = band.from_minute, band.until_minute
    if (ends - begins) % DAY_MINUTES == 0:
        return []
    pieces = [(begins, ends)] if begins < ends else [(begins, DAY_MINUTES), (0, ends)]
    if pieces[0][1] == DAY_MINUTES:
        left.append(Left(place, "until_midnight", UNTIL_MIDNIGHT))
    return [
        {"startTimeOfPeriod": clock(first), "endTimeOfPeriod": clock(min(last, DAY_MINUTES - 1))}
        for first, last in pieces
        if first < last
    ]


def _holiday() -> dict[str, Any]:
    special = {
        "specialDayType": "publicHoliday",
        "intersectWithApplicableDays": True,
        "publicHolidayName": _HOLIDAYS,
    }
    return {"recurringSpecialDay": [special]}


def _days(schedule: Schedule, from_on: date, zone: str, left: list[Left], place: str) -> list[dict[str, Any]]:
    """The periods whose union are the schedule's days; none for every day."""
    types = set(schedule.types)
    if types & {DayType.WORKDAY, DayType.WEEKEND}:
        left.append(Left(place, "make_up_days", MAKE_UP_DAYS))
        if (schedule.weekdays or schedule.dates) and DayType.HOLIDAY not in types:
            left.append(Left(place, "mixed_days", MIXED_DAYS))
    week = {_WEEK[number - 1] for number in schedule.weekdays}
    week |= {*_WEEK[:5]} if DayType.WORKDAY in types else set()
    week |= {*_WEEK[5:]} if DayType.WEEKEND in types else set()
    periods: list[dict[str, Any]] = []
    if week:
        days = [day for day in _WEEK if day in week]
        periods.append({"recurringDayWeekMonthPeriod": [{"applicableDay": days}]})
    if DayType.HOLIDAY in types:
        periods.append(_holiday())
    for each in schedule.dates:
        periods += [
            {"startOfPeriod": instant(first, zone), "endOfPeriod": instant(last + timedelta(days=1), zone)}
            for first, last in _ranges(each, from_on)
        ]
        if not isinstance(each.first, date):
            left.append(Left(place, "every_year", EVERY_YEAR, {"years": YEARS}))
    return periods


def _ranges(told: DateRange, from_on: date) -> list[tuple[date, date]]:
    """The dates themselves, or those of some years from a day on."""
    first, last = told.first, told.last
    if isinstance(first, date) and isinstance(last, date):
        return [(first, last)]
    assert isinstance(first, tuple) and isinstance(last, tuple)
    wraps = first > last
    # From the year before: a range round New Year may have begun in it.
    years = range(from_on.year - wraps, from_on.year + YEARS)
    return [(_day(year, first), _day(year + wraps, last)) for year in years]


def _day(year: int, told: tuple[int, int]) -> date:
    """29 February is the 28th where there is none."""
    try:
        return date(year, *told)
    except ValueError:
        return date(year, 2, 28)
