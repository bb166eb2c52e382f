"""A clerk's form tells every document, and every fault stands at a field."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import Babel

from parking.city.rules import Calendar
from parking.portals.bureau.tariff_fields import SEVERAL, Tree, act, tree_of
from parking.portals.bureau.tariff_filled import form_of
from parking.portals.bureau.tariff_form import document_of, examples_of
from parking.portals.bureau.tariff_templates import TEMPLATES
from parking.portals.bureau.tariff_templates import document_of as begun
from parking.portals.bureau.tariff_words import in_words
from parking.tariffs.rules.document import read, write
from parking.tariffs.rules.errors import TariffInvalid
from parking.tariffs.rules.examples import read_examples
from parking.tariffs.rules.quotes import Stay, quote
from tests.unit.tariffs import documents

ZONE = "Asia/Shanghai"
DOCUMENTS: dict[str, dict[str, Any]] = {
    name: value for name, value in vars(documents).items() if isinstance(value, dict) and "plans" in value
}


@pytest.fixture
def words() -> Iterator[None]:
    app = Flask(__name__)
    Babel(app, default_locale="zh")
    with app.test_request_context():
        yield


def sent(tree: Tree) -> Iterator[tuple[str, list[str]]]:
    """The fields that a browser sends of a form filled so."""

    def walk(value: Any, place: str) -> Iterator[tuple[str, list[str]]]:
        for key, each in value.items():
            name = f"{place}.{key}" if place else key
            if key in SEVERAL:
                yield name, each
            elif isinstance(each, list):
                for number, part in enumerate(each):
                    yield from walk(part, f"{name}[{number}]")
            else:
                yield name, [each]

    return walk(tree, "")


def problems_of(tree: Tree) -> dict[str, str]:
    document, own = document_of(tree)
    found: list[Any] = []
    try:
        read(document)
    except TariffInvalid as error:
        found = list(error.problems)
    return {each.field: each.text % each.params for each in in_words(found, own, tree)}


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_document_survives_its_form(name: str) -> None:
    told, problems = document_of(tree_of(sent(form_of(DOCUMENTS[name]))))
    assert not problems
    assert write(read(told)) == write(read(DOCUMENTS[name]))


def test_an_example_keeps_its_seconds_and_its_offset() -> None:
    told = [
        {"from": "2026-03-02 05:20:00", "until": "2026-03-02 07:20:02", "fen": 600},
        {"from": "2026-03-02T05:20:00+08:00", "until": "2026-03-02 07:20", "fen": 400},
    ]
    tree = tree_of(sent(form_of(documents.SUIZHOU, told)))
    examples, problems = examples_of(tree)
    assert not problems
    for before, after in zip(read_examples(told, ZONE), read_examples(examples, ZONE), strict=True):
        assert (before.entered_at, before.until_at) == (after.entered_at, after.until_at)


@pytest.mark.parametrize("key", sorted(TEMPLATES))
def test_what_one_begins_with_comes_out_as_it_says(key: str) -> None:
    rules = read(begun(key, ZONE))
    for entered, left, fen in TEMPLATES[key].examples:
        at = [
            datetime.fromisoformat(f"2026-11-23T{each}").replace(tzinfo=ZoneInfo(ZONE))
            for each in (entered, left)
        ]
        assert quote(rules, Stay(*at), Calendar()).fee_fen == fen, (entered, left)


def test_day_and_night_are_parted_by_a_button_and_make_a_tariff() -> None:
    tree, place = act(form_of(begun("hourly", ZONE)), "add:plans[0].schedules[0].bands")
    assert place == "plans[0].schedules[0].bands[1]"
    rules = read(document_of(tree)[0])
    assert [(band.from_minute, band.until_minute) for band in rules.plans[0].schedules[0].bands] == [
        (480, 1200),
        (1200, 480),
    ]


def test_a_second_plan_comes_with_its_choice_and_goes_with_it() -> None:
    one = form_of(begun("hourly", ZONE))
    two, _ = act(one, "add:plans")
    assert [choice["plan"] for choice in two["choices"]] == ["1", "0"]
    two["plans"][1]["name"], two["choices"][0]["vehicles"] = "大型车", ["large"]
    two["plans"][0]["name"] = "标准"
    assert [plan.name for plan in read(document_of(two)[0]).plans] == ["标准", "大型车"]
    again, _ = act(two, "remove:plans[1]")
    assert document_of(again) == document_of(one)


def test_a_part_is_taken_away_and_moved_and_nonsense_changes_nothing() -> None:
    tree, _ = act(form_of(begun("road", ZONE)), "add:plans[0].schedules")
    holiday, other = tree["plans"][0]["schedules"]
    assert holiday["days"] == ["holiday"]
    assert act(tree, "up:plans[0].schedules[1]")[0]["plans"][0]["schedules"] == [other, holiday]
    assert act(tree, "remove:plans[0].schedules[0]")[0]["plans"][0]["schedules"] == [other]
    for what in (
        "",
        "remove:plans[9]",
        "add:plans[0].name",
        "up:plans[0]",
        "add:x.y[2]",
        "remove:plans[0].schedules",
    ):
        assert act(tree, what) == (tree, ""), what


def test_fields_of_a_stranger_make_no_tree() -> None:
    names = ["plans[0", "plans[99999].name", "name[3]", "csrf-token", "plans.name", "x[1].y"]
    assert tree_of((name, ["1"]) for name in names) == {}


def test_figures_are_taken_as_clerks_type_them() -> None:
    tree = form_of(begun("hourly", ZONE))
    schedule = tree["plans"][0]["schedules"][0]
    schedule["cap"], schedule["bands"][0]["steps"][0]["fee"] = "２０元", "¥2.5"
    schedule["bands"][0] |= {"from": "0:00", "until": "24：00"}
    read_schedule = read(document_of(tree)[0]).plans[0].schedules[0]
    assert (read_schedule.cap_fen, read_schedule.bands[0].steps[0].fen) == (2000, 250)


def test_each_fault_stands_at_its_field_with_its_place_in_words(words: None) -> None:
    tree, _ = act(form_of(begun("hourly", ZONE)), "add:plans[0].schedules[0].bands")
    bands = tree["plans"][0]["schedules"][0]["bands"]
    bands[1]["from"] = "21:00"
    bands[0]["steps"][0]["fee"] = "三元"
    tree["plans"][0]["free_minutes"] = "half"
    assert problems_of(tree) == {
        "plans[0].schedules[0].bands[0].steps[0].fee": "第 1 个时段 › 第 1 级 › 单价：应为金额，如 2 或 2.50",
        "plans[0].free_minutes": "免费分钟：应为整数",
    }
    bands[0]["steps"][0]["fee"], tree["plans"][0]["free_minutes"] = "30", ""
    found = problems_of(tree)
    assert found["plans[0].schedules[0].bands[0].until"].startswith(
        "第 1 个时段 › 结束：与下一时段之间有空缺"
    )
    assert found["plans[0].schedules[0].cap"] == "最高收费：最高收费低于一个计费单位的价格 ¥30"


def test_bounds_of_money_are_told_in_yuan(words: None) -> None:
    tree = form_of(begun("visit", ZONE))
    tree["plans"][0]["schedules"][0]["bands"][0]["steps"][0]["fee"] = "1000000"
    assert problems_of(tree) == {
        "plans[0].schedules[0].bands[0].steps[0].fee": "第 1 级 › 单价：应在 ¥0 与 ¥100,000 之间"
    }
