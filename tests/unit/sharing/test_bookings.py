"""A space is given once, a vehicle has one booking, and what the gate tells is what the booking becomes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from parking.kernel.actors import CLI
from parking.plates.service import destroy_keys
from parking.sharing.errors.bookings import (
    BookingAttemptsExceeded,
    BookingRefused,
    BookingsTooMany,
    BookingUnknown,
    NoSpaceGiven,
    WindowClosed,
)
from parking.sharing.queries import allow_list, months_needed
from parking.sharing.rules.bookings import BookingAsk, BookingState
from parking.sharing.service import bookings
from tests.factories.bookings import HOUR, NETWORK, a_booking, a_window, miscounted, taken
from tests.factories.city import NOW

PLATE, OTHER = "苏F12345", "沪A98765"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_a_window_gives_its_spaces_and_no_more_and_the_gate_is_told(session, keys, window) -> None:
    first = a_booking(session, keys, window)
    a_booking(session, keys, window, OTHER)
    with pytest.raises(NoSpaceGiven):
        a_booking(session, keys, window, "京A12345")
    assert taken(session, window) == window.quota == 2
    told = allow_list(session, window.lot_id, 0, 10, NOW)
    assert {keys.open(each.plate_sealed) for each in told.entries} == {PLATE, OTHER}
    given_up = bookings.cancel(session, first.id, first.code, NETWORK, NOW)
    assert given_up.state is BookingState.CANCELLED and given_up.plate_masked is None
    bookings.cancel(session, first.id, first.code, NETWORK, NOW)
    (gone,) = allow_list(session, window.lot_id, told.seq, 10, NOW).entries
    assert gone.withdrawn and gone.plate_sealed is None
    assert a_booking(session, keys, window, "京A12345").view.state is BookingState.BOOKED
    assert not miscounted(session)


def test_a_plate_with_a_booking_hears_what_everybody_hears_at_a_full_window(session, keys, window) -> None:
    a_booking(session, keys, window)
    with pytest.raises(NoSpaceGiven) as again:
        a_booking(session, keys, a_window(session), from_at=NOW + 5 * HOUR)
    a_booking(session, keys, window, OTHER)
    with pytest.raises(NoSpaceGiven) as full:
        a_booking(session, keys, window, "京A12345")
    assert (again.value.code, again.value.sentence) == (full.value.code, full.value.sentence)


def test_a_plate_keeps_its_booking_when_a_month_ends(session, keys, window) -> None:
    later = a_window(session, from_at=NOW + 11 * DAY)
    a_booking(session, keys, later)
    with pytest.raises(NoSpaceGiven):
        a_booking(session, keys, later, from_at=later.from_at + 6 * HOUR, now=NOW + 11 * DAY)
    month = NOW.date().replace(day=1)
    assert month in months_needed(session, NOW + 11 * DAY)
    kept = destroy_keys(session, CLI, (NOW + 40 * DAY).date(), months_needed(session, NOW), NOW)
    assert month not in kept


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"plate": "无牌车"}, {"plate"}),
        ({"plate": "12345"}, {"plate"}),
        ({"phone": "call me"}, {"phone"}),
        ({"from_at": NOW - HOUR}, {"from"}),
        ({"from_at": NOW + 11 * HOUR}, {"until"}),
        ({"from_at": NOW + 12 * HOUR}, {"until"}),
        ({"from_at": NOW + 30 * DAY}, {"from", "until"}),
        ({"hours": 0}, {"until"}),
        ({"hours": -3}, {"until"}),
        ({"hours": 0.1}, {"until"}),
        ({"from_at": NOW - 3 * HOUR}, {"until"}),
    ],
)
def test_what_cannot_be_booked_is_refused_by_its_field_without_the_plate(
    session, keys, window, wrong, fields
) -> None:
    with pytest.raises(BookingRefused) as refused:
        a_booking(session, keys, window, **wrong)
    assert {each.field for each in refused.value.problems} == fields
    assert PLATE not in f"{refused.value!r} {refused.value.problems!r}"
    assert taken(session, window) == 0


def test_a_window_is_booked_to_its_very_edges_and_not_when_it_is_over(session, keys, window) -> None:
    a_booking(session, keys, window, hours=12)
    at_the_end = window.until_at - 30 * MINUTE
    a_booking(session, keys, window, OTHER, from_at=at_the_end, hours=0.5, now=at_the_end)
    for now in (window.until_at, window.until_at + MINUTE):
        with pytest.raises(WindowClosed):
            a_booking(session, keys, window, "京A12345", now=now)
    for unknown in ("nothing", ""):
        with pytest.raises(WindowClosed):
            bookings.book(session, keys, BookingAsk(unknown, NOW, NOW + HOUR, PLATE), NOW)


def test_only_number_and_code_together_lead_to_a_booking_and_guesses_end(session, keys, window) -> None:
    mine, other = a_booking(session, keys, window), a_booking(session, keys, window, OTHER)
    seen = bookings.look_up(session, mine.id, mine.code.lower().replace("-", " "), NETWORK, NOW)
    assert seen.plate_masked == "苏F·1**45"
    for booking_id, code in ((mine.id, other.code), ("none", mine.code), (mine.id, "")):
        with pytest.raises(BookingUnknown):
            bookings.look_up(session, booking_id, code, NETWORK, NOW)
    for _ in range(7):
        with pytest.raises(BookingUnknown):
            bookings.cancel(session, mine.id, "K7M4-9QXT", NETWORK, NOW)
    with pytest.raises(BookingAttemptsExceeded):
        bookings.look_up(session, mine.id, mine.code, NETWORK, NOW)
    assert bookings.look_up(session, mine.id, mine.code, "elsewhere", NOW).id == mine.id
    assert bookings.look_up(session, mine.id, mine.code, NETWORK, NOW + HOUR).id == mine.id
    for_ever = session.execute(text("select * from bookings")).all()
    assert mine.code not in repr(for_ever) and "12345" not in repr(for_ever)


def test_a_network_books_so_often_an_hour(session, keys) -> None:
    for _ in range(60):
        bookings.count_booking(session, NETWORK, NOW)
    with pytest.raises(BookingsTooMany):
        bookings.count_booking(session, NETWORK, NOW)
    bookings.count_booking(session, NETWORK, NOW + HOUR)
    bookings.forget_attempts(session, NOW + 3 * HOUR)
