"""What a file tells of tariffs, versions, examples and lots is read whole, or refused with every place."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.kernel.vocabulary import LotKind, StayKind
from parking.tariffs.rules.document import read
from parking.tariffs.rules.errors import TariffInvalid
from parking.tariffs.rules.examples import Example, examples_problems, read_examples, write_example
from parking.tariffs.rules.tariff import Exemption, VehicleClass
from parking.tariffs.rules.written import WrittenLot, read_written
from tests.unit.tariffs.documents import HOURLY_24, ZONE, all_day, document
from tests.unit.tariffs.strategies import CALENDAR

HOURLY = document(p={"cycle": HOURLY_24, "schedules": [all_day({"fen": 300, "unit_minutes": 60})]})
MORNING = datetime(2026, 3, 2, 1, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "tariffs": [
        {
            "code": "A",
            "name": "甲",
            "kind": "on_street",
            "lots": [
                {"codes": ["L2", " L3"], "from_on": date(2026, 2, 1)},
                {"codes": ["L1"], "zone": "一类", "from_on": "2026-01-01"},
            ],
            "versions": [
                {"from_on": "2027-01-01", "document": deepcopy(HOURLY), "note": "后"},
                {
                    "from_on": "2026-01-01",
                    "document": HOURLY,
                    "examples": [
                        {"from": "2026-03-02 09:00", "until": "2026-03-02T02:00:00+00:00", "fen": 300}
                    ],
                },
            ],
        },
        {"code": "B", "name": "乙"},
    ]
}


def places(told: Any) -> list[tuple[str, str]]:
    with pytest.raises(TariffInvalid) as invalid:
        read_written(told)
    return [(each.field, each.code) for each in invalid.value.problems]


def test_versions_and_lots_are_read_in_the_order_of_their_days() -> None:
    first, second = read_written(GOOD)
    assert (first.code, first.name, first.kind) == ("A", "甲", LotKind.ON_STREET)
    assert [each.from_on for each in first.versions] == [date(2026, 1, 1), date(2027, 1, 1)]
    assert [each.place for each in first.versions] == ["tariffs[0].versions[1]", "tariffs[0].versions[0]"]
    assert [each.note for each in first.versions] == ["", "后"]
    assert first.versions[0].document == HOURLY
    assert first.versions[0].examples == (Example(MORNING, MORNING + timedelta(hours=1), 300),)
    assert first.lots == (
        WrittenLot("tariffs[0].lots[1].codes[0]", "L1", "一类", date(2026, 1, 1)),
        WrittenLot("tariffs[0].lots[0].codes[0]", "L2", None, date(2026, 2, 1)),
        WrittenLot("tariffs[0].lots[0].codes[1]", "L3", None, date(2026, 2, 1)),
    )
    assert (second.kind, second.versions, second.lots) == (LotKind.OFF_STREET, (), ())


@pytest.mark.parametrize(
    ("path", "value", "place", "code"),
    [
        (("tariffs",), [], "tariffs", "missing"),
        (("tariffs",), {}, "tariffs", "wrong_type"),
        (("more",), 1, "more", "unknown_key"),
        (("tariffs", 1, "code"), "A", "tariffs[1].code", "twice"),
        (("tariffs", 1, "kind"), "under", "tariffs[1].kind", "not_a_choice"),
        (("tariffs", 1, "code"), None, "tariffs[1].code", "missing"),
        (("tariffs", 1, "price"), 1, "tariffs[1].price", "unknown_key"),
        (("tariffs", 0, "lots", 1, "codes"), [], "tariffs[0].lots[1].codes", "empty"),
        (("tariffs", 0, "lots", 1, "codes"), ["x", 3], "tariffs[0].lots[1].codes[1]", "empty"),
        (("tariffs", 0, "lots", 1, "codes"), ["x", " "], "tariffs[0].lots[1].codes[1]", "empty"),
        (("tariffs", 0, "lots", 1, "codes"), ["x", "x\0"], "tariffs[0].lots[1].codes[1]", "unstorable"),
        (("tariffs", 0, "lots", 1, "from_on"), "9999-12-31", "tariffs[0].lots[1].from_on", "far_date"),
        (("tariffs", 0, "name"), "甲\ud800", "tariffs[0].name", "unstorable"),
        (("tariffs", 0, "\ud800"), 1, "tariffs[0].\\ud800", "unknown_key"),
        (("tariffs",), [{}] * 5001, "tariffs", "too_many"),
        (("tariffs", 0, "lots", 1, "zone"), 3, "tariffs[0].lots[1].zone", "wrong_type"),
        (("tariffs", 0, "lots", 1, "from_on"), "10-01", "tariffs[0].lots[1].from_on", "no_date"),
        (("tariffs", 0, "versions", 0, "from_on"), None, "tariffs[0].versions[0].from_on", "missing"),
        (("tariffs", 0, "versions", 0, "document"), None, "tariffs[0].versions[0].document", "missing"),
        (("tariffs", 0, "versions", 0, "note"), 1, "tariffs[0].versions[0].note", "wrong_type"),
        (
            ("tariffs", 0, "versions", 0, "document", "plans", "p", "schedules", 0, "bands", 0, "until"),
            "23:00",
            "tariffs[0].versions[0].document.plans.p.schedules[0].bands[0].until",
            "gap",
        ),
        (
            ("tariffs", 0, "versions", 1, "examples", 0, "from"),
            "nine",
            "tariffs[0].versions[1].examples[0].from",
            "no_instant",
        ),
        (
            ("tariffs", 0, "versions", 1, "examples", 0, "from"),
            "0001-01-01 00:00",
            "tariffs[0].versions[1].examples[0].from",
            "far_date",
        ),
        (
            ("tariffs", 0, "versions", 1, "examples", 0, "until"),
            None,
            "tariffs[0].versions[1].examples[0].until",
            "missing",
        ),
        (
            ("tariffs", 0, "versions", 1, "examples", 0, "fen"),
            -1,
            "tariffs[0].versions[1].examples[0].fen",
            "out_of_range",
        ),
        (
            ("tariffs", 0, "versions", 1, "examples", 0, "exemption"),
            "rich",
            "tariffs[0].versions[1].examples[0].exemption",
            "not_a_choice",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    path: tuple[str | int, ...], value: object, place: str, code: str
) -> None:
    told: Any = deepcopy(GOOD)
    node = told
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    assert places(told) == [(place, code)]


def test_everything_wrong_is_told_at_once() -> None:
    told = [{"tariffs": [{}]}, {"tariffs": [{"code": "A", "name": "甲", "versions": [{}, {"document": 1}]}]}]
    assert places(told[0]) == [("tariffs[0].code", "missing"), ("tariffs[0].name", "missing")]
    assert ("tariffs[0].versions[1].document.plans", "missing") in places(told[1])
    assert len(places(told[1])) > 3


instants = st.integers(-(10**8), 10**8).map(lambda seconds: MORNING + timedelta(seconds=seconds))
examples = st.builds(
    Example,
    instants,
    instants,
    st.integers(0, 10**9),
    st.sampled_from(VehicleClass),
    st.sampled_from(StayKind),
    st.none() | st.just("一类"),
    st.none() | st.sampled_from(Exemption),
    st.sampled_from(["", "过夜"]),
)


@settings(max_examples=30)
@given(examples)
def test_an_example_is_read_as_it_was_written(example: Example) -> None:
    assert read_examples([write_example(example)], ZONE) == (example,)


def test_an_example_says_only_what_is_not_as_ever() -> None:
    assert write_example(Example(MORNING, MORNING, 5)) == {
        "from": "2026-03-02 01:00:00+00:00",
        "until": "2026-03-02 01:00:00+00:00",
        "fen": 5,
    }
    assert read_examples([{"from": "2026-03-02 09:00", "until": "2026-03-02 09:00", "fen": 5}], ZONE) == (
        Example(MORNING, MORNING, 5),
    )


def test_examples_that_do_not_come_out_say_what_does() -> None:
    rules = read(HOURLY | {"exempt": ["fire"]})
    told = [
        Example(MORNING, MORNING + timedelta(hours=2), 600),
        Example(MORNING, MORNING + timedelta(hours=2), 500),
        Example(MORNING, MORNING - timedelta(hours=2), 0),
        Example(MORNING, MORNING + timedelta(hours=2), 0, exemption=Exemption.FIRE),
        Example(MORNING, MORNING + timedelta(hours=2), 0, kind=StayKind.MONTHLY),
        Example(MORNING, MORNING + timedelta(hours=2), 1, VehicleClass.LARGE),
    ]
    wrong = examples_problems(rules, told, CALENDAR)
    assert [(each.field, each.code) for each in wrong] == [
        ("examples[1]", "comes_out_differently"),
        ("examples[2]", "has_no_fee"),
        ("examples[5]", "comes_out_differently"),
    ]
    assert dict(wrong[0].params) == {"expected_fen": 500, "fee_fen": 600}
    assert wrong[1].params["reason"] == "离场时间早于进场时间"
    assert examples_problems(rules, told[1:2], CALENDAR, "here")[0].field == "here[0]"
