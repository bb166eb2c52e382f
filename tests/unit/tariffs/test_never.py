"""Is a rule that can never come to bear refused, and one that just can accepted?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parking.tariffs.rules.document import read
from parking.tariffs.rules.localtime import local_time
from parking.tariffs.rules.machine import Machine
from parking.tariffs.rules.quotes import Stay, quote
from parking.tariffs.rules.reach import Reach
from parking.tariffs.rules.tariff import Crossing, Cycle, CycleKind, Plan, Schedule
from tests.unit.tariffs import documents as doc
from tests.unit.tariffs.strategies import CALENDAR, cycles, examples, schedules
from tests.unit.tariffs.test_edges_of_documents import refusals

DAY = {"kind": "day", "from": "00:00"}
WINDOW = ({"from": "08:00", "until": "10:00"}, {"from": "10:00", "until": "08:00"})
NIGHT = ({"from": "22:00", "until": "06:00"}, {"from": "06:00", "until": "22:00"})
HOUR = {"fen": 500, "unit_minutes": 60}


def charged(hours: tuple[dict[str, str], ...], *steps: dict[str, int], **more: Any) -> dict[str, Any]:
    """The first of these hours is charged."""
    return {"bands": [hours[0] | {"steps": list(steps or (HOUR,))}, *hours[1:]], **more}


def priced(hours: tuple[dict[str, str], ...], *steps: dict[str, int], **plan: Any) -> dict[str, Any]:
    return doc.document(p={"schedules": [charged(hours, *steps)], **plan})


@pytest.mark.parametrize(
    ("hours", "cycle", "free", "longest"),
    [
        (WINDOW, doc.FROM_EIGHT, {}, 120),
        (WINDOW, DAY, {"counted_back": False}, 120),
        (WINDOW, doc.HOURLY_24, {}, 120),
        # From eight in the morning: two mornings.
        (WINDOW, {"kind": "entry", "hours": 30}, {}, 240),
        (NIGHT, {"kind": "entry", "hours": 6}, {}, 360),
        (NIGHT, DAY, {}, 480),
        (WINDOW, DAY, {"per": "stay"}, 366 * 120),
        (WINDOW, {"kind": "stay"}, {}, 366 * 120),
    ],
)
def test_free_minutes_leave_something_to_charge(
    hours: tuple[dict[str, str], ...], cycle: dict[str, Any], free: dict[str, Any], longest: int
) -> None:
    def told(minutes: int, **more: Any) -> dict[str, Any]:
        return priced(hours, cycle=cycle, free={"minutes": minutes, **free, **more})

    assert refusals(told(longest)) == [("plans.p.free.minutes", "never_reached")]
    read(told(longest - 1))
    if free.get("counted_back", True):
        assert refusals(told(longest + 1, inclusive=False)) == [("plans.p.free.minutes", "never_reached")]
        rules = read(told(longest, inclusive=False))
        begins = datetime(2026, 3, 1, 16, tzinfo=UTC)
        assert quote(rules, Stay(begins, begins + timedelta(days=366)), CALENDAR).fee_fen > 0


@pytest.mark.parametrize(
    ("hours", "plan", "longest"),
    [
        (WINDOW, {"cycle": DAY}, 120),
        (WINDOW, {"cycle": DAY, "free": {"minutes": 30, "counted_back": False}}, 90),
        (WINDOW, {"cycle": DAY, "free": {"minutes": 30, "counted_back": False, "per": "stay"}}, 120),
        (WINDOW, {"cycle": DAY, "free": {"minutes": 30}}, 120),
        (NIGHT, {"cycle": DAY}, 480),
        (NIGHT, {"cycle": DAY, "crossing": "restart_steps"}, 360),
        (NIGHT, {"crossing": "restart_steps"}, 480),
        (WINDOW, {}, 366 * 120),
    ],
)
def test_a_step_begins_within_what_its_band_can_charge(
    hours: tuple[dict[str, str], ...], plan: dict[str, Any], longest: int
) -> None:
    def told(until: int) -> dict[str, Any]:
        return priced(hours, {"fen": 100, "until_minutes": until}, HOUR, **plan)

    assert refusals(told(longest)) == [("plans.p.schedules[0].bands[0].steps[1]", "never_reached")]
    read(told(longest - 1))


def test_a_band_counts_what_was_charged_on_the_dearest_day_before() -> None:
    steps = ({"fen": 100, "until_minutes": 700}, HOUR)
    night = charged(NIGHT, *steps, days=["holiday"])
    told = doc.document(p={"cycle": doc.FROM_EIGHT, "schedules": [night, doc.all_day(HOUR)]})
    # From eight on a workday to six on a holiday: 22 hours of charged time.
    read(told)
    told["plans"]["p"]["schedules"][1] = charged(WINDOW)
    assert refusals(told) == [("plans.p.schedules[0].bands[0].steps[1]", "never_reached")]


@examples(15)
@given(schedules(), cycles, st.sampled_from([Crossing.RESTART_UNIT, Crossing.RESTART_STEPS]))
def test_a_step_is_refused_exactly_where_no_stay_comes_to_it(
    schedule: Schedule, cycle: Cycle, crossing: Crossing
) -> None:
    assume(cycle.kind is not CycleKind.STAY)
    # Each step has a price of its own, by which it is known again.
    fen = count(1)
    bands = tuple(
        replace(band, cap_fen=None, steps=tuple(replace(step, fen=next(fen)) for step in band.steps))
        for band in schedule.bands
    )
    plan = Plan("p", (Schedule(bands),), cycle, crossing=crossing)
    machine, reach = Machine(plan, local_time(doc.ZONE), CALENDAR, 60), Reach(plan)
    midnight = int(datetime(2026, 3, 1, 16, tzinfo=UTC).timestamp())
    asked = set()
    for entered in range(midnight, midnight + 86_400, 900):
        ends = entered
        for _ in range(3):
            ends = machine.cycle_end(ends, machine.local.day_of(ends))
            course = machine.course(entered, ends, look_on=False)
            asked |= {told.fen for _, told, _, _ in course.first + course.last if told}
    for band in bands:
        begins = [0, *(step.until_minutes or 0 for step in band.steps)]
        reached = [each < reach.steps(0, band) for each in begins[: len(band.steps)]]
        assert reached == [step.fen in asked for step in band.steps]


@pytest.mark.parametrize(
    ("schedules", "place"),
    [
        ([{"weekdays": [1, 2]}, {"weekdays": [2]}], "[1]"),
        ([{"weekdays": [1, 2]}, {"weekdays": [2, 3]}], "[1].weekdays[0]"),
        ([{"days": ["holiday"]}, {"days": ["weekend", "holiday"]}], "[1].days[1]"),
        ([{"weekdays": [1, 2, 3, 4]}, {"weekdays": [5, 6, 7]}], "[2]"),
        ([{"days": ["workday"]}, {"days": ["weekend", "holiday"]}], "[2]"),
        (
            [
                {"dates": [{"from": "07-01", "until": "12-31"}]},
                {"dates": [{"from": "01-01", "until": "06-30"}]},
            ],
            "[2]",
        ),
        ([{"dates": [{"from": "12-01", "until": "11-30"}]}], "[1]"),
        (
            [
                {"dates": [{"from": "02-01", "until": "02-28"}]},
                {"dates": [{"from": "2027-02-03", "until": "2027-02-04"}]},
            ],
            "[1]",
        ),
        (
            [{"weekdays": [1, 2, 3, 4, 5, 6]}, {"dates": [{"from": "2026-03-02", "until": "2026-03-07"}]}],
            "[1]",
        ),
    ],
)
def test_a_day_that_earlier_schedules_take_is_refused(schedules: list[dict[str, Any]], place: str) -> None:
    told = [*(doc.all_day(HOUR, **each) for each in schedules), doc.all_day(HOUR)]
    assert refusals(doc.document(p={"schedules": told})) == [(f"plans.p.schedules{place}", "never_applies")]


@pytest.mark.parametrize(
    "schedules",
    [
        [{"weekdays": [1, 2, 3, 4, 5, 6]}, {"dates": [{"from": "2026-03-02", "until": "2026-03-08"}]}],
        # Whatever the weekday, a day may be a holiday.
        [{"days": ["workday", "weekend"]}, {"weekdays": [1]}],
        # The 29th of February is left for the rest.
        [{"dates": [{"from": "03-01", "until": "02-28"}]}],
        [{"dates": [{"from": "02-01", "until": "02-28"}]}, {"dates": [{"from": "02-29", "until": "02-29"}]}],
    ],
)
def test_a_day_that_is_left_may_have_its_schedule(schedules: list[dict[str, Any]]) -> None:
    read(
        doc.document(p={"schedules": [*(doc.all_day(HOUR, **each) for each in schedules), doc.all_day(HOUR)]})
    )


@pytest.mark.parametrize(
    ("choices", "place"),
    [
        ([{"vehicles": ["small", "new_energy"]}, {"vehicles": ["new_energy"]}], "choices[1]"),
        (
            [{"vehicles": ["small"]}, {"vehicles": ["large", "small"], "zones": ["1"]}],
            "choices[1].vehicles[1]",
        ),
        ([{"zones": ["1"]}, {"zones": ["2", "1"], "vehicles": ["small"]}], "choices[1].zones[1]"),
        ([{"stays": ["casual", "shared"]}], "choices[1]"),
        ([{"stays": ["casual"]}, {"zones": ["1"], "stays": ["shared", "casual"]}], "choices[1].stays[1]"),
        (
            [
                {"vehicles": ["small"], "zones": ["1"]},
                {"vehicles": ["large"], "zones": ["1"]},
                {"vehicles": ["motorcycle", "new_energy", "new_energy_large"]},
                {"zones": ["1"]},
            ],
            "choices[3]",
        ),
    ],
)
def test_whom_earlier_choices_take_is_refused(choices: list[dict[str, Any]], place: str) -> None:
    told = doc.document(p={"schedules": [doc.all_day(HOUR)]})
    told["choices"] = [{"plan": "p", **each} for each in (*choices, {})]
    assert refusals(told) == [(place, "never_applies")]


def test_whoever_is_left_has_a_choice() -> None:
    told = doc.document(p={"schedules": [doc.all_day(HOUR)]})
    choices = (
        {"zones": ["1"]},
        {"zones": ["1"], "stays": ["monthly"]},
        {"vehicles": ["small"]},
        {"zones": ["2"]},
        {},
    )
    told["choices"] = [{"plan": "p", **each} for each in choices]
    assert len(read(told).choices) == 5
