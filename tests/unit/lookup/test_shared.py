"""Lots and shared windows in one answer: the same as looking at every lot and window by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from parking.kernel.vocabulary import Access, Datum
from parking.lookup.queries import Model, PageWish, PlannedStay, Wish, nearby, page
from parking.lookup.queries.pages import alone
from parking.lookup.rules import Sort
from parking.tariffs.rules.document import read
from parking.tariffs.rules.versions import InForce
from tests.factories.lookup import LAT, LON, NOW, a_book, a_card, a_model, a_view, hourly
from tests.unit.lookup.lending import EVENING, HOUR, MORNING, OFFICE, a_window


def a_school(windows=None, *, free: int | None = 90, tariffs=None, now=NOW, **card) -> Model:
    """A lot for its staff that lends spaces, beside a public one."""
    told = {"access": Access.STAFF, "opening_hours": OFFICE, **card}
    cards = [a_card("school", **told), a_card("public", LAT + 0.002)]
    views = [a_view("public", 5, as_of=now)] + ([] if free is None else [a_view("school", free, as_of=now)])
    return a_model(cards, views, now=now, windows=windows or [a_window()], book=tariffs)


def told(model: Model, now=NOW, **wish) -> dict[str, dict]:
    items, _ = nearby(model, Wish(LAT, LON, 20_000, **wish), now).rendered(Datum.WGS84)
    return {item["id"]: item for item in map(orjson.loads, items)}


def windows_of(model: Model, now: datetime) -> list[tuple[str, int]]:
    told = model.windows.of(model.columns, model.row_of["school"], now)
    return [(window.id, left) for window, left in told]


def a_stay(from_at: datetime = EVENING, minutes: int = 120) -> PlannedStay:
    return PlannedStay(from_at, minutes)


def test_a_lot_for_its_staff_appears_while_the_stay_lies_within_its_window():
    model = a_school()
    assert list(told(model)) == ["public"]
    assert list(told(model, stay=a_stay())) == ["school", "public"]
    assert list(told(model, stay=a_stay(EVENING - timedelta(seconds=1)))) == ["public"]
    whole_night = int((MORNING - EVENING).total_seconds() / 60)
    assert "school" in told(model, stay=a_stay(minutes=whole_night))
    assert "school" not in told(model, stay=a_stay(minutes=whole_night + 1))


def test_a_stay_across_two_windows_lies_in_neither():
    later = a_window(number=2, from_at=MORNING, until_at=MORNING + 5 * HOUR)
    model = a_school([a_window(), later])
    assert "school" in told(model, stay=a_stay(MORNING - HOUR, 60))
    assert "school" in told(model, stay=a_stay(MORNING, 60))
    assert "school" not in told(model, stay=a_stay(MORNING - HOUR, 90))


def test_without_a_stay_the_window_that_is_open_now_counts_up_to_its_last_second():
    model = a_school()
    assert "school" in told(model, EVENING)
    assert "school" in told(model, MORNING - timedelta(seconds=1))
    assert "school" not in told(model, EVENING - timedelta(seconds=1))
    assert "school" not in told(model, MORNING)


def test_a_window_is_told_with_what_is_left_of_it_and_never_more_than_stands_empty():
    ahead = told(a_school(free=3), stay=a_stay())["school"]["shared"]
    assert ahead == {
        "window_id": "w1",
        "class": "general",
        "from_at": "2026-11-20T11:00:00Z",
        "until_at": "2026-11-20T23:30:00Z",
        "spaces": 40,
        "left": 30,
        "bookable": True,
        "only": True,
        "counted_at": None,
    }
    late = EVENING + HOUR
    counted = told(a_school(free=3, now=late), late, stay=a_stay(late))["school"]["shared"]
    assert (counted["left"], counted["counted_at"]) == (3, "2026-11-20T12:00:00Z")
    # A number too old to be told bounds nothing, even where nobody swept.
    silent = told(a_school(free=3, now=late), late + HOUR, stay=a_stay(late + HOUR))["school"]["shared"]
    assert (silent["left"], silent["counted_at"]) == (30, None)


def test_a_window_that_is_full_is_told_as_full_and_what_asks_for_free_spaces_leaves_it_out():
    model = a_school([a_window(taken=40)])
    item = told(model, stay=a_stay())["school"]
    assert (item["shared"]["left"], item["shared"]["bookable"]) == (0, False)
    assert "school" not in told(model, stay=a_stay(), min_free=1)
    assert "school" in told(a_school(), stay=a_stay(), min_free=30)


def test_a_window_lends_nothing_more_where_anyone_may_park_anyway():
    model = a_school(free=2, access=Access.PUBLIC, opening_hours="24/7")
    item = told(model, stay=a_stay())["school"]
    assert (item["counts"][0]["free"], item["shared"]["only"], item["shared"]["left"]) == (2, False, 30)
    (view,) = (each for each in nearby(model, Wish(LAT, LON, stay=a_stay()), NOW).views() if each.share)
    assert view.free == 2


def test_a_window_opens_a_lot_that_is_closed_then():
    model = a_school(access=Access.PUBLIC)
    item = told(model, stay=a_stay(), open_at=EVENING, open_until=EVENING + 2 * HOUR)["school"]
    assert (item["shared"]["only"], item["closed_from_at"]) == (True, None)


def test_a_lot_that_closes_before_the_stay_ends_says_when_and_comes_after_the_others():
    cards = [a_card("office", opening_hours=OFFICE), a_card("dark", opening_hours="Mo-Su 20:00-22:00")]
    cards += [a_card("open", LAT + 0.008, opening_hours="24/7"), a_card("unsaid", LAT + 0.009)]
    model = a_model(cards, [a_view(card.id, 50) for card in cards])
    stay = PlannedStay(NOW + 8 * HOUR, 120)
    items = told(model, stay=stay)
    assert list(items) == ["open", "unsaid", "office", "dark"]
    closed = {lot_id: item["closed_from_at"] for lot_id, item in items.items()}
    assert closed == {
        "open": None,
        "unsaid": None,
        "office": "2026-11-20T11:00:00Z",
        "dark": "2026-11-20T10:00:00Z",
    }
    # Closing with the end of the stay is in time.
    assert told(model, stay=PlannedStay(NOW, 9 * 60))["office"]["closed_from_at"] is None
    assert list(told(model, stay=PlannedStay(NOW, 9 * 60 + 1)))[2:] == ["office", "dark"]


def test_a_holiday_table_without_the_year_decides_on_what_the_text_says():
    model = a_school(now=datetime(2031, 1, 3, 2, tzinfo=UTC))
    assert model.hours.state(OFFICE, datetime(2031, 1, 3, 2, tzinfo=UTC)).warning == "calendar_year_missing"
    assert alone(model, "public", a_stay(datetime(2031, 1, 3, 2, tzinfo=UTC)), NOW).closed_from_at is None
    assert alone(model, "school", a_stay(datetime(2031, 1, 3, 10, tzinfo=UTC)), NOW).closed_from_at == (
        datetime(2031, 1, 3, 11, tzinfo=UTC)
    )


def _for_shared(fen: int) -> InForce:
    """Casual stays cost ten yuan an hour, shared ones `fen`."""
    plans = {
        name: {"schedules": [{"bands": [{"from": "00:00", "until": "24:00", "steps": [step]}]}]}
        for name, step in {
            "casual": {"fen": 1000, "unit_minutes": 60},
            "shared": {"fen": fen, "unit_minutes": 60},
        }.items()
    }
    choices = [{"stays": ["shared"], "plan": "shared"}, {"plan": "casual"}]
    rules = read({"time_zone": "Asia/Shanghai", "plans": plans, "choices": choices})
    return InForce(datetime(2020, 1, 1, tzinfo=UTC), rules, version_id=f"v{fen}", tariff_id=f"t{fen}")


def test_a_shared_stay_is_priced_by_the_agreements_tariff_else_by_the_lots_for_shared_stays():
    tariffs = a_book({"school": _for_shared(200), "public": hourly(300)}, {"own": hourly(100)})
    for tariff_id, fee in ((None, 400), ("own", 200), ("never published", None)):
        model = a_school([a_window(tariff_id=tariff_id)], tariffs=tariffs)
        items = told(model, stay=a_stay(), sort=Sort.CHEAP)
        assert items["school"]["fee"]["fee_fen"] == fee
        assert items["public"]["fee"]["fee_fen"] == 600
        assert next(iter(items)) == ("public" if fee is None else "school")
        assert ("school" in told(model, stay=a_stay(), max_fee_fen=399)) is (fee == 200)


def test_windows_change_and_go_without_the_lots_being_read_again():
    model = a_school()
    tag = nearby(model, Wish(LAT, LON, stay=a_stay()), NOW).rendered(Datum.WGS84)[1]
    fuller = model.with_windows({"school": [a_window(taken=39)]}, NOW)
    assert told(fuller, stay=a_stay())["school"]["shared"]["left"] == 1
    assert nearby(fuller, Wish(LAT, LON, stay=a_stay()), NOW).rendered(Datum.WGS84)[1] != tag
    assert "school" not in told(fuller.with_windows({"school": ()}, NOW), stay=a_stay())
    assert told(model, stay=a_stay())["school"]["shared"]["left"] == 30
    # A lot whose card is not read yet keeps its windows for then; a lot that goes takes them along.
    early = model.with_windows({"new": [a_window("new", 9)]}, NOW)
    late = early.with_lots({"new": a_card("new", access=Access.STAFF)}, (), {}, NOW)
    assert {"school", "new"} <= set(told(late, stay=a_stay()))
    assert "school" not in told(late.with_lots({}, {"school"}, {}, NOW), stay=a_stay())


def test_a_lots_own_page_tells_its_windows_that_are_not_over():
    over = a_window(number=7, from_at=NOW - 3 * HOUR, until_at=NOW)
    model = a_school([over, a_window()])
    assert windows_of(model, NOW) == [("w1", 30)]
    view = alone(model, "school", a_stay(), NOW)
    assert view.share is not None
    assert (view.share.only, view.share.left) == (True, 30)
    assert alone(model, "school", a_stay(NOW), NOW).share is None
    by_name = page(model, PageWish(text="school", stay=a_stay()), NOW).answer.views()
    assert [(each.card.id, each.share.left) for each in by_name] == [("school", 30)]
    assert page(model, PageWish(text="school"), NOW).answer.rows == []


@pytest.mark.parametrize("minutes", [0, 1])
def test_a_clock_at_the_edge_of_a_window_is_on_one_side_of_it(minutes):
    at = MORNING - timedelta(minutes=minutes)
    model = a_school(now=MORNING - HOUR).swept(at)
    assert ("school" in told(model, at)) is bool(minutes)
    assert windows_of(model, at) == ([("w1", 30)] if minutes else [])
