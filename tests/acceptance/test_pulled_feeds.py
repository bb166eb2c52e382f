"""Recorded feeds of three cities, pulled over HTTP: what was read, what was refused and why, one by one."""

from __future__ import annotations

from datetime import datetime

import pytest

from parking.kernel.geo import distance_m
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots

pytestmark = pytest.mark.real_data


@pytest.fixture
def aachen(pulled):
    return pulled(
        "aachen",
        "2025-02-07T19:11:00+00:00",
        static="aachen-static.xml",
        live="aachen-realtime.xml",
        adapter="datex2",
    )


@pytest.fixture
def stuttgart(pulled):
    return pulled(
        "stuttgart",
        "2023-10-07T03:45:31+02:00",
        static="stuttgart-static.xml",
        live="stuttgart-realtime.xml",
        adapter="datex2",
        crs="EPSG:32632",
    )


@pytest.fixture
def herrenberg(pulled):
    return pulled(
        "herrenberg",
        "2025-02-25T12:20:03+00:00",
        static="herrenberg.json",
        live="herrenberg.json",
        adapter="parkapi_v1",
    )


def compared_with(told, city, kind: str) -> tuple[set[str], set[str]]:
    """The records that only the other reader took, and those that only we took."""
    ours = city.cards.keys() if kind == "static" else city.counters.keys()
    return told.read.keys() - ours, ours - told.read.keys()


def same_lots(told, city) -> None:
    """Every lot that both took has the same name, place and number of spaces."""
    for external_id, record in told.read.items():
        card = city.cards[external_id]
        place = (float(record["lat"]), float(record["lon"]))
        spaces = {space.space_class: space.capacity for space in card.spaces}
        assert card.name == record["name"], external_id
        assert distance_m(place, (card.lat, card.lon)) < 1, external_id
        assert spaces.get(SpaceClass.GENERAL, 0) == record["capacity"], external_id
        assert card.filing_no is None


def same_counts(told, city) -> None:
    """Every count that both took tells the same free spaces at the same instant."""
    for external_id, view in city.counters.items():
        record = told.read[external_id]
        assert (view.basis, view.value) == ("free", record["realtime_free_capacity"]), external_id
        theirs = datetime.fromisoformat(record["realtime_data_updated_at"])
        assert abs((view.as_of - theirs).total_seconds()) < 1, external_id


def test_aachen_is_read_record_by_record(aachen, feeds):
    static, live = feeds.told("aachen", "static"), feeds.told("aachen", "realtime")
    assert len(aachen.cards) == 15
    assert compared_with(static, aachen, "static") == (set(), set())
    same_lots(static, aachen)
    # Two records lack the required number of spaces.
    assert aachen.refused("static") == {"P13": "missing_field", "P17": "missing_field"}
    assert aachen.refused("static").keys() == static.refused

    # Two live records have no static one; P5 tells 0 free and 0 occupied of 0: no full lot but no counter.
    assert aachen.refused("live") == {"P5": "placeholder", "P13": "placeholder", "P17": "unknown_lot"}
    assert compared_with(live, aachen, "live") == (aachen.refused("live").keys(), set())
    assert len(aachen.counters) == 14
    same_counts(live, aachen)


def test_stuttgart_is_read_record_by_record(stuttgart, feeds):
    static, live = feeds.told("stuttgart", "static"), feeds.told("stuttgart", "realtime")
    assert len(stuttgart.cards) == 48
    assert compared_with(static, stuttgart, "static") == (set(), set())
    same_lots(static, stuttgart)
    # One record gives degrees where all others give metres; ten tell a total of 0 and are lots all the same.
    refused = stuttgart.refused("static")
    assert {lot for lot, kind in refused.items() if kind == "out_of_range"} == static.refused
    empty = {lot for lot, record in static.read.items() if record["capacity"] == 0}
    assert {lot for lot, kind in refused.items() if kind == "placeholder"} == empty
    assert len(refused) == 11

    # Stamps of 1970 belong to counters that never told anything; the lot refused above stays unknown. One
    # tells more free spaces than it has: its count is taken and bound by its spaces, and that is told.
    refused = stuttgart.refused("live")
    over = refused.pop("12717253")
    assert over == "above_capacity"
    assert live.read["12717253"]["realtime_free_capacity"] > static.read["12717253"]["capacity"]
    assert refused == {"12717244": "out_of_range", "12717450": "out_of_range", "78241093": "unknown_lot"}
    theirs_alone, ours_alone = compared_with(live, stuttgart, "live")
    assert not ours_alone
    # The others tell a state and no number: nothing to take, and nothing wrong.
    silent = theirs_alone - refused.keys()
    assert {live.read[lot].get("realtime_free_capacity") for lot in silent} == {None}
    assert len(stuttgart.counters) == 37
    same_counts(live, stuttgart)


def test_herrenberg_is_read_record_by_record(herrenberg, feeds):
    static, live = feeds.told("herrenberg", "static"), feeds.told("herrenberg", "realtime")
    assert len(herrenberg.cards) == 25
    assert compared_with(static, herrenberg, "static") == (set(), set())
    same_lots(static, herrenberg)
    assert herrenberg.refused("static") == dict.fromkeys(static.refused, "missing_field")

    # Most lots of this feed have the state "nodata": they tell no number, and that is no fault.
    assert compared_with(live, herrenberg, "live") == (set(), set())
    assert herrenberg.refused("live") == dict.fromkeys(live.refused, "missing_field")
    assert len(herrenberg.counters) == 4
    same_counts(live, herrenberg)


def test_the_same_files_again_change_nothing(herrenberg):
    before = (herrenberg.cards, herrenberg.counters)
    herrenberg.worker.clock.forward(days=1)
    herrenberg.worker.pull_due()
    with herrenberg.worker.sessions() as session:
        entries = [entry for card in before[0].values() for entry in lots.ledger_of(session, card.id)]
    assert {entry.reason for entry in entries} == {"opening_balance"}
    assert herrenberg.worker.source("herrenberg").lots == len(before[0])
