"""Does the sign of a street say what holds there, and nothing of other streets?"""

from __future__ import annotations

import pytest

from parking.tariffs.rules.document import read
from parking.tariffs.rules.tariff import Choice, VehicleClass
from parking.tariffs.rules.zones import in_zone
from tests.unit.tariffs import documents as doc


@pytest.mark.parametrize(
    ("zone", "plan"), [("1", "zone_1"), ("2", "zone_2"), ("9", "zone_3"), (None, "zone_3")]
)
def test_a_street_goes_by_the_plan_of_its_zone_alone(zone, plan):
    rules = read(doc.SUIZHOU | {"grace_minutes": 5})
    here = in_zone(rules, zone)
    assert here.choices == (Choice(plan),)
    assert here.plans == (rules.plan(plan),)
    assert (here.time_zone, here.grace_minutes) == (rules.time_zone, 5)


def test_what_the_zones_choice_leaves_to_others_is_still_said():
    large = {"plan": "zone_1", "zones": ["1", "2"], "vehicles": ["large"]}
    choices = [large, {"plan": "zone_2", "zones": ["3"]}, {"plan": "zone_3"}]
    rules = read(doc.SUIZHOU | {"choices": choices})
    assert in_zone(rules, "2").choices == (Choice("zone_1", (VehicleClass.LARGE,)), Choice("zone_3"))
    assert [plan.name for plan in in_zone(rules, "2").plans] == ["zone_1", "zone_3"]
    assert in_zone(rules, "3").choices == (Choice("zone_2"),)
