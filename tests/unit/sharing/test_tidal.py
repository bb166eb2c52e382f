"""May one park in tidal bays exactly when their hours, dates and the city's calendar say so?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.city.rules import Calendar, seed_days
from parking.kernel.vocabulary import SpaceClass
from parking.lots.rules import HoursReader
from parking.lots.rules.hours import YEAR_MISSING
from parking.sharing.rules.tidal import TidalBays, TidalState, lawful, opening
from parking.sharing.rules.tidal_checks import EXAMPLE, Section, TidalDraft, tidal_problems

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar.of([*seed_days(2025), *seed_days(2026)], [2025, 2026])
READER = HoursReader(CALENDAR, "Asia/Shanghai")
TODAY = date(2026, 11, 20)
NIGHTS = "Mo-Su 19:00-07:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def bays(hours: str = NIGHTS, **fields: object) -> TidalBays:
    told = {"spaces": 30, "from_on": date(2025, 1, 1)} | fields
    return TidalBays("t", "lot", SpaceClass.GENERAL, hours=hours, **told)  # type: ignore[arg-type]


def draft(**fields: object) -> TidalDraft:
    told = {
        "space_class": SpaceClass.GENERAL,
        "spaces": 30,
        "hours": NIGHTS,
        "from_on": date(2026, 12, 1),
        "until_on": date(2027, 12, 1),
        "police_body": "试城市公安局交通警察大队",
        "consent_number": "试公交〔2026〕12号",
        "consent_on": date(2026, 11, 10),
    }
    return TidalDraft(**(told | fields))  # type: ignore[arg-type]


def problems(wanted: TidalDraft, **fields: object) -> dict[str, str]:
    section = {"kind": "on_street", "opening_hours": None, "capacities": {SpaceClass.GENERAL: 40}} | fields
    found = tidal_problems(wanted, Section(**section), READER, ZONE, TODAY)  # type: ignore[arg-type]
    return {each.field: each.code for each in found}


def test_a_night_is_lawful_until_the_morning_that_ends_it():
    now = lawful(bays(), at("2026-11-20 23:30"), READER, ZONE)
    assert (now.is_lawful, now.until_at) == (True, at("2026-11-21 07:00"))
    assert now.next_from_at == at("2026-11-21 19:00")
    day = lawful(bays(), at("2026-11-21 07:00"), READER, ZONE)
    assert (day.is_lawful, day.until_at, day.next_from_at) == (False, *[at("2026-11-21 19:00")] * 2)


def test_nobody_may_park_once_the_consent_has_lapsed_until_the_arrangement_is_ended():
    lapsed = bays(until_on=date(2026, 11, 21))
    assert lawful(lapsed, at("2026-11-20 23:30"), READER, ZONE).until_at == at("2026-11-21 00:00")
    later = lawful(lapsed, at("2026-11-21 20:00"), READER, ZONE)
    assert (later.is_lawful, later.next_from_at) == (False, None)
    assert lapsed.state(date(2026, 11, 21)) is TidalState.LAPSED
    ended = bays(until_on=date(2026, 11, 21), ended_on=date(2026, 11, 25))
    assert lawful(ended, at("2026-11-21 20:00"), READER, ZONE).next_from_at == at("2026-11-25 00:00")


def test_a_year_without_its_holidays_is_told_with_a_warning():
    now = lawful(bays("Mo-Fr 19:00-07:00; PH off"), at("2028-11-20 23:30"), READER, ZONE)
    assert (now.is_lawful, now.warning) == (True, YEAR_MISSING)


def test_a_section_is_closed_only_while_none_of_its_spaces_is_lawful():
    noon = at("2026-11-20 12:00")
    whole = opening("24/7", {SpaceClass.GENERAL: 30}, [bays()], noon, READER, ZONE)
    assert (whole.is_open, whole.until_at) == (False, at("2026-11-20 19:00"))
    partly = opening("24/7", {SpaceClass.GENERAL: 40}, [bays()], noon, READER, ZONE)
    assert (partly.is_open, partly.until_at) == (True, None)
    turns = [bays("Mo-Su 00:00-13:00", spaces=20), bays("Mo-Su 12:30-24:00", spaces=20)]
    both = opening(None, {SpaceClass.GENERAL: 40}, turns, noon, READER, ZONE)
    assert both.is_open is None


@pytest.mark.parametrize(
    ("wanted", "field", "code"),
    [
        (draft(hours=""), "hours", "missing"),
        (draft(hours="晚上可以停"), "hours", "unreadable"),
        (draft(hours="Nov 31 19:00-07:00"), "hours", "unreadable"),
        (draft(hours="Mo-Su off"), "hours", "never_opens"),
        (draft(hours="Jul 19:00-07:00", until_on=date(2027, 3, 1)), "hours", "never_opens"),
        (draft(hours="24/7"), "hours", "never_closes"),
        (draft(hours="PH 00:00-24:00", from_on=date(2027, 1, 1)), "hours", "calendar_year_missing"),
        (draft(hours="24/7; PH off", from_on=date(2027, 1, 1)), "hours", "calendar_year_missing"),
        (draft(hours="sunset-sunrise"), "hours", "moves_with_the_sun"),
        (draft(hours="Mo-Su 18:00+"), "hours", "no_end"),
        (draft(hours="20:00-20:00"), "hours", "same_time"),
        (draft(from_on=date(2020, 1, 1), until_on=TODAY, consent_on=date(2019, 12, 1)), "until_on", "over"),
        (draft(hours='"按现场标志"'), "hours", "unsure"),
        (draft(until_on=date(2026, 12, 1)), "until_on", "dates_reversed"),
        (draft(from_on=None), "from_on", "missing"),
        (draft(from_on=date.max, until_on=None), "from_on", "too_far"),
        (draft(from_on=date.min, consent_on=date.min), "from_on", "too_far"),
        (draft(consent_on=None), "consent_on", "missing"),
        (draft(consent_on=date(2026, 11, 21)), "consent_on", "in_the_future"),
        (draft(consent_on=TODAY, from_on=date(2026, 11, 1)), "consent_on", "after_the_start"),
        (draft(consent_number=" "), "consent_number", "missing"),
        (draft(police_body="队" * 61), "police_body", "too_long"),
        (draft(space_class=SpaceClass.TRUCK), "space_class", "class_without_spaces"),
        (draft(space_class=None), "space_class", "missing"),
        (draft(spaces=0), "spaces", "not_a_number"),
        (draft(spaces=41), "spaces", "more_than_there_are"),
    ],
)
def test_what_is_wrong_names_its_field(wanted: TidalDraft, field: str, code: str):
    assert problems(wanted) == {field: code}


def test_what_is_right_is_taken_and_what_clashes_with_the_section_is_not():
    assert problems(draft()) == problems(draft(hours=EXAMPLE)) == {}
    assert problems(draft(), kind="off_street") == {"lot": "not_on_street"}
    assert problems(draft(), opening_hours="Mo-Su 06:00-22:00") == {"hours": "lot_closed"}
    assert problems(draft(), opening_hours="Mo-Su 18:00-08:00") == {}
    others = (bays(spaces=20),)
    assert problems(draft(), others=others) == {"spaces": "more_than_there_are"}
    assert problems(draft(spaces=20), others=others) == {}
    gone = (bays(spaces=20, ended_on=date(2026, 12, 1)),)
    assert problems(draft(), others=gone) == {}
    # Only on some day after the beginning is it too many.
    later = (bays(spaces=20, from_on=date(2027, 5, 1)),)
    assert problems(draft(), others=later) == {"spaces": "more_than_there_are"}


MINUTE = timedelta(minutes=1)
# [start, end) in minutes; an end before the start is in the next morning.
spans = st.tuples(st.integers(0, 95), st.integers(1, 95)).map(lambda span: (span[0] * 15, span[1] * 15))
spans = spans.filter(lambda span: span[0] != span[1])


def written(span: tuple[int, int]) -> str:
    return "-".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in span)


def weekday(on: date) -> int:
    if CALENDAR.is_make_up_day(on):
        return 4 if on.weekday() == 5 else 0
    return on.weekday()


@settings(max_examples=25, deadline=None)
@given(
    weekdays=spans,
    weekends=st.none() | spans,
    holidays=st.sampled_from(["off", "as any day", "all day"]),
    begins=st.dates(date(2026, 1, 5), date(2026, 12, 20)),
    lasting=st.none() | st.integers(1, 9),
    ended=st.none() | st.integers(0, 9),
)
def test_lawful_is_what_looking_at_every_minute_of_a_week_finds(
    weekdays, weekends, holidays, begins, lasting, ended
):
    text = f"Mo-Fr {written(weekdays)}"
    text += f"; Sa,Su {written(weekends)}" if weekends else ""
    text += {"off": "; PH off", "as any day": "", "all day": "; PH 00:00-24:00"}[holidays]
    first = begins + timedelta(days=1)
    row = bays(
        text,
        from_on=first,
        until_on=first + timedelta(days=lasting) if lasting else None,
        ended_on=first + timedelta(days=ended) if ended is not None else None,
    )

    def span_on(on: date) -> tuple[int, int] | None:
        """What begins on a date, in minutes after its midnight."""
        if CALENDAR.is_holiday(on) and holidays != "as any day":
            return (0, 1440) if holidays == "all day" else None
        span = weekdays if weekday(on) < 5 else weekends
        return span and (span[0], span[1] + (1440 if span[1] < span[0] else 0))

    def expected(moment: datetime) -> bool:
        local = moment.astimezone(ZONE)
        on, minute = local.date(), local.hour * 60 + local.minute
        if on < row.from_on or (row.ended_on and on >= row.ended_on):
            return True
        if row.until_on and on >= row.until_on:
            return False
        own, eve = span_on(on), span_on(on - timedelta(days=1))
        return bool(own and own[0] <= minute < own[1]) or bool(eve and minute < eve[1] - 1440)

    moment = datetime.combine(begins, time(), ZONE).astimezone(UTC)
    end = moment + timedelta(days=8)
    minutes = {moment + step * MINUTE: expected(moment + step * MINUTE) for step in range(8 * 1440)}
    while moment < end:
        now = lawful(row, moment, READER, ZONE)
        assert now.is_lawful is minutes[moment], (text, moment)
        until = min(now.until_at or end, end)
        assert until > moment
        assert all(
            minutes[moment + k * MINUTE] is now.is_lawful for k in range(int((until - moment) / MINUTE))
        )
        if until < end:
            assert minutes[until] is not now.is_lawful
            if not now.is_lawful:
                assert now.next_from_at == until
            elif now.next_from_at and now.next_from_at < end:
                assert minutes[now.next_from_at] and not minutes[now.next_from_at - MINUTE]
        moment = until
