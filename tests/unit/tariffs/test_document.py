"""Is a contradiction in a tariff told with its place?"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from parking.tariffs.rules import words
from parking.tariffs.rules.document import read, write
from parking.tariffs.rules.errors import (
    TariffInvalid,
)
from parking.tariffs.rules.tariff import VehicleClass
from tests.unit.tariffs import documents as doc

PLAN = "plans.timed"
SCHEDULE = f"{PLAN}.schedules[0]"
BAND = f"{SCHEDULE}.bands[0]"


def with_(place: str, value: Any) -> dict[str, Any]:
    """The timed tariff of the worked examples, with one place changed (None: taken out)."""
    document = deepcopy(doc.SUZHOU_ROAD)
    *path, last = place.replace("[", ".").replace("]", "").split(".")
    table: Any = document
    for key in path:
        table = table[int(key) if isinstance(table, list) else key]
    if value is None:
        del table[last]
    else:
        table[int(last) if isinstance(table, list) else last] = value
    return document


STEPS = f"{BAND}.steps"
BROKEN = [
    ("time_zone", "Asia/Nowhere", "time_zone", "no_zone"),
    ("time_zone", None, "time_zone", "missing"),
    ("time_zone", "localtime", "time_zone", "no_zone"),
    (
        "choices",
        [{"plan": "timed", "zones": ["一类", "二\0类"]}, {"plan": "timed"}],
        "choices[0].zones[1]",
        "unstorable",
    ),
    ("plan", {}, "plan", "unknown_key"),
    ("plans", {}, "plans", "empty"),
    ("plans", None, "plans", "missing"),
    ("plans", [], "plans", "wrong_type"),
    (PLAN, 7, PLAN, "wrong_type"),
    ("plans", {f"{number}": {} for number in range(101)}, "plans", "too_many"),
    (f"{SCHEDULE}.bands", [{}] * 501, f"{SCHEDULE}.bands", "too_many"),
    ("seconds", 1, "seconds", "wrong_type"),
    ("grace_minutes", 1441, "grace_minutes", "out_of_range"),
    ("grace_minutes", 2.5, "grace_minutes", "wrong_type"),
    ("grace_minutes", True, "grace_minutes", "wrong_type"),
    ("exempt", ["army"], "exempt[0]", "not_a_choice"),
    ("exempt", ["police", "police"], "exempt[1]", "twice"),
    ("choices", [], "choices", "missing"),
    ("choices", [{"plan": "other"}], "choices[0].plan", "no_such_plan"),
    ("choices", [{"plan": "timed"}, {"plan": "timed"}], "choices[0]", "hides_the_rest"),
    ("choices", [{"plan": "timed", "zones": ["1"]}], "choices[0]", "leaves_some_out"),
    ("choices", [{"plan": "timed", "zones": [""]}], "choices[0].zones[0]", "empty"),
    (
        "choices",
        [{"plan": "timed", "zones": ["1", "1"]}, {"plan": "timed"}],
        "choices[0].zones[1]",
        "twice",
    ),
    (f"{PLAN}.cycle", {"kind": "day", "hours": 24}, f"{PLAN}.cycle.hours", "has_no_meaning"),
    (f"{PLAN}.cycle", {"from": "08:00"}, f"{PLAN}.cycle.kind", "missing"),
    (f"{PLAN}.cycle.from", "8:00", f"{PLAN}.cycle.from", "no_time"),
    (f"{PLAN}.free.minutes", 0, f"{PLAN}.free.minutes", "out_of_range"),
    (f"{PLAN}.free.minutes", 720, f"{PLAN}.free.minutes", "never_reached"),
    (
        "choices",
        [{"plan": "timed", "vehicles": [*VehicleClass]}, {"plan": "timed"}],
        "choices[1]",
        "never_applies",
    ),
    (
        f"{PLAN}.free",
        {"minutes": 1, "counted_back": False, "inclusive": False},
        f"{PLAN}.free.inclusive",
        "has_no_meaning",
    ),
    (f"{PLAN}.crossing", "jump", f"{PLAN}.crossing", "not_a_choice"),
    (f"{PLAN}.most_fen", 799, f"{PLAN}.most_fen", "cap_below_unit"),
    (f"{PLAN}.schedules", [], f"{PLAN}.schedules", "empty"),
    (f"{PLAN}.schedules", "all", f"{PLAN}.schedules", "wrong_type"),
    (f"{SCHEDULE}.days", ["workday"], SCHEDULE, "leaves_some_out"),
    (f"{SCHEDULE}.weekdays", [0], f"{SCHEDULE}.weekdays[0]", "out_of_range"),
    (f"{SCHEDULE}.dates", [{"from": "02-30", "until": "03-01"}], f"{SCHEDULE}.dates[0].from", "no_date"),
    (
        f"{SCHEDULE}.dates",
        [{"from": "2026-03-02", "until": "2026-03-01"}],
        f"{SCHEDULE}.dates[0].until",
        "ends_before_it_begins",
    ),
    (
        f"{SCHEDULE}.dates",
        [{"from": "2026-03-02", "until": "03-01"}],
        f"{SCHEDULE}.dates[0].until",
        "mixed_dates",
    ),
    (
        f"{SCHEDULE}.dates",
        [{"from": "2026-03-02", "until": "9999-12-31"}],
        f"{SCHEDULE}.dates[0].until",
        "far_date",
    ),
    (f"{SCHEDULE}.cap_fen", 799, f"{SCHEDULE}.cap_fen", "cap_below_unit"),
    (f"{SCHEDULE}.bands", [], f"{SCHEDULE}.bands", "empty"),
    (f"{BAND}.until", "20:01", f"{BAND}.until", "overlap"),
    (f"{BAND}.until", "19:59", f"{BAND}.until", "gap"),
    (f"{SCHEDULE}.bands[1].until", "07:59", f"{SCHEDULE}.bands[1].until", "gap"),
    (f"{SCHEDULE}.bands[1].from", "08:00", f"{BAND}.until", "overlap"),
    (f"{SCHEDULE}.bands[1].cap_fen", 1, f"{SCHEDULE}.bands[1].cap_fen", "has_no_meaning"),
    (f"{BAND}.cap_fen", 799, f"{BAND}.cap_fen", "cap_below_unit"),
    (f"{BAND}.cap_fen", 5001, f"{BAND}.cap_fen", "cap_above_longer_cap"),
    (f"{STEPS}[0].fen", 8.0, f"{STEPS}[0].fen", "wrong_type"),
    (f"{STEPS}[0].fen", None, f"{STEPS}[0].fen", "missing"),
    (f"{STEPS}[0].until_minutes", None, f"{STEPS}[0].until_minutes", "never_ends"),
    (f"{STEPS}[0].unit_minutes", 45, f"{STEPS}[0].unit_minutes", "not_whole_units"),
    (f"{STEPS}[1].until_minutes", 120, f"{STEPS}[1].until_minutes", "nothing_follows"),
    (f"{STEPS}[0].until_minutes", 720, f"{STEPS}[1]", "never_reached"),
    (
        STEPS,
        [{"fen": 1, "until_minutes": 9}, {"fen": 1, "until_minutes": 9}, {"fen": 1}],
        f"{STEPS}[1].until_minutes",
        "not_later",
    ),
]


@pytest.mark.parametrize(("changed", "value", "place", "code"), BROKEN)
def test_a_contradiction_is_told_with_its_place_and_a_reason(changed, value, place, code):
    with pytest.raises(TariffInvalid) as refused:
        read(with_(changed, value))
    told = [(problem.field, problem.code) for problem in refused.value.problems]
    assert told == [(place, code)]
    assert all(problem.text % problem.params for problem in refused.value.problems)


def test_every_reason_is_met_by_a_broken_document():
    assert {each[3] for each in BROKEN} == set(words.PROBLEMS)


def test_all_problems_are_told_at_once():
    document = with_(f"{BAND}.until", "19:00") | {"grace_minutes": -1}
    with pytest.raises(TariffInvalid) as refused:
        read(document)
    assert [each.field for each in refused.value.problems] == ["grace_minutes", f"{BAND}.until"]
    # A value that is wrong hides nothing that does not rest on it, and what does is not told.
    document = with_(f"{PLAN}.free.minutes", 0)
    document["plans"]["timed"]["schedules"][0] |= {"cap_fen": 799, "days": ["sunday"]}
    document["plans"]["timed"]["schedules"][0]["bands"][1] = {"from": "8", "until": "08:00"}
    with pytest.raises(TariffInvalid) as refused:
        read(document)
    assert [(each.field, each.code) for each in refused.value.problems] == [
        (f"{PLAN}.free.minutes", "out_of_range"),
        (f"{SCHEDULE}.days[0]", "not_a_choice"),
        (f"{SCHEDULE}.bands[1].from", "no_time"),
        (f"{SCHEDULE}.cap_fen", "cap_below_unit"),
    ]


def test_a_document_with_everything_reads_back_as_it_was():
    assert write(read(doc.FULL)) == doc.FULL
