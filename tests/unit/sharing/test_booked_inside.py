"""A vehicle that is inside already stands there by its booking, once; and nobody learns of it by booking."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from parking.kernel.vocabulary import Direction
from parking.sharing.errors.bookings import NoSpaceGiven
from parking.sharing.models import PlateSuspension, WindowUse
from parking.sharing.rules.bookings import BookingState
from parking.sharing.service import bookings, overstays
from tests.factories.bookings import HOUR, NETWORK, a_booking, miscounted, noticed, stored, taken, void
from tests.factories.city import NOW
from tests.unit.sharing.conftest import MINUTE, OTHER


def seen(session, mine, now):
    """What the holder of the code is told."""
    return bookings.look_up(session, mine.id, mine.code, NETWORK, now)


@pytest.mark.parametrize("is_booked_first", [True, False])
def test_who_was_inside_before_stands_there_by_the_booking_and_counts_once(
    session, keys, window, passes_by, is_booked_first
) -> None:
    begins = NOW + HOUR
    if is_booked_first:
        mine = a_booking(session, keys, window, from_at=begins)
    passes_by(NOW + MINUTE)
    if not is_booked_first:
        mine = a_booking(session, keys, window, from_at=begins, now=NOW + 2 * MINUTE)
    with pytest.raises(NoSpaceGiven):
        a_booking(session, keys, window, from_at=begins, now=NOW + 3 * MINUTE)
    overstays.give_up(session, mine.id, begins + 29 * MINUTE)
    assert taken(session, window) == 2
    overstays.give_up(session, mine.id, begins + 30 * MINUTE)
    row = stored(session, mine.id)
    assert (row.state, row.entered_at, taken(session, window)) == ("inside", NOW + MINUTE, 1)
    end = begins + 2 * HOUR
    assert overstays.remind(session, mine.id, end - 20 * MINUTE) == 30
    assert overstays.mark_overstay(session, mine.id, end + 16 * MINUTE)
    passes_by(end + 61 * MINUTE, Direction.EXIT)
    row = stored(session, mine.id)
    assert (row.state, row.overstay_minutes, taken(session, window)) == ("left", 61, 0)
    assert noticed(session) == ["booking_reminded", "booking_overstayed"]
    assert [use.booking_id for use in session.scalars(select(WindowUse))] == [mine.id]
    assert not miscounted(session)


def test_who_books_a_plate_learns_nothing_of_where_it_is(session, keys, window, passes_by) -> None:
    window.quota = 4
    passes_by(NOW + MINUTE)
    now = NOW + 2 * MINUTE
    inside, away = (a_booking(session, keys, window, each, now=now) for each in ("苏F12345", OTHER))
    assert taken(session, window) == 3
    ours = [seen(session, each, now + 29 * MINUTE) for each in (inside, away)]
    assert {(each.state, each.entered_at, each.may_cancel) for each in ours} == {
        (BookingState.BOOKED, None, True)
    }
    late = now + 30 * MINUTE
    # What is left of the window goes the same way for both.
    for each, counted in ((inside, 2), (away, 1)):
        overstays.give_up(session, each.id, late)
        assert taken(session, window) == counted
    passes_by(late + MINUTE, Direction.EXIT)
    told = seen(session, inside, late + MINUTE)
    assert (told.state, told.entered_at, told.fee_fen) == (BookingState.LEFT, None, None)


@pytest.mark.parametrize(("minutes", "state"), [(50, "booked"), (65, "left")])
def test_who_leaves_before_the_booking_begins_may_come_back(
    session, keys, window, passes_by, minutes, state
) -> None:
    passes_by(NOW + MINUTE)
    mine = a_booking(session, keys, window, from_at=NOW + HOUR, now=NOW + 2 * MINUTE)
    out = passes_by(NOW + minutes * MINUTE, Direction.EXIT)
    assert (stored(session, mine.id).state, taken(session, window)) == (state, int(state == "booked"))
    void(session, out, keys, NOW + 66 * MINUTE)
    overstays.give_up(session, mine.id, NOW + 90 * MINUTE)
    assert stored(session, mine.id).state == "inside" and not miscounted(session)


def test_whoever_books_while_inside_can_be_suspended(session, keys, window, passes_by) -> None:
    for number in range(2):
        begins = NOW + 4 * number * HOUR
        passes_by(begins)
        mine = a_booking(session, keys, window, from_at=begins + MINUTE, now=begins + MINUTE)
        passes_by(begins + 3 * HOUR, Direction.EXIT)
        assert stored(session, mine.id).overstay_minutes == 59
    assert len(session.scalars(select(PlateSuspension)).all()) == 1


def test_a_visit_that_was_none_leaves_the_booking_to_be_met(session, keys, window, passes_by) -> None:
    came = passes_by(NOW + MINUTE)
    mine = a_booking(session, keys, window, from_at=NOW + HOUR, now=NOW + 2 * MINUTE)
    void(session, came, keys, NOW + 3 * MINUTE)
    assert taken(session, window) == 1
    overstays.give_up(session, mine.id, NOW + 90 * MINUTE)
    assert (stored(session, mine.id).state, taken(session, window)) == ("no_show", 0)


def test_who_cancels_after_driving_in_stands_there_without_a_booking(
    session, keys, window, passes_by
) -> None:
    mine = a_booking(session, keys, window)
    now = NOW + MINUTE
    bookings.cancel(session, mine.id, mine.code, NETWORK, now)
    passes_by(now - timedelta(seconds=3), now=now + MINUTE)
    (use,) = session.scalars(select(WindowUse)).all()
    assert (use.booking_id, use.is_counted, taken(session, window)) == (None, True, 1)
    assert stored(session, mine.id).state == "cancelled"
    passes_by(window.until_at + HOUR, Direction.EXIT)
    assert use.overstay_minutes == 60 and taken(session, window) == 0


def test_who_booked_anew_before_the_gate_told_stands_there_by_the_new_booking(
    session, keys, window, passes_by
) -> None:
    first = a_booking(session, keys, window)
    overstays.give_up(session, first.id, NOW + 30 * MINUTE)
    now = NOW + 32 * MINUTE
    second = a_booking(session, keys, window, from_at=NOW + HOUR, now=now)
    passes_by(NOW + 20 * MINUTE, now=now + MINUTE)
    overstays.give_up(session, second.id, NOW + 90 * MINUTE)
    states = [stored(session, each.id).state for each in (first, second)]
    assert states == ["no_show", "inside"] and taken(session, window) == 1 and not miscounted(session)
