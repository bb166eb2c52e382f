"""Nearby lots: the same as looking at every lot, without looking at every lot."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.kernel.geo import distance_m
from parking.kernel.vocabulary import CAR_CLASSES, Access, SpaceClass
from parking.lookup.queries import Model, PlannedStay, Wish, nearby
from parking.lookup.rules import ACCESS_BIT, ALL_MASK, PUBLIC_MASK, Sort, access_mask
from parking.lots.queries import LotCard
from parking.occupancy.rules import CounterView
from tests.factories.lookup import CITY, LAT, LON, NOW, a_book, a_card, a_model, a_view, hourly, with_free

CLASSES = (SpaceClass.GENERAL, SpaceClass.MECHANICAL, SpaceClass.CHARGING, SpaceClass.BICYCLE)
HOURS = (None, "24/7", "Mo-Fr 18:00-23:00", "Mo-Su 06:00-22:00")


def ids(answer) -> list[str]:
    return [view.card.id for view in answer.views()]


CENTRES = ((32.06, 120.62), (0.0, 0.0), (-33.4, -70.6), (50.77, 6.08), (64.1, 21.9))


def _degrees(chance: random.Random, spread: float) -> float:
    # Whole steps too, so that lots meet at one place and on the borders of cells.
    return chance.choice([chance.uniform(-spread, spread), chance.randint(-4, 4) * spread / 4])


def _lot(chance: random.Random, lot_id: str, lat: float, lon: float) -> tuple[LotCard, list[CounterView]]:
    """A lot with up to three classes, some of them counted, some for residents only."""
    spaces, views = {}, []
    for space_class in chance.sample(CLASSES, chance.randint(0, 3)):
        spaces[space_class] = (50, chance.choice([None, Access.RESIDENTS, Access.PUBLIC]))
        if chance.random() < 0.7:
            age_s = chance.choice([10, 400, 5000])
            views.append(a_view(lot_id, chance.randint(0, 30), space_class=space_class, age_s=age_s))
    access = chance.choice([Access.PUBLIC, Access.PUBLIC, Access.STAFF])
    hours, height = chance.choice(HOURS), chance.choice([None, 190, 250])
    return a_card(
        lot_id, lat, lon, spaces=spaces, access=access, opening_hours=hours, max_height_cm=height
    ), views


@st.composite
def _cities(draw: st.DrawFn) -> tuple[list[LotCard], list[CounterView], Wish]:
    """Lots around a centre anywhere but at a pole, their counts, and a wish. The lots come from one drawn
    number: drawn one by one they would take most of the time."""
    lat, lon = draw(st.sampled_from(CENTRES))
    spread = draw(st.sampled_from([0.002, 0.05, 0.4]))
    chance = random.Random(draw(st.integers(0, 2**32)))
    cards, views = [], []
    for number in range(draw(st.integers(0, 20) | st.just(200))):
        place = lat + _degrees(chance, spread), lon + _degrees(chance, spread)
        card, counted = _lot(chance, f"lot{number:02d}", *place)
        cards.append(card)
        views += counted
    wish = Wish(
        lat + _degrees(chance, spread),
        lon + _degrees(chance, spread),
        radius_m=draw(st.sampled_from([50.0, 1_000.5, 20_000.0])),
        limit=draw(st.integers(1, 12)),
        sort=draw(st.sampled_from(Sort)),
        stay=PlannedStay(NOW + timedelta(hours=draw(st.sampled_from([0, 9]))), 110),
        max_fee_fen=draw(st.sampled_from([None, None, 0, 600])),
        space_class=draw(st.none() | st.sampled_from(CLASSES)),
        min_free=draw(st.sampled_from([0, 0, 1, 10])),
        open_at=draw(st.sampled_from([None, NOW, NOW + timedelta(hours=9)])),
        height_cm=draw(st.sampled_from([None, 200])),
        access_mask=draw(
            st.sampled_from([PUBLIC_MASK, ALL_MASK, access_mask([Access.PUBLIC, Access.RESIDENTS])])
        ),
    )
    return cards, views, wish


# By what an hour costs, a lot's fate by its number; None has no tariff.
HOURLY = (None, 0, 300, 300, 700)


def _an_hour(card: LotCard) -> int | None:
    return HOURLY[int(card.id.removeprefix("lot")) % len(HOURLY)]


def _key(model, card, wish) -> tuple[float, ...] | None:
    """What a lot is sorted by when each is looked at by itself; None where it does not answer the wish."""
    entry = model.entry(card.id)
    distance = distance_m((wish.lat, wish.lon), (card.lat, card.lon))
    own = {count.space_class: (count, access) for count, access in entry.counts}
    usable = {
        space_class: count.free
        for space_class, (count, access) in own.items()
        if ACCESS_BIT[access] & wish.access_mask
    }
    wanted = CAR_CLASSES if wish.space_class is None else (wish.space_class,)
    known = [usable[each] for each in wanted if each in usable and usable[each] is not None]
    free = sum(known) if known else -1 if any(each in usable for each in wanted) else -2
    lots_own = usable or (not own and ACCESS_BIT[Access(card.access)] & wish.access_mask)
    if distance > wish.radius_m or (free < wish.min_free and wish.min_free > 0):
        return None
    if (wish.space_class is not None and wish.space_class not in usable) or not lots_own:
        return None
    if wish.height_cm and card.max_height_cm and card.max_height_cm < wish.height_cm:
        return None
    if wish.open_at and model.hours.is_open(card.opening_hours, wish.open_at) is False:
        return None
    hour = _an_hour(card)
    if wish.max_fee_fen is not None and (hour is None or 2 * hour > wish.max_fee_fen):
        return None
    if wish.sort is Sort.NEAR:
        return (distance,)
    if wish.sort is Sort.FREE:
        return (-free, distance)
    closed = 2 * (model.hours.is_open(card.opening_hours, wish.stay.arrive_at) is False)
    risk = 0.5 if free == -1 else 1 / (1 + max(free, 0))
    best = (distance + 600 * risk + 1e6 * closed,)
    return best if wish.sort is Sort.BEST else (closed, 1e9 if hour is None else hour, *best)


@given(_cities())
def test_nearby_is_what_looking_at_every_lot_would_find(drawn):
    cards, views, wish = drawn
    priced = {card.id: hourly(hour) for card in cards if (hour := _an_hour(card)) is not None}
    model = a_model(cards, views, book=a_book(priced))
    keys = {card.id: _key(model, card, wish) for card in cards}
    expected = sorted(key for key in keys.values() if key is not None)[: wish.limit]
    answer = nearby(model, wish, NOW)
    got = ids(answer)
    assert len(got) == len(set(got)) == len(expected)
    for lot_id, key in zip(got, expected, strict=True):
        assert keys[lot_id] is not None
        assert all(isclose(a, b, rel_tol=1e-9, abs_tol=1e-4) for a, b in zip(keys[lot_id], key, strict=True))
    by_id = {card.id: card for card in cards}
    for lot_id, metres in zip(got, answer.distances_m, strict=True):
        card = by_id[lot_id]
        assert isclose(metres, distance_m((wish.lat, wish.lon), (card.lat, card.lon)), abs_tol=1e-4)


@cache
def _crowd(lots: int) -> Model:
    """A city that is larger the more lots it has, with 20 free spaces in each."""
    chance = random.Random(3)
    side = 0.05 * (lots / 1_000) ** 0.5
    cards = [
        a_card(f"lot{number:05d}", LAT + chance.uniform(0, side), LON + chance.uniform(0, side))
        for number in range(lots)
    ]
    return a_model(cards, [a_view(card.id, 20) for card in cards])


@pytest.mark.parametrize("lots", [1_000, 10_000])
@pytest.mark.parametrize("sort", [Sort.NEAR, Sort.BEST])
def test_peer_fault_6_the_number_of_lots_looked_at_does_not_grow_with_the_city(lots, sort):
    model, chance = _crowd(lots), random.Random(4)
    side = 0.05 * (lots / 1_000) ** 0.5
    for _ in range(50):
        wish = Wish(LAT + chance.uniform(0, side), LON + chance.uniform(0, side), 20_000, 20, sort)
        answer = nearby(model, wish, NOW)
        assert len(answer.rows) == 20
        assert answer.examined <= 700
        assert answer.distances_m == sorted(answer.distances_m)


def test_a_small_radius_in_a_large_city_looks_at_few_lots_whatever_the_order():
    wish = Wish(LAT + 0.08, LON + 0.08, 300, 20, Sort.FREE, min_free=21)
    answer = nearby(_crowd(10_000), wish, NOW)
    assert answer.rows == []
    assert answer.examined <= 100


def test_ninety_metres_east_measure_ninety_metres_beyond_ninety_degrees_east():
    model = a_model([a_card("east", LAT, LON + 0.000954)])
    answer = nearby(model, Wish(LAT, LON, 95), NOW)
    assert ids(answer) == ["east"]
    assert answer.distances_m[0] == pytest.approx(89.9, abs=0.1)
    assert nearby(model, Wish(LAT, LON, 85), NOW).rows == []


@pytest.mark.parametrize(("lat", "lon"), [(0.0, 0.0), (0.0, 120.0), (51.5, 0.0)])
def test_a_coordinate_of_zero_is_a_coordinate(lat, lon):
    model = a_model([a_card("here", lat, lon), a_card("there", lat + 0.5, lon + 0.5)])
    assert ids(nearby(model, Wish(lat, lon, 500), NOW)) == ["here"]


def test_lots_at_one_place_come_by_id_whatever_the_order_of_loading():
    cards = [a_card(lot_id) for lot_id in ("c", "a", "b")]
    for given_cards in (cards, cards[::-1]):
        for sort in Sort:
            wish = Wish(LAT, LON, sort=sort, stay=PlannedStay(NOW, 60))
            assert ids(nearby(a_model(given_cards), wish, NOW)) == ["a", "b", "c"]


def test_best_weighs_the_walk_against_the_risk_of_being_turned_away():
    # 111 m apart: at the door 3 free (150 m of risk), then 50 free (111 + 12), one unknown, one full.
    model = with_free({"door3": 3, "next50": 50, "unknown": None, "full": 0})
    assert ids(nearby(model, Wish(LAT, LON), NOW)) == ["next50", "door3", "unknown", "full"]


def test_unknown_is_neither_full_nor_free():
    same = dict.fromkeys(("two", "unknown", "full"), LAT)
    model = with_free({"full": 0, "two": 2, "unknown": None}, same)
    assert ids(nearby(model, Wish(LAT, LON), NOW)) == ["two", "unknown", "full"]
    assert ids(nearby(model, Wish(LAT, LON, sort=Sort.FREE), NOW)) == ["two", "full", "unknown"]
    assert ids(nearby(model, Wish(LAT, LON, min_free=1), NOW)) == ["two"]


def test_a_lot_known_to_be_closed_comes_last_and_open_leaves_it_out():
    cards = [
        a_card("closed", opening_hours="Mo-Su 18:00-23:00"),
        a_card("open", LAT + 0.004, opening_hours="24/7"),
        a_card("unsaid", LAT + 0.005),
    ]
    model = a_model(cards, [a_view(card.id, 50) for card in cards])
    assert ids(nearby(model, Wish(LAT, LON), NOW)) == ["open", "unsaid", "closed"]
    assert ids(nearby(model, Wish(LAT, LON, open_at=NOW), NOW)) == ["open", "unsaid"]
    evening = NOW + timedelta(hours=10)
    assert ids(nearby(model, Wish(LAT, LON, open_at=evening), NOW)) == ["closed", "open", "unsaid"]


def test_a_stranger_is_offered_what_a_stranger_may_use():
    cards = [
        a_card("public"),
        a_card("residents", access=Access.RESIDENTS),
        a_card("mixed", spaces={SpaceClass.GENERAL: (50, Access.RESIDENTS), SpaceClass.MECHANICAL: 20}),
    ]
    views = [a_view("public", 1), a_view("residents", 9), a_view("mixed", 40)]
    views.append(a_view("mixed", 2, space_class=SpaceClass.MECHANICAL))
    model = a_model(cards, views)
    answer = nearby(model, Wish(LAT, LON, sort=Sort.FREE), NOW)
    assert {view.card.id: view.free for view in answer.views()} == {"mixed": 2, "public": 1}
    assert [count.space_class for count in answer.views()[0].counts] == [SpaceClass.MECHANICAL]
    everyone = nearby(model, Wish(LAT, LON, sort=Sort.FREE, access_mask=ALL_MASK), NOW)
    assert {view.card.id: view.free for view in everyone.views()} == {
        "mixed": 42,
        "residents": 9,
        "public": 1,
    }


def test_bicycle_stands_are_no_free_space_for_a_car():
    model = a_model(
        [a_card("stands", spaces={SpaceClass.BICYCLE: 80})],
        [a_view("stands", 70, space_class=SpaceClass.BICYCLE)],
    )
    wish = Wish(LAT, LON, min_free=1)
    assert nearby(model, wish, NOW).rows == []
    assert ids(nearby(model, replace(wish, space_class=SpaceClass.BICYCLE), NOW)) == ["stands"]


def test_a_number_too_old_to_be_told_is_no_free_space_even_where_nobody_swept():
    model = a_model([a_card("silent")], [a_view("silent", 27)])
    later = NOW + timedelta(seconds=900)
    assert ids(nearby(model, Wish(LAT, LON, min_free=1), NOW)) == ["silent"]
    assert nearby(model, Wish(LAT, LON, min_free=1), later).rows == []
    assert nearby(model, Wish(LAT, LON), later).views()[0].free is None


def test_peer_fault_5_a_value_of_2020_is_in_no_answer():
    told_2020 = a_view("old", 27, as_of=datetime(2020, 3, 1, tzinfo=UTC))
    answer = nearby(a_model([a_card("old")], [told_2020]), Wish(LAT, LON), NOW)
    assert answer.views()[0].free is None
    assert all(count.free is None and count.occupied is None for count in answer.views()[0].counts)
    (told,), _ = answer.rendered("wgs84")
    assert b'"free":null' in told
    assert b"27" not in told.replace(b"2020-03-01", b"")


def test_an_empty_city_answers_nothing():
    assert nearby(a_model([], city=CITY), Wish(LAT, LON), NOW).rows == []
