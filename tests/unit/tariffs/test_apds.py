"""Do APDS rate tables say what a tariff says, and is what they cannot say told?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest

from parking.kernel.vocabulary import StayKind
from parking.tariffs.rules.apds import Apds, Published, apds_of
from parking.tariffs.rules.document import read
from parking.tariffs.rules.quotes import Stay, plan_of
from parking.tariffs.rules.tariff import VehicleClass
from tests.unit.tariffs.documents import FROM_EIGHT, SUZHOU_ROAD, all_day, document, road


def apds(told: dict[str, Any], until_on: date | None = None) -> Apds:
    return apds_of(Published("t-1", "东门", 3, date(2026, 1, 1), until_on, read(told)))


def left(made: Apds) -> set[str]:
    return {each.code for each in made.left}


def lines(table: dict[str, Any]) -> list[tuple[Any, ...]]:
    names = ("rateLineType", "durationStart", "durationEnd", "incrementPeriod", "value")
    [collection] = table["rateLineCollections"]
    return [tuple(line.get(name) for name in names) for line in collection["rateLines"]]


def test_steps_are_rate_lines_one_after_another_and_the_window_resets_them() -> None:
    steps = (
        {"fen": 500, "until_minutes": 60},
        {"fen": 150, "unit_minutes": 30, "until_minutes": 600},
        {"fen": 10, "unit_minutes": 1},
    )
    plan = {"cycle": FROM_EIGHT, "schedules": [road(*steps, cap_fen=3000)]}
    made = apds(document(road=plan), date(2026, 7, 1))
    charged, free = made.tables
    assert lines(charged) == [
        ("flatRateTier", "00:00", "01:00", "PT60M", 5.0),
        ("incrementingRate", "01:00", "10:00", "PT30M", 1.5),
        ("incrementingRate", "10:00", None, "PT1M", 0.1),
    ]
    assert lines(free) == [("flatRate", None, None, None, 0.0)]
    [collection] = charged["rateLineCollections"]
    assert collection["resetTime"] == "08:00"
    assert collection["maxValueCollection"] == {"currencyType": "CNY", "currencyValue": 30.0}
    holds = charged["validity"]["validityTimeSpecification"]
    # Midnight in Shanghai.
    assert holds["overallStartTime"] == "2025-12-31T16:00:00Z"
    assert holds["overallEndTime"] == "2026-06-30T16:00:00Z"
    assert holds["validPeriods"] == [
        {"recurringTimePeriodOfDay": [{"startTimeOfPeriod": "08:00", "endTimeOfPeriod": "20:00"}]}
    ]
    assert left(made) == {"until_midnight"}
    two_days = document(p={"schedules": [all_day({"fen": 500, "until_minutes": 2940}, {"fen": 1})]})
    assert lines(apds(two_days).tables[0])[0] == ("flatRateTier", "00:00", "02:01:00", "PT2940M", 5.0)


def test_free_minutes_that_are_not_counted_back_are_a_first_line_others_are_told() -> None:
    steps = ({"fen": 500, "until_minutes": 60}, {"fen": 200, "unit_minutes": 60})
    plan = {"cycle": FROM_EIGHT, "free": {"minutes": 30, "counted_back": False}, "schedules": [road(*steps)]}
    made = apds(document(road=plan))
    assert [line[:3] + line[4:] for line in lines(made.tables[0])] == [
        ("flatRateTier", "00:00", "00:30", 0.0),
        ("flatRateTier", "00:30", "01:30", 5.0),
        ("incrementingRate", "01:30", None, 2.0),
    ]
    assert "free_counted_back" not in left(made)
    assert "free_counted_back" in left(apds(SUZHOU_ROAD))


def test_the_first_schedule_that_holds_a_day_is_excepted_from_those_after_it() -> None:
    schedules = [
        all_day({"fen": 900}, days=["holiday"], weekdays=[7]),
        all_day({"fen": 500}, days=["workday"]),
        all_day({"fen": 700}),
    ]
    made = apds(document(p={"schedules": schedules}))
    first, second, third = (table["validity"]["validityTimeSpecification"] for table in made.tables)
    sunday, holiday = first["validPeriods"]
    assert sunday == {"recurringDayWeekMonthPeriod": [{"applicableDay": ["sunday"]}]}
    assert holiday["recurringSpecialDay"][0]["specialDayType"] == "publicHoliday"
    assert second["exceptionPeriods"] == [sunday, holiday]
    assert third["exceptionPeriods"][:2] == [sunday, holiday]
    assert "validPeriods" not in third
    # All three charge, each by its own price: only a fee that goes on over midnight is told otherwise.
    assert left(made) == {"make_up_days", "no_reset"}


def test_who_pays_what_is_tried_in_the_order_of_the_choices() -> None:
    told = document(
        small={"schedules": [all_day({"fen": 500})]}, green={"schedules": [all_day({"fen": 300})]}
    )
    told |= {
        "exempt": ["military"],
        "choices": [
            {"plan": "green", "vehicles": ["new_energy"], "stays": ["casual", "shared"]},
            {"plan": "small", "zones": ["一类"]},
            {"plan": "small"},
        ],
        "grace_minutes": 15,
        "monthly_fen": 40000,
        "seconds": True,
    }
    made = apds(told)
    assert [entry["priority"] for entry in made.eligibilities] == [1, 2, 3, 4, 5]
    # Before whoever fits a price that asks for no group.
    exempt, monthly, green, zone, rest = made.eligibilities
    assert exempt["eligibility"]["qualifications"][0]["freeToPark"] is True
    assert "rateTable" not in exempt
    [electric] = green["eligibility"]["qualifications"]
    assert electric["vehicleTypes"] == ["car"] and "battery" in electric["propulsionEnergyType"]
    assert "qualifications" not in rest["eligibility"]
    # Nobody is in a section by chance: without this the first section's price would be everybody's.
    [section] = zone["eligibility"]["qualifications"]
    assert section == {"userQualifications": [{"userGroup": {"entryDefinedValue": "一类"}}]}
    assert zone["rateTable"] == rest["rateTable"]
    assert monthly["eligibility"]["qualifications"][0]["withMembership"] is True
    assert {table["id"] for table in made.tables} >= {
        each["rateTable"]["id"] for each in made.eligibilities[1:]
    }
    assert lines(made.tables[-1]) == [("flatRate", None, None, "P1M", 400.0)]
    assert left(made) >= {"zones", "grace", "seconds"}


# What a reader of APDS knows of a vehicle: its type and what drives it.
READERS = {
    VehicleClass.SMALL: ("car", "petrol"),
    VehicleClass.LARGE: ("heavyVehicle", "diesel"),
    VehicleClass.MOTORCYCLE: ("motorcycle", "battery"),
    VehicleClass.NEW_ENERGY: ("car", "battery"),
    VehicleClass.NEW_ENERGY_LARGE: ("heavyVehicle", "hydrogen"),
}


def first_that_fits(made: Apds, vehicle: VehicleClass, groups: set[str]) -> str | None:
    """The plan of the first eligibility that fits, as a reader finds it; None: free to park."""
    kind, energy = READERS[vehicle]
    for entry in made.eligibilities:
        for each in entry["eligibility"].get("qualifications", [{}]):
            asked = {one["userGroup"]["entryDefinedValue"] for one in each.get("userQualifications", [])}
            fits = kind in each.get("vehicleTypes", [kind]) and asked <= groups
            if fits and energy in each.get("propulsionEnergyType", [energy]):
                return None if each.get("freeToPark") else entry["rateTable"]["id"].split(":")[1]
    raise AssertionError("nothing fits")


@pytest.mark.parametrize(
    "choices",
    [
        [{"vehicles": ["small"]}, {"vehicles": ["new_energy"]}],
        [{"vehicles": ["small", "large"]}, {"vehicles": ["new_energy", "new_energy_large"]}],
        [{"vehicles": ["motorcycle", "small", "new_energy"]}],
        [{"vehicles": ["large"], "zones": ["一类"]}, {"zones": ["一类"]}],
        [{"stays": ["casual"]}],
        [{"stays": ["shared"], "vehicles": ["small"]}, {"stays": ["casual", "shared"], "zones": ["一类"]}],
        [{"vehicles": ["large"]}, {"stays": ["monthly", "casual"], "vehicles": ["small"]}],
        [{"stays": ["monthly"]}],
    ],
)
@pytest.mark.parametrize("monthly", [{}, {"monthly_fen": 40000}])
def test_the_first_that_fits_is_the_plan_of_the_platform(
    choices: list[dict[str, Any]], monthly: dict[str, int]
) -> None:
    told = document(**{f"p{n}": {"schedules": [all_day({"fen": 100 + n})]} for n in range(len(choices) + 1)})
    told["choices"] = [{"plan": f"p{n}", **each} for n, each in enumerate([*choices, {}])]
    made, rules = apds(told | monthly), read(told)
    now = datetime(2026, 3, 2, tzinfo=UTC)
    for vehicle, kind, zone in product(VehicleClass, StayKind, (None, "一类")):
        groups = {str(kind)} | ({zone} if zone else set())
        plan = plan_of(rules, Stay(now, now, vehicle, kind, zone))
        # A monthly stay costs what its month does.
        ours = plan or ("monthly" if monthly else None)
        assert first_that_fits(made, vehicle, groups) == ours, (vehicle, kind, zone)


def test_what_a_rate_table_has_no_room_for_is_told_with_its_place() -> None:
    hour = {"fen": 200, "unit_minutes": 60, "until_minutes": 60}
    steps = [hour, {"fen": 100, "unit_minutes": 60}]
    bands = [
        {"from": "07:00", "until": "19:00", "steps": steps},
        {"from": "19:00", "until": "07:00", "steps": [{"fen": 50, "unit_minutes": 60}]},
    ]
    plan = {
        "cycle": {"kind": "entry", "hours": 24},
        "free": {"minutes": 15, "per": "stay"},
        "most_fen": 9000,
        "schedules": [
            {"dates": [{"from": "12-30", "until": "01-02"}], "bands": bands},
            {"bands": bands, "cap_fen": 2000},
        ],
    }
    made = apds(document(p=plan))
    assert {(each.code, each.place) for each in made.left} == {
        ("free_counted_back", "plans.p.free"),
        ("free_per_stay", "plans.p.free.per"),
        ("carried_over", "plans.p.crossing"),
        ("cycle_from_entry", "plans.p.cycle"),
        ("stay_cap", "plans.p.most_fen"),
        ("cap_across_bands", "plans.p.schedules[1].cap_fen"),
        ("every_year", "plans.p.schedules[0].bands[0]"),
        ("every_year", "plans.p.schedules[0].bands[1]"),
        ("until_midnight", "plans.p.schedules[0].bands[1]"),
        ("until_midnight", "plans.p.schedules[1].bands[1]"),
    }
    [first, *_] = made.tables[0]["validity"]["validityTimeSpecification"]["validPeriods"]
    assert (first["startOfPeriod"], first["endOfPeriod"]) == ("2025-12-29T16:00:00Z", "2026-01-02T16:00:00Z")
