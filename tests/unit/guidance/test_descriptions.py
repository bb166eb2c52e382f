"""Claims about how sources are described, and about comparing what they tell with the register."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parking.boundary.feeds import LotRecord
from parking.guidance.rules.comparing import FieldDifference, OurLot, differences
from parking.guidance.rules.sources import SourceDraft, draft_problems, name_problems
from parking.kernel.addresses import network_problems, shown_url
from parking.kernel.vocabulary import LotKind, SpaceClass
from tests.routes import every_route

SOUND = SourceDraft(
    "east gate", "plain", live_url="https://gate.example/live", static_url="http://a.example/s"
)
OURS = OurLot(
    lot_id="l1",
    is_filed=True,
    name="East",
    place=(32.06, 120.62),
    kind="off_street",
    access="public",
    address=None,
    operator_name="East Ltd",
    opening_hours="24/7",
    hours_note=None,
    max_height_cm=None,
    spaces={SpaceClass.GENERAL: 100},
)


def test_a_sound_description_has_no_problem():
    assert draft_problems(SOUND, {"plain"}) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": ".."}, "name"),
        ({"name": "east\N{RIGHT-TO-LEFT OVERRIDE}tsae"}, "name"),
        ({"name": "east\n"}, "name"),
        ({"name": "differences"}, "name"),
        ({"adapter": "telex"}, "adapter"),
        ({"live_url": None, "static_url": None}, "live_url"),
        ({"live_url": "ftp://gate.example/live"}, "live_url"),
        ({"live_url": "http://user:word@gate.example/"}, "live_url"),
        ({"static_url": "http://[::1"}, "static_url"),
        ({"interval_s": 1}, "interval_s"),
        ({"static_interval_s": 10**9}, "static_interval_s"),
        ({"ageing_after_s": 900}, "ageing_after_s"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
def test_what_is_wrong_with_a_description_is_named(wrong, field):
    assert [problem.field for problem in draft_problems(replace(SOUND, **wrong), {"plain"})] == [field]


def test_a_name_that_was_taken_earlier_stays_usable():
    assert draft_problems(replace(SOUND, name="a/b"), {"plain"}, is_new=False) == []


def test_no_new_source_is_called_as_a_page_of_the_sources():
    """Or its own page would be that one."""
    beside = {route.rule.removeprefix("/bureau/sources/") for route in every_route()}
    words = {word for word in beside if word and not set(word) & set("</")}
    assert words
    assert all(name_problems(word) for word in words)


@pytest.mark.parametrize("network", ["127.0.0.0/8", "10.2.0.0/16", "192.168.1.7/32", "fd00::/8"])
def test_private_ranges_can_be_opened(network):
    assert network_problems([network]) == []


@pytest.mark.parametrize(
    "network", ["0.0.0.0/0", "8.8.8.0/24", "169.254.0.0/16", "::/0", "10.0.0.1/8", "lan"]
)
def test_other_ranges_cannot(network):
    assert len(network_problems([network])) == 1


def test_a_shown_address_has_neither_key_nor_password():
    assert shown_url("https://me:word@a.example:8443/live?key=abc") == "https://a.example:8443/live?…"


def test_only_what_a_feed_tells_is_compared():
    assert differences(LotRecord("x", "East", 32.06, 120.62), OURS) == ()


def test_every_field_told_otherwise_is_listed():
    told = LotRecord(
        "x", "East gate", 32.07, 120.62, spaces={SpaceClass.GENERAL: 90, SpaceClass.CHARGING: 4},
        kind=LotKind.OFF_STREET, address="1 Road",
    )  # fmt: skip
    assert set(differences(told, OURS)) == {
        FieldDifference("name", "East", "East gate"),
        FieldDifference("address", None, "1 Road"),
        FieldDifference("place", "32.060000, 120.620000", "32.070000, 120.620000"),
        FieldDifference("spaces.general", "100", "90"),
        FieldDifference("spaces.charging", "0", "4"),
    }


def test_a_few_metres_are_no_difference():
    assert differences(LotRecord("x", "East", 32.0603, 120.62), OURS) == ()
