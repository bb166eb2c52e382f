"""Is a value checked, or refused with its reason, and never repaired by guessing?"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.records import (
    Harvest,
    Refused,
    count,
    height_cm,
    identifier,
    instant,
    number,
    shown,
    text,
    whole,
)
from parking.boundary.feeds import ProblemKind as P

NOW = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)


def refusal(read: Any, *args: Any, **kwargs: Any) -> P:
    with pytest.raises(Refused) as caught:
        read(*args, **kwargs)
    return caught.value.kind


@pytest.mark.parametrize(
    ("told", "read"), [(0, 0), (7, 7), (7.0, 7), ("7", 7), (" 7 ", 7), (100_000, 100_000)]
)
def test_a_number_of_spaces_is_whole(told: object, read: int) -> None:
    assert whole(told, "free") == read


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (None, P.MISSING_FIELD),
        ("", P.MISSING_FIELD),
        (-1, P.NEGATIVE),
        ("-0.5", P.NEGATIVE),
        (100_001, P.TOO_LARGE),
        (10**400, P.BAD_VALUE),
        (7.5, P.BAD_VALUE),
        (True, P.BAD_VALUE),
        ("seven", P.BAD_VALUE),
        ("7 of 9", P.BAD_VALUE),
        ("1_000", P.BAD_VALUE),
        (float("nan"), P.BAD_VALUE),
        (float("inf"), P.BAD_VALUE),
        ("-inf", P.BAD_VALUE),
        ([7], P.BAD_VALUE),
        ({}, P.BAD_VALUE),
    ],
    ids=lambda told: repr(told)[:20],
)
def test_what_is_no_number_of_spaces_is_refused(told: object, kind: P) -> None:
    assert refusal(whole, told, "free") is kind


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())))
def test_whatever_is_told_a_reader_gives_a_sound_value_or_refuses(told: object) -> None:
    for read, sound in (
        (lambda: whole(told, "x"), lambda v: isinstance(v, int) and 0 <= v <= 100_000),
        (lambda: number(told, "x"), lambda v: v == v and abs(v) != float("inf")),
        (lambda: height_cm(told, "x"), lambda v: 100 <= v <= 1000),
        (lambda: text(told, "x"), lambda v: v == v.strip() and 0 < len(v) <= 300 and "\x00" not in v),
        (lambda: identifier(told), lambda v: 0 < len(v) <= 200),
        (lambda: instant(told, "x", NOW, None), lambda v: v.utcoffset() == timedelta(0)),
    ):
        try:
            value = read()
        except Refused as refused:
            assert "\x00" not in refused.detail and len(refused.detail) < 120
        else:
            assert sound(value)


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("2026-11-21T00:29:00Z", (0, 29)),
        ("2026-11-21T08:29:00+08:00", (0, 29)),
        ("2026-11-21 08:29:00.123456789+0800", (0, 29)),
        ("2026-11-21T08:29", (0, 29)),
        ("2026-11-20T19:29:00-05:00", (0, 29)),
    ],
)
def test_a_time_is_an_instant_of_utc(told: str, read: tuple[int, int]) -> None:
    moment = instant(told, "as_of", NOW, ZoneInfo("Asia/Shanghai"))
    assert (moment.hour, moment.minute, moment.tzinfo) == (*read, UTC)


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (None, P.MISSING_FIELD),
        (1764000000, P.BAD_VALUE),
        ("20261121T002900Z", P.BAD_VALUE),
        ("2026-W47-6", P.BAD_VALUE),
        ("2026-11-21", P.BAD_VALUE),
        ("2026-02-30T00:00:00Z", P.BAD_VALUE),
        ("2026-11-21T24:00:00Z", P.BAD_VALUE),
        ("2026-11-21T08:29:00", P.BAD_VALUE),
        ("0001-01-01T00:00:00+14:00", P.BAD_VALUE),
        ("1999-12-31T23:59:59Z", P.OUT_OF_RANGE),
        ("2026-11-21T00:35:01Z", P.FUTURE_TIME),
    ],
)
def test_what_is_no_time_is_refused(told: object, kind: P) -> None:
    assert refusal(instant, told, "as_of", NOW, None) is kind


def test_five_minutes_ahead_are_borne() -> None:
    assert instant("2026-11-21T00:35:00Z", "as_of", NOW, None) == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        ({}, P.NO_COUNT),
        ({"capacity": 9}, P.NO_COUNT),
        ({"free": 0, "capacity": 0}, P.PLACEHOLDER),
        ({"occupied": 0, "capacity": 0}, P.PLACEHOLDER),
        ({"free": 0, "occupied": 0}, P.PLACEHOLDER),
        ({"free": 0, "occupied": 0, "capacity": 9}, P.PLACEHOLDER),
    ],
)
def test_a_count_that_says_nothing_is_refused(numbers: dict[str, int], kind: P) -> None:
    assert refusal(count, "p1", NOW, **numbers) is kind


def test_a_full_and_an_empty_lot_are_counts_and_a_capacity_of_zero_is_not_told() -> None:
    assert count("p1", NOW, free=0).free == 0
    assert count("p1", NOW, occupied=0, free=9).occupied == 0
    assert count("p1", NOW, free=5, capacity=0).capacity is None


@pytest.mark.parametrize("code", [0, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_a_text_that_turns_others_round_is_no_text(code: int) -> None:
    told = f"P{chr(code)}1"
    assert refusal(identifier, told) is refusal(text, told, "name") is P.BAD_VALUE


def test_marks_that_scripts_need_are_text() -> None:
    assert text("\u200fخروج\u200c1", "name") == "\u200fخروج\u200c1"


def test_a_problem_quotes_values_short_and_on_one_line() -> None:
    assert shown("a\x00b\n" + "c" * 100) == "a?b?" + "c" * 36
    assert shown({"plate": "secret"}) == "dict"


def test_records_of_one_row_are_told_one_by_one_and_each_once() -> None:
    harvest = Harvest()
    harvest.row = 7
    for record in ("a", "b", "a"):
        harvest.refuse(record, P.NEGATIVE, "#value", "-1")
    assert [(p.record, p.row) for p in harvest.parsed().problems] == [("a", 7), ("b", 7)]


def test_prose_leaves_room_for_what_is_wrong() -> None:
    harvest = Harvest()
    for number_told in range(700):
        harvest.refuse(f"L{number_told}", P.UNPARSED_FEES, "fee")
    harvest.refuse("L700", P.OUT_OF_RANGE, "lat")
    parsed = harvest.parsed()
    assert [p.kind for p in parsed.problems[600:]] == [P.OUT_OF_RANGE]
    assert parsed.problem_counts == {P.UNPARSED_FEES: 700, P.OUT_OF_RANGE: 1}


def test_a_record_is_faulty_once_and_prose_or_a_place_not_told_is_no_fault() -> None:
    harvest = Harvest()
    harvest.refuse("document", P.BAD_VALUE)
    for kinds in ((P.NEGATIVE, P.NO_COUNT), (P.UNPARSED_FEES,), (P.NO_PLACE,)):
        harvest.next_record()
        for kind in kinds:
            harvest.refuse("a", kind)
    parsed = harvest.parsed()
    assert (parsed.records, parsed.faulty) == (3, 1)
