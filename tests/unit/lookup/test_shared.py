"""Lots and shared windows in one answer: the same as looking at every lot and window by itself."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.kernel.geo import distance_m
from parking.kernel.vocabulary import Access, Datum, SpaceClass
from parking.lookup.queries import Model, PageWish, PlannedStay, Window, Wish, nearby, page
from parking.lookup.queries.pages import alone
from parking.lookup.rules import CAR_CLASSES, PUBLIC_MASK, Sort
from parking.tariffs.rules.document import read
from parking.tariffs.rules.versions import InForce
from tests.factories.lookup import LAT, LON, NOW, a_book, a_card, a_model, a_view, hourly

HOUR = timedelta(hours=1)
# From 19:00 on Friday to 07:30 on Saturday in the city.
EVENING, MORNING = NOW + 9 * HOUR, NOW + 21.5 * HOUR
OFFICE = "Mo-Fr 07:30-19:00"


def a_window(lot_id: str = "school", number: int = 1, **told) -> Window:
    """40 general spaces from 19:00 to 07:30, 10 of them taken."""
    usual = {"space_class": SpaceClass.GENERAL, "from_at": EVENING, "until_at": MORNING}
    return Window(f"w{number}", "agreement", lot_id, **{**usual, "spaces": 40, "taken": 10, **told})


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


CLASSES = (SpaceClass.GENERAL, SpaceClass.MECHANICAL, SpaceClass.CHARGING)
HOURS = (None, "24/7", OFFICE, "Mo-Su 06:00-22:00", "Mo-Fr 12:00-13:00,18:00-23:00")
STEPS = range(0, 30, 3)


def _lending_lot(chance: random.Random, lot_id: str):
    spaces = {
        each: (50, chance.choice([None, Access.STAFF, Access.PUBLIC]))
        for each in chance.sample(CLASSES, chance.randint(1, 2))
    }
    place = LAT + chance.uniform(-0.01, 0.01), LON + chance.uniform(-0.01, 0.01)
    access, hours = chance.choice([Access.PUBLIC, Access.STAFF]), chance.choice(HOURS)
    card = a_card(lot_id, *place, spaces=spaces, access=access, opening_hours=hours)
    views = [
        a_view(lot_id, chance.choice([0, 1, 20]), space_class=each, age_s=chance.choice([0, 5000]))
        for each in spaces
        if chance.random() < 0.7
    ]
    windows = []
    for number in range(chance.randint(0, 4)):
        begins = NOW + chance.choice(STEPS) * HOUR - 6 * HOUR
        windows.append(
            a_window(
                lot_id,
                f"{lot_id}-{number}",
                space_class=chance.choice(list(spaces)),
                from_at=begins,
                until_at=begins + chance.choice([3, 6, 12]) * HOUR,
                taken=chance.choice([0, 39, 40]),
                tariff_id=chance.choice([None, "own"]),
            )
        )
    return card, views, windows


def _by_hand(model: Model, card, windows, wish: Wish):
    """(what is free, by which window alone, fee in fen, from when closed, sort key), looked at slowly."""
    counts = {count.space_class: (count.free, access) for count, access in model.entry(card.id).counts}
    wanted = CAR_CLASSES if wish.space_class is None else (wish.space_class,)
    from_at, until_at = wish.stay.arrive_at, wish.stay.leave_at
    own = [counts[each][0] for each in wanted if each in counts and counts[each][1] is Access.PUBLIC]
    known = [free for free in own if free is not None]
    offered = any(
        access is Access.PUBLIC for each, (_, access) in counts.items() if wish.space_class in (None, each)
    )
    # No text changes but at half an hour.
    minutes = range(0, wish.stay.minutes, 30)
    closed = next(
        (
            from_at + timedelta(minutes=minute)
            for minute in minutes
            if model.hours.is_open(card.opening_hours, from_at + timedelta(minutes=minute)) is False
        ),
        None,
    )
    fitting = []
    for window in windows:
        if window.space_class not in wanted or window.from_at > from_at or window.until_at < until_at:
            continue
        left = window.spaces - window.taken
        empty = counts[window.space_class][0]
        if window.from_at <= NOW < window.until_at and empty is not None:
            left = min(left, empty)
        fitting.append((-left, -window.until_at.timestamp(), window.from_at, window.id, window))
    free = sum(known) if known else None
    if fitting:
        left, *_, window = min(fitting)
        foreign = counts[window.space_class][1] is not Access.PUBLIC
        if not own or closed is not None or (foreign and free == 0 and -left > 0):
            fen = 100 if window.tariff_id else 300
            return -left, window.id, fen * wish.stay.minutes // 60, None, -left
    elif not offered:
        return None
    risk_free = (free if free is not None else "unknown") if own else 0
    return free, None, 300 * wish.stay.minutes // 60, closed, risk_free


@given(
    seed=st.integers(0, 2**32),
    hours=st.sampled_from([-1, 0, 3, 6, 10]),
    lasting=st.sampled_from([1, 2, 4, 7]),
    space_class=st.sampled_from([None, None, *CLASSES]),
    min_free=st.sampled_from([0, 0, 1]),
    sort=st.sampled_from(Sort),
)
def test_what_is_offered_is_what_looking_at_every_lot_and_window_would_find(
    seed, hours, lasting, space_class, min_free, sort
):
    chance = random.Random(seed)
    lots = [_lending_lot(chance, f"lot{number:02d}") for number in range(12)]
    cards = [card for card, _, _ in lots]
    windows = [window for _, _, each in lots for window in each]
    book = a_book({card.id: hourly(300) for card in cards}, {"own": hourly(100)})
    model = a_model(cards, [view for _, each, _ in lots for view in each], windows=windows, book=book)
    stay = PlannedStay(NOW + max(hours, 0) * HOUR, lasting * 60)
    wish = Wish(LAT, LON, 5_000, 100, sort, space_class, min_free, stay=stay, access_mask=PUBLIC_MASK)
    expected = {}
    for card, _, own in lots:
        found = _by_hand(model, card, own, wish)
        if found is None or (min_free and (found[0] or 0) < min_free):
            continue
        free, window_id, fen, closed, risk_free = found
        risk = 600 * (0.5 if risk_free == "unknown" else 1 / (1 + risk_free))
        metres = distance_m((LAT, LON), (card.lat, card.lon))
        shut = 0 if closed is None else 2 if closed == stay.arrive_at else 1
        told_free = -1 if risk_free == "unknown" else -2 if free is None else free
        key = {
            Sort.NEAR: (metres,),
            Sort.FREE: (-told_free, metres),
            Sort.BEST: (metres + risk + 1e6 * shut,),
            Sort.CHEAP: (shut, fen, metres + risk),
        }[sort]
        expected[card.id] = key, window_id, fen, closed, free
    answer = nearby(model, wish, NOW)
    views = answer.views()
    assert [view.card.id for view in views] == sorted(expected, key=lambda lot_id: expected[lot_id][0])
    for view in views:
        _, window_id, fen, closed, free = expected[view.card.id]
        through = view.share if view.share is not None and view.share.only else None
        assert (through.window.id if through else None) == window_id
        assert (view.fee.fee_fen, view.closed_from_at) == (fen, closed)
        if through:
            assert through.left == free


@pytest.mark.parametrize("minutes", [0, 1])
def test_a_clock_at_the_edge_of_a_window_is_on_one_side_of_it(minutes):
    at = MORNING - timedelta(minutes=minutes)
    model = a_school(now=MORNING - HOUR).swept(at)
    assert ("school" in told(model, at)) is bool(minutes)
    assert windows_of(model, at) == ([("w1", 30)] if minutes else [])
