"""What is just possible in a tariff's document, what just not, and what is said of it?"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from parking.kernel.vocabulary import StayKind
from parking.tariffs.rules import words
from parking.tariffs.rules.document import MOST_FEN, read, write
from parking.tariffs.rules.errors import TariffInvalid
from parking.tariffs.rules.examples import Example, read_examples, write_example
from parking.tariffs.rules.shape import Node, Problems, far_date, written_day
from parking.tariffs.rules.sign import describe
from parking.tariffs.rules.tariff import DateRange, DayType, Exemption, Schedule, VehicleClass
from tests.unit.tariffs import documents as doc
from tests.unit.tariffs.documents import FULL
from tests.unit.tariffs.strategies import CALENDAR
from tests.unit.tariffs.test_document import BAND, PLAN, SCHEDULE, STEPS, with_

THREE = [{"fen": 1, "until_minutes": 9}, {"fen": 1, "until_minutes": 10}, {"fen": 1}]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (f"{PLAN}.most_fen", 5000),
        (f"{PLAN}.most_fen", MOST_FEN),
        (f"{SCHEDULE}.cap_fen", 800),
        (f"{BAND}.cap_fen", 800),
        (f"{BAND}.cap_fen", 5000),
        (f"{PLAN}.free.minutes", 719),
        (f"{PLAN}.free", {"minutes": 720, "inclusive": False}),
        (f"{PLAN}.free", {"minutes": 366 * 720 - 1, "per": "stay"}),
        (f"{STEPS}[0].until_minutes", 660),
        (f"{STEPS}[0].fen", 0),
        (STEPS, THREE),
        (STEPS, [THREE[0], {"fen": 1, "unit_minutes": 45, "until_minutes": 99}, THREE[2]]),
        (f"{SCHEDULE}.dates", [{"from": "1970-01-01", "until": "2199-12-30"}]),
        ("grace_minutes", 1440),
        ("grace_minutes", 0),
        ("monthly_fen", 0),
        ("monthly_fen", MOST_FEN),
        (f"{PLAN}.cycle", {"kind": "entry", "hours": 168}),
        (f"{SCHEDULE}.dates", [{"from": "2026-03-01", "until": "2026-03-01"}]),
        (f"{SCHEDULE}.weekdays", [1, 7]),
    ],
)
def test_what_is_just_possible_is_read(place, value):
    document = with_(place, value)
    if place.endswith(("dates", "weekdays")):
        document["plans"]["timed"]["schedules"].append(doc.all_day())
    rules = read(document)
    assert read(write(rules)) == rules


@pytest.mark.parametrize(
    ("changed", "value", "params"),
    [
        (f"{PLAN}.cycle", {"kind": "entry", "hours": 169}, {"least": 1, "most": 168}),
        (f"{PLAN}.cycle", {"kind": "entry", "hours": 0}, {"least": 1, "most": 168}),
        ("grace_minutes", -1, {"least": 0, "most": 1440}),
        ("monthly_fen", MOST_FEN + 1, {"least": 0, "most": MOST_FEN}),
        (f"{PLAN}.most_fen", 0, {"least": 1, "most": MOST_FEN}),
        (f"{SCHEDULE}.cap_fen", 0, {"least": 1, "most": MOST_FEN}),
        (f"{BAND}.cap_fen", 0, {"least": 1, "most": MOST_FEN}),
        (f"{STEPS}[0].fen", -1, {"least": 0, "most": MOST_FEN}),
        (f"{STEPS}[0].unit_minutes", 0, {"least": 1, "most": 366 * 1440}),
        (f"{STEPS}[1].unit_minutes", 366 * 1440 + 1, {"least": 1, "most": 366 * 1440}),
        (f"{STEPS}[0].until_minutes", 0, {"least": 1, "most": 366 * 1440}),
        (f"{PLAN}.free.minutes", 366 * 1440 + 1, {"least": 1, "most": 366 * 1440}),
        (f"{PLAN}.free.minutes", 720, {"minutes": 720}),
        (f"{PLAN}.most_fen", 4999, {"cap_fen": 4999}),
        (f"{SCHEDULE}.weekdays", [8], {"least": 1, "most": 7}),
        (f"{SCHEDULE}.days", ["sunday"], {"choices": "workday, weekend, holiday"}),
        (f"{PLAN}.crossing", "jump", {"choices": "restart_unit, carry, restart_steps"}),
        (f"{PLAN}.most_fen", 799, {"unit_fen": 800}),
        (f"{SCHEDULE}.cap_fen", 799, {"unit_fen": 800}),
        (f"{BAND}.cap_fen", 799, {"unit_fen": 800}),
        (f"{BAND}.cap_fen", 5001, {"cap_fen": 5000}),
        (f"{BAND}.until", "20:01", {"from": "20:00"}),
        (f"{BAND}.until", "19:59", {"from": "20:00"}),
        (f"{STEPS}[0].until_minutes", 720, {"minutes": 720}),
        (f"{STEPS}[0].unit_minutes", 45, {"minutes": 60}),
        (STEPS, [THREE[0], THREE[0], THREE[2]], {"minutes": 9}),
        (f"{SCHEDULE}.bands", {}, {"wanted": "一个列表"}),
        (PLAN, 7, {"wanted": "一组项目"}),
        ("grace_minutes", "5", {"wanted": "整数"}),
        ("seconds", "yes", {"wanted": "是或否（true 或 false）"}),
        ("time_zone", 8, {"wanted": "文字"}),
    ],
)
def test_what_is_wrong_is_said_with_its_figures(changed, value, params):
    with pytest.raises(TariffInvalid) as refused:
        read(with_(changed, value))
    assert [dict(each.params) for each in refused.value.problems] == [params]


def refusals(document: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(TariffInvalid) as refused:
        read(document)
    return [(each.field, each.code) for each in refused.value.problems]


@pytest.mark.parametrize(
    ("changed", "value", "place", "code"),
    [
        (f"{SCHEDULE}.weekdays", [1, 1], f"{SCHEDULE}.weekdays[1]", "twice"),
        (f"{SCHEDULE}.weekdays", ["1"], f"{SCHEDULE}.weekdays[0]", "out_of_range"),
        (f"{SCHEDULE}.weekdays", [True], f"{SCHEDULE}.weekdays[0]", "out_of_range"),
        (
            f"{SCHEDULE}.dates",
            [{"from": "02-30", "until": "2026-03-01"}],
            f"{SCHEDULE}.dates[0].from",
            "no_date",
        ),
        (
            f"{SCHEDULE}.dates",
            [{"from": "1969-12-31", "until": "2026-03-01"}],
            f"{SCHEDULE}.dates[0].from",
            "far_date",
        ),
        (
            f"{SCHEDULE}.dates",
            [{"from": "2026-03-01", "until": "2200-01-01"}],
            f"{SCHEDULE}.dates[0].until",
            "far_date",
        ),
        (f"{BAND}.from", "8", f"{BAND}.from", "no_time"),
        (f"{BAND}.price", 8, f"{BAND}.price", "unknown_key"),
        (f"{STEPS}[0].price", 8, f"{STEPS}[0].price", "unknown_key"),
        (f"{SCHEDULE}.price", 8, f"{SCHEDULE}.price", "unknown_key"),
        ("plans.收费", 8, "plans.收费", "wrong_type"),
    ],
)
def test_what_is_wrong_is_said_once_and_where_it_stands(changed, value, place, code):
    assert refusals(with_(changed, value))[:1] == [(place, code)]


def test_choices_are_written_only_where_they_choose():
    alone = doc.document(p={"schedules": [doc.all_day({"fen": 700})]})
    of_month = alone | {"choices": [{"plan": "p", "stays": ["monthly"]}, {"plan": "p"}]}
    assert write(read(alone)) == alone
    assert write(read(of_month)) == of_month
    assert write(read(alone | {"choices": [{"plan": "p"}]})) == alone


@pytest.mark.parametrize("document", [FULL, doc.SUZHOU_ROAD, doc.SUIZHOU, doc.LIANYING, doc.WITH_NEW_ENERGY])
def test_a_sentence_has_the_figures_that_it_says_and_no_others(document):
    for each in describe(read(document)):
        assert set(re.findall(r"%\((\w+)\)s", each.text)) == set(each.params)


def test_a_sign_of_two_kinds_of_days_says_what_holds_on_all_of_them():
    rest = doc.all_day({"fen": 300}, days=["weekend"])
    told = describe(read(doc.document(p={"schedules": [rest, doc.all_day({"fen": 700})]})))
    assert [each.text for each in told if each.is_heading] == [
        words.FOR_ALL,
        words.DAY_TYPES["weekend"],
        words.OTHER_DAYS,
        words.FOR_ALL,
    ]


def test_the_clock_is_covered_once_whatever_order_the_bands_are_in():
    day, night = ("08:00", "20:00"), ("20:00", "08:00")
    for hours in ([day, night], [night, day], [("00:00", "08:00"), ("20:00", "24:00"), day]):
        read(doc.document(timed={"schedules": [{"bands": [{"from": f, "until": u} for f, u in hours]}]}))
    twice = [{"from": "00:00", "until": "24:00"}, {"from": "00:00", "until": "24:00"}]
    assert refusals(doc.document(timed={"schedules": [{"bands": twice}]})) == [(f"{BAND}.until", "overlap")]
    short = [{"from": "08:00", "until": "20:00"}]
    assert refusals(doc.document(timed={"schedules": [{"bands": short}]})) == [(f"{BAND}.until", "gap")]


def test_every_schedule_and_band_is_looked_at():
    first = doc.road({"fen": 900}, cap_fen=800, days=["holiday"])
    last = doc.road({"fen": 700}, cap_fen=600)
    assert refusals(doc.document(timed={"most_fen": 700, "schedules": [first, last]})) == [
        (f"{PLAN}.most_fen", "cap_below_unit"),
        (f"{SCHEDULE}.cap_fen", "cap_below_unit"),
        (f"{PLAN}.schedules[1].cap_fen", "cap_below_unit"),
    ]
    assert refusals(doc.document(timed={"schedules": [last, first | {"cap_fen": 900}]})) == [
        (SCHEDULE, "hides_the_rest"),
        (f"{PLAN}.schedules[1]", "leaves_some_out"),
        (f"{SCHEDULE}.cap_fen", "cap_below_unit"),
    ]


def test_what_is_not_said_is_as_ever():
    plan = read(
        doc.document(p={"cycle": {"kind": "day"}, "free": {"minutes": 5}, "schedules": [doc.all_day()]})
    )
    (told,) = plan.plans
    assert (told.cycle.from_minute, told.cycle.hours) == (0, 24)
    assert (told.free.inclusive, told.free.counted_back, str(told.free.per)) == (True, True, "cycle")
    assert (str(told.crossing), told.most_fen) == ("restart_unit", None)
    assert (plan.seconds, plan.grace_minutes, plan.monthly_fen, plan.exempt) == (False, 0, None, ())
    by_entry = read(doc.document(p={"cycle": {"kind": "entry"}, "schedules": [doc.all_day()]}))
    assert by_entry.plans[0].cycle.hours == 24


def test_a_schedule_holds_the_days_that_any_of_its_lists_names():
    told = Schedule((), (DayType.HOLIDAY,), (3,), (DateRange((12, 30), (1, 2)), DateRange((5, 4), (5, 4))))
    days = {
        date(2026, 10, 1): True,
        date(2026, 10, 14): True,
        date(2026, 12, 29): False,
        date(2026, 12, 30): True,
        date(2026, 1, 2): True,
        date(2027, 1, 3): False,
        date(2026, 5, 4): True,
        date(2026, 5, 7): False,
    }
    assert {on: told.holds(on, CALENDAR) for on in days} == days
    dated = Schedule((), dates=(DateRange(date(2026, 5, 6), date(2026, 5, 8)),))
    assert [dated.holds(date(2026, 5, each), CALENDAR) for each in range(5, 10)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_days_are_read_and_written_alike():
    node = Node({"a": "02-29", "b": "2026-05-04", "c": date(2026, 5, 4)}, "", "abc", Problems())
    assert (node.day("a"), node.day("b"), node.day("c")) == ((2, 29), date(2026, 5, 4), date(2026, 5, 4))
    assert (written_day((2, 9)), written_day(date(2026, 5, 4))) == ("02-09", "2026-05-04")
    told = far_date("from_on")
    assert (told.field, told.code, dict(told.params)) == (
        "from_on",
        "far_date",
        {"least": 1970, "most": 2199},
    )


def test_an_example_is_written_with_all_that_is_not_as_ever():
    nine = datetime(2026, 3, 2, 9, tzinfo=UTC)
    of_all = (VehicleClass.LARGE, StayKind.SHARED, "一类", Exemption.FIRE, "过夜")
    full = Example(nine, nine + timedelta(hours=1), 5, *of_all)
    told = {
        "from": "2026-03-02 09:00:00+00:00",
        "until": "2026-03-02 10:00:00+00:00",
        "fen": 5,
        "vehicle": "large",
        "stay": "shared",
        "zone": "一类",
        "exemption": "fire",
        "note": "过夜",
    }
    assert write_example(full) == told
    assert read_examples([told], "UTC") == (full,)
    assert read_examples([told | {"note": "n" * 300}], "UTC")[0].note == "n" * 200
    assert (full.stay.zone, full.stay.kind, full.stay.exemption) == ("一类", StayKind.SHARED, Exemption.FIRE)
