"""What is offered of lots and windows is what looking at every one of them by itself would find."""

from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from parking.kernel.geo import distance_m
from parking.kernel.vocabulary import CAR_CLASSES, Access, SpaceClass
from parking.lookup.queries import Model, PlannedStay, Wish, nearby
from parking.lookup.rules import PUBLIC_MASK, Sort
from tests.factories.lookup import LAT, LON, NOW, a_book, a_card, a_model, a_view, hourly
from tests.unit.lookup.lending import HOUR, OFFICE, a_window

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
