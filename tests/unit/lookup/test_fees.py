"""What a planned stay costs at many lots: what each quote says, reckoned once; unknown is never nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import orjson
import pytest

from parking.kernel.vocabulary import Datum
from parking.lookup.errors import LotUnknown
from parking.lookup.queries import Fees, Lookup, PlannedStay, Wish, nearby
from parking.lookup.queries import fees as reckoning
from parking.lookup.rules import Sort
from parking.tariffs.rules.quotes import Stay
from parking.tariffs.rules.tariff import VehicleClass
from parking.tariffs.rules.versions import InForce, Price
from tests.factories.lookup import LAT, LON, NOW, SetClock, a_book, a_card, a_model, hourly

NEXT_YEAR = datetime(2026, 12, 31, 16, tzinfo=UTC)


def a_town() -> dict[str, InForce | list[InForce]]:
    """Free, priced, priced but free for a short stay, and dearer from next year on; `silent` has none."""
    dearer = hourly(800)
    later = replace(dearer, from_at=NEXT_YEAR, number=2)
    return {
        "gratis": hourly(0),
        "three": hourly(300),
        "late": hourly(300, 60),
        "reform": [hourly(300), later],
    }


LOTS = ("silent", "late", "three", "gratis", "reform")


def the_model():
    return a_model([a_card(lot_id) for lot_id in LOTS], book=a_book(a_town()))


def told(arrive_at: datetime = NOW, minutes: int = 110, **wish) -> dict[str, dict]:
    wanted = Wish(LAT, LON, stay=PlannedStay(arrive_at, minutes), **wish)
    items, _ = nearby(the_model(), wanted, NOW).rendered(Datum.WGS84)
    return {item["id"]: item["fee"] for item in map(orjson.loads, items)}


def test_free_priced_and_unknown_are_told_apart():
    change = {"at": "2026-11-20T04:01:00Z", "fee_fen": 900}
    assert told() == {
        "silent": {"price": "unknown", "fee_fen": None, "next_change": None},
        "gratis": {"price": "free", "fee_fen": 0, "next_change": None},
        "three": {"price": "priced", "fee_fen": 600, "next_change": change},
        "late": {"price": "priced", "fee_fen": 600, "next_change": change},
        "reform": {"price": "priced", "fee_fen": 600, "next_change": change},
    }
    short = told(minutes=30)["late"]
    assert (short["price"], short["fee_fen"], short["next_change"]["fee_fen"]) == ("priced", 0, 600)


def test_a_stay_next_year_goes_by_the_version_of_next_year():
    assert told(NEXT_YEAR - timedelta(minutes=1))["reform"]["fee_fen"] == 600
    assert told(NEXT_YEAR)["reform"]["fee_fen"] == 1600


def test_the_cheapest_comes_first_and_what_nobody_told_last():
    assert list(told(sort=Sort.CHEAP)) == ["gratis", "late", "reform", "three", "silent"]
    assert list(told(minutes=30, sort=Sort.CHEAP))[:2] == ["gratis", "late"]
    assert list(told(max_fee_fen=0)) == ["gratis"]
    assert "silent" not in told(max_fee_fen=10**9)


def test_every_fee_is_what_the_quote_of_that_stay_says():
    model, chance = the_model(), Random(3)
    lookup = Lookup(None, None, SetClock(), model=model)
    for _ in range(50):
        planned = PlannedStay(NOW + timedelta(seconds=chance.randrange(60 * 86_400)), chance.randrange(4_000))
        for view in nearby(model, Wish(LAT, LON, stay=planned), NOW).views():
            found = lookup.quote(view.card.id, planned.stay).priced
            assert view.fee.price is found.price
            assert view.fee.fee_fen == (found.quote.fee_fen if found.quote else None)
            assert view.fee.next_change_at == (found.quote.next_change_at if found.quote else None)
            assert lookup.one(view.card.id, planned).fee == view.fee
    with pytest.raises(LotUnknown):
        lookup.quote("nowhere", Stay(NOW, NOW))


def test_a_fee_is_reckoned_once_for_all_lots_of_a_version_and_for_all_readers(monkeypatch):
    quoted = []
    really = reckoning.quote_across
    monkeypatch.setattr(reckoning, "quote_across", lambda *told: quoted.append(told) or really(*told))
    cards = [a_card(f"lot{number}") for number in range(30)]
    model = a_model(
        cards, book=a_book({card.id: hourly(300 + place % 2) for place, card in enumerate(cards)})
    )
    for second in (0, 20, 59):
        for sort in (Sort.NEAR, Sort.CHEAP):
            stay = PlannedStay(NOW + timedelta(seconds=second), 60)
            nearby(model.with_counters({}, NOW), Wish(LAT, LON, sort=sort, stay=stay), NOW).views()
    assert len(quoted) == 2
    nearby(model, Wish(LAT, LON, stay=PlannedStay(NOW, 60, VehicleClass.LARGE)), NOW).views()
    assert len(quoted) == 4


def test_the_memory_for_fees_is_bounded(monkeypatch):
    monkeypatch.setattr(reckoning, "_MOST_FEES", 100)
    fees = Fees(a_book(a_town()))
    first = fees.of(PlannedStay(NOW, 1))
    for minutes in range(1, 200):
        fees.of(PlannedStay(NOW, minutes)).views([0, 1, 2])
    assert len(fees._kept) <= 100 // len(a_town())
    assert fees.of(PlannedStay(NOW, 1)) is not first
    assert fees.of(PlannedStay(NOW, 199)) is fees.of(PlannedStay(NOW + timedelta(seconds=59), 199))


def test_new_tariffs_price_the_same_lots_anew():
    model = the_model()
    after = model.with_fees(Fees(a_book({"silent": hourly(500)})))
    wish = Wish(LAT, LON, stay=PlannedStay(NOW, 60))
    fees = {view.card.id: view.fee.fee_fen for view in nearby(after, wish, NOW).views()}
    assert fees == dict.fromkeys(LOTS) | {"silent": 500}
    assert (
        nearby(model, wish, NOW).rendered(Datum.WGS84)[1] != nearby(after, wish, NOW).rendered(Datum.WGS84)[1]
    )
    moved = after.with_lots({"new": a_card("new", LAT + 0.001)}, ["three"], {}, NOW)
    assert {view.card.id: view.fee.price for view in nearby(moved, wish, NOW).views()}[
        "silent"
    ] is Price.PRICED


def test_open_for_the_whole_stay_leaves_out_what_closes_during_it():
    hours = {
        "day": "Mo-Su 06:00-12:00",
        "split": "Mo-Su 06:00-11:00,11:30-22:00",
        "always": "24/7",
        "unsaid": None,
    }
    model = a_model([a_card(lot_id, opening_hours=text) for lot_id, text in hours.items()])

    def open_for(hours: float) -> set[str]:
        wish = Wish(LAT, LON, open_at=NOW, open_until=NOW + timedelta(hours=hours))
        return {view.card.id for view in nearby(model, wish, NOW).views()}

    assert open_for(1) == {"day", "split", "always", "unsaid"}
    assert open_for(2) == {"day", "always", "unsaid"}
    assert open_for(2.01) == {"always", "unsaid"}
