"""The snapshot: what changes, what stays, what time alone moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from parking.kernel.vocabulary import Access, Datum, Quality, SpaceClass
from parking.lookup.errors import LotUnknown, ModelNotFilled
from parking.lookup.queries import Lookup, Wish, nearby
from parking.lookup.rules import ALL_MASK, Sort
from tests.factories.lookup import LAT, LON, NOW, SetClock, a_card, a_model, a_view, by_lot, with_free


def told(model, now=NOW, **wish) -> dict[str, dict]:
    """What is told of each lot within reach, by id."""
    items, _ = nearby(model, Wish(LAT, LON, 20_000, **wish), now).rendered(Datum.WGS84)
    return {item["id"]: item for item in map(orjson.loads, items)}


def tag(model, now=NOW, datum=Datum.WGS84, **wish) -> bytes:
    return nearby(model, Wish(LAT, LON, 20_000, **wish), now).rendered(datum)[1]


def test_a_lot_is_told_as_the_interface_promises():
    card = a_card("a", name='一号 100% "场"', opening_hours="24/7", district_code=None)
    item = told(a_model([card], [a_view("a", 30, age_s=42)]))["a"]
    assert item == {
        "id": "a",
        "name": '一号 100% "场"',
        "lat": LAT,
        "lon": LON,
        "access": "public",
        "district": None,
        "open_now": True,
        "counts": [
            {
                "class": "general",
                "capacity": 100,
                "free": 30,
                "as_of": "2026-11-20T01:59:18Z",
                "age_s": 42,
                "quality": "live",
                "marks": [],
                "source": "feed",
            }
        ],
        "distance_m": 0,
        "shared": None,
    }


def test_ages_grow_without_anything_being_made_anew_and_are_not_in_the_tag():
    model = with_free({"a": 30})
    later = NOW + timedelta(seconds=59.4)
    assert told(model)["a"]["counts"][0]["age_s"] == 0
    assert told(model, later)["a"]["counts"][0]["age_s"] == 59
    assert tag(model) == tag(model, later)


def test_a_count_from_a_moment_ahead_has_age_zero():
    model = a_model([a_card("a")], [a_view("a", 3, age_s=-5)])
    assert told(model)["a"]["counts"][0]["age_s"] == 0


def test_the_tag_is_another_when_anything_but_an_age_is():
    model = with_free({"a": 30})
    tags = {
        tag(model),
        tag(model, datum=Datum.GCJ02),
        tag(model, access_mask=ALL_MASK),
        tag(model, NOW + timedelta(seconds=301)),
        tag(model.with_counters(by_lot([a_view("a", 29)]), NOW)),
        tag(model.with_counters(by_lot([a_view("a", 30, age_s=1)]), NOW)),
        nearby(model, Wish(LAT + 0.001, LON), NOW).rendered(Datum.WGS84)[1],
    }
    assert len(tags) == 7


def test_a_sweep_moves_quality_on_and_withholds_the_number_at_last():
    model = with_free({"a": 30})
    seen = []
    for second in (0, 299, 300, 899, 900, 5_000):
        model = model.swept(NOW + timedelta(seconds=second))
        count = model.entry("a").counts[0][0]
        seen.append((count.quality, count.free))
    live, ageing, unknown = (Quality.LIVE, 30), (Quality.AGEING, 30), (Quality.UNKNOWN, None)
    assert seen == [live, live, ageing, ageing, unknown, unknown]


def test_a_sweep_opens_and_closes():
    model = a_model([a_card("a", opening_hours="Mo-Fr 08:00-18:00")])
    assert told(model)["a"]["open_now"] is True
    evening = NOW + timedelta(hours=8)
    model = model.swept(evening)
    assert told(model, evening)["a"]["open_now"] is False
    assert model.entry("a").open.until_at == datetime(2026, 11, 23, 0, tzinfo=UTC)


def test_a_sweep_that_finds_nothing_due_makes_nothing():
    model = with_free({"a": 30})
    assert model.swept(NOW + timedelta(seconds=1)) is model


def test_what_is_due_is_told_rightly_though_nobody_swept():
    model = a_model([a_card("a", opening_hours="Mo-Fr 08:00-18:00")], [a_view("a", 30)])
    item = told(model, NOW + timedelta(hours=8))["a"]
    assert item["open_now"] is False
    assert item["counts"][0]["free"] is None


def test_a_reader_keeps_the_snapshot_that_he_took():
    before = with_free({"a": 30, "b": 5})
    after = before.with_counters(by_lot([a_view("a", 12)]), NOW)
    assert [told(model)["a"]["counts"][0]["free"] for model in (before, after)] == [30, 12]
    assert before.columns.car_free.tolist() != after.columns.car_free.tolist()
    assert told(before)["b"] == told(after)["b"]


def test_a_counter_that_is_no_more_is_told_as_unknown():
    model = with_free({"a": 30}).with_counters({"a": ()}, NOW)
    count = told(model)["a"]["counts"][0]
    assert (count["free"], count["age_s"], count["quality"], count["source"]) == (None, None, "unknown", None)


def test_counts_of_a_lot_that_is_not_loaded_yet_wait_for_it():
    model = with_free({"a": 30})
    assert model.with_counters(by_lot([a_view("new", 5)]), NOW) is model


def test_lots_come_change_and_go_while_others_stay():
    model = with_free({"a": 30, "b": 5, "c": 7})
    moved = a_card("b", LAT + 0.02, name="搬走的")
    model = model.with_lots(
        {"b": moved, "d": a_card("d")}, ["c"], by_lot([a_view("b", 6), a_view("d", 8)]), NOW
    )
    items = told(model, sort=Sort.NEAR)
    assert list(items) == ["a", "d", "b"]
    assert items["b"]["name"] == "搬走的"
    assert {lot_id: item["counts"][0]["free"] for lot_id, item in items.items()} == {"a": 30, "d": 8, "b": 6}
    assert model.ids == ["a", "b", "d"]


def test_a_lot_that_stays_where_it_is_keeps_its_row():
    model = with_free({"a": 30, "b": 5})
    larger = a_card("a", spaces={SpaceClass.GENERAL: 20, SpaceClass.CHARGING: (4, "staff")})
    after = model.with_lots({"a": larger}, [], by_lot([a_view("a", 30)]), NOW)
    assert after.grid is model.grid
    assert told(after)["a"]["counts"][0] | {"as_of": 0} == {
        "class": "general",
        "capacity": 20,
        "free": 20,
        "as_of": 0,
        "age_s": 0,
        "quality": "suspect",
        "marks": ["clamped", "above_capacity"],
        "source": "feed",
    }
    staff = {"space_class": SpaceClass.CHARGING, "access_mask": ALL_MASK}
    assert list(told(after, **staff)) == ["a"]
    assert told(model, **staff) == {}


def test_a_lot_with_another_name_is_found_by_it():
    model = with_free({"a": 30})
    assert model.words.ids_with("新名") == frozenset()
    after = model.with_lots({"a": a_card("a", name="新名")}, [], {}, NOW)
    assert after.words.ids_with("新名") == {"a"}


def test_points_are_answered_in_the_datum_that_is_asked_for():
    items, _ = nearby(with_free({"a": 30}), Wish(LAT, LON), NOW).rendered(Datum.GCJ02)
    item = orjson.loads(items[0])
    assert item["lat"] == pytest.approx(LAT - 0.0022, abs=1e-3)
    assert item["lon"] == pytest.approx(LON + 0.0042, abs=1e-3)
    assert (item["lat"], item["lon"]) != (LAT, LON)


def test_counts_that_need_a_permission_name_it_when_asked_for():
    spaces = {SpaceClass.GENERAL: (50, Access.RESIDENTS), SpaceClass.CHARGING: 4}
    model = a_model([a_card("a", spaces=spaces)])
    assert [count["class"] for count in told(model)["a"]["counts"]] == ["charging"]
    asked = told(model, access_mask=ALL_MASK)["a"]["counts"]
    assert [(count["class"], count["access"]) for count in asked] == [
        ("general", "residents"),
        ("charging", "public"),
    ]


def test_a_look_up_that_is_not_filled_says_so():
    lookup = Lookup(None, None, SetClock())
    assert not lookup.ready
    with pytest.raises(ModelNotFilled):
        lookup.nearby(Wish(LAT, LON))


def test_one_lot_is_told_with_all_its_counts():
    clock = SetClock()
    lookup = Lookup(None, None, clock, model=with_free({"a": 30}))
    clock.forward(seconds=900)
    view = lookup.one("a")
    assert [(count.quality, count.free) for count in view.counts] == [(Quality.UNKNOWN, None)]
    with pytest.raises(LotUnknown):
        lookup.one("z")
