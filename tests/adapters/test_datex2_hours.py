"""Do DATEX II's opening times become hours where they are certain, and a note where they are not?"""

import pytest

from parking.boundary.feeds import ProblemKind
from tests.adapters.datex2_words import TABLE, document, only_problem, parse, record


def recurring(*periods: str, start: str = "2026-01-01T00:00:00", more: str = "") -> str:
    inner = "".join(f"<validPeriod>{period}</validPeriod>" for period in periods)
    return (
        "<openingTimes><validity><validityStatus>definedByValidityTimeSpec</validityStatus>"
        f"<validityTimeSpecification><overallStartTime>{start}</overallStartTime>{more}{inner}"
        "</validityTimeSpecification></validity></openingTimes>"
    )


def hours(start: str, end: str, *days: str) -> str:
    limit = "".join(f"<applicableDay>{day}</applicableDay>" for day in days)
    limit = f"<recurringDayWeekMonthPeriod>{limit}</recurringDayWeekMonthPeriod>" if days else ""
    return (
        f"<recurringTimePeriodOfDay><startTimeOfPeriod>{start}</startTimeOfPeriod><endTimeOfPeriod>{end}"
        f"</endTimeOfPeriod></recurringTimePeriodOfDay>{limit}"
    )


def dated(*periods: tuple[str, str, str]) -> str:
    inner = "".join(
        f"<period><startOfPeriod>{start}</startOfPeriod><endOfPeriod>{end}</endOfPeriod>"
        f"<periodName><values><value>{name}</value></values></periodName></period>"
        for name, start, end in periods
    )
    return f"<openingTimes>{inner}</openingTimes>"


WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")


CERTAIN = {
    "24/7": recurring(hours("00:00:00", "00:00:00")),
    "Mo-Su 06:00-23:00": recurring(hours("06:00:00", "23:00:00")),
    "Mo-Fr 07:00-22:00; Sa 08:00-24:00; Su off": recurring(
        hours("07:00:00", "22:00:00", *WEEK), hours("08:00:00", "23:59:59", "saturday")
    ),
    "Mo-Su 18:00-08:00": recurring(hours("18:00:00", "08:00:00")),
    "Mo-Su 06:00-10:00,16:00-24:00": recurring(hours("16:00:00", "00:00:00"), hours("06:00:00", "10:00:00")),
    "Mo 07:00-22:00; Tu-Sa off; Su 00:00-24:00": dated(
        ("Monday", "2026-11-23T07:00:00", "2026-11-23T22:00:00"),
        ("Monday", "2026-11-23T07:00:00", "2026-11-23T22:00:00"),
        ("星期日", "2026-11-29T00:00:00", "2026-11-29T23:59:00"),
    ),
}


UNCERTAIN = {
    "equal times": recurring(hours("08:00:00", "08:00:00")),
    "no clock": recurring(hours("dawn", "dusk")),
    "no period": recurring(),
    "not yet": recurring(hours("06:00:00", "23:00:00"), start="2030-01-01T00:00:00"),
    "ends": recurring(
        hours("06:00:00", "23:00:00"), more="<overallEndTime>2027-01-01T00:00:00</overallEndTime>"
    ),
    "exception": recurring(hours("06:00:00", "23:00:00"), more="<exceptionPeriod/>"),
    "unknown day": recurring(hours("06:00:00", "23:00:00", "holiday")),
    "dates of another week": dated(
        ("Monday", "2026-11-23T07:00:00", "2026-11-23T22:00:00"),
        ("Tuesday", "2026-12-01T07:00:00", "2026-12-01T22:00:00"),
    ),
    "a name that is not the date's weekday": dated(("Sunday", "2026-11-23T07:00:00", "2026-11-23T22:00:00")),
    "a name that is no weekday": dated(("Christmas", "2026-12-25T07:00:00", "2026-12-25T12:00:00")),
    "over midnight": dated(("Monday", "2026-11-23T07:00:00", "2026-11-24T02:00:00")),
}


class TestOpeningHours:
    @pytest.mark.parametrize("text", CERTAIN)
    def test_hours_that_are_certain_become_osm_text(self, text: str) -> None:
        parsed = parse(document(TABLE, record(CERTAIN[text])))
        assert [(lot.opening_hours, lot.hours_note) for lot in parsed.lots] == [(text, None)]
        assert parsed.problems == ()

    @pytest.mark.parametrize("case", UNCERTAIN)
    def test_hours_that_are_not_certain_become_a_note(self, case: str) -> None:
        parsed = parse(document(TABLE, record(UNCERTAIN[case])))
        (lot,) = parsed.lots
        assert lot.opening_hours is None
        assert lot.hours_note
        assert only_problem(parsed) == (ProblemKind.UNPARSED_HOURS, "openingTimes")
