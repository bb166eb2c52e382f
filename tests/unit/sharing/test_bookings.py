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
    BookingUnknown,
    NoSpaceGiven,
    WindowClosed,
)
from parking.sharing.queries.keys import months_needed
from parking.sharing.queries.passes import allow_list
from parking.sharing.rules.bookings import BookingAsk, BookingState
from parking.sharing.service import bookings
from parking.sharing.service.attempts import forget_attempts
from parking.sharing.service.booked_together import Booked, Wanted, book_together, make_ready
from tests.factories.bookings import HOUR, NETWORK, a_booking, a_window, booked, miscounted, taken
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
            booked(session, keys, BookingAsk(unknown, NOW, NOW + HOUR, PLATE), NOW)


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


def test_no_stranger_locks_an_owner_out_and_a_hunt_has_one_guess_of_each_network(
    session, keys, window
) -> None:
    mine = a_booking(session, keys, window)

    def guess(network: str) -> None:
        with pytest.raises(BookingUnknown):
            bookings.look_up(session, mine.id, "K7M4-9QXT", network, NOW)

    for number in range(100):
        guess(f"network {number % 10}")
    guess("one more")
    for spent in ("one more", "network 3"):
        with pytest.raises(BookingAttemptsExceeded):
            bookings.look_up(session, mine.id, mine.code, spent, NOW)
    assert bookings.cancel(session, mine.id, mine.code, NETWORK, NOW).state is BookingState.CANCELLED


def answers(session, ready: list[Wanted]) -> list[str]:
    told = [answer() for answer in book_together(session, ready)]
    return ["booked" if isinstance(each, Booked) else each.code for each in told]


def test_a_network_books_so_often_an_hour(session, keys) -> None:
    window = a_window(session, quota=100)

    def told(numbers: range, network: str | None = NETWORK, now=NOW) -> list[str]:
        span = NOW + 2 * HOUR, NOW + 3 * HOUR
        asks = [BookingAsk(window.id, *span, f"苏F{10_000 + each}") for each in numbers]
        return answers(session, [make_ready(keys, each, now, network) for each in asks])

    assert told(range(59)) == ["booked"] * 59
    passes = allow_list(session, window.lot_id, 0, 100, NOW).entries
    assert [each.seq for each in passes] == list(range(1, 60))
    assert told(range(59, 62)) == ["booked", "bookings_too_many", "bookings_too_many"]
    assert told(range(62, 63), "elsewhere") == told(range(63, 64), None) == ["booked"]
    assert told(range(64, 65)) == ["bookings_too_many"]
    assert told(range(64, 65), now=NOW + HOUR) == ["booked"]
    # Who is refused for another reason asked all the same.
    assert told(range(65, 66), now=NOW + 4 * HOUR) == ["booking_refused"]
    rows = session.execute(text("select key, times from booking_attempts order by key")).all()
    assert rows == [("books:elsewhere", 1), (f"books:{NETWORK}", 1)]
    forget_attempts(session, NOW + 9 * HOUR)
    assert not session.execute(text("select from booking_attempts")).all()


def test_those_who_ask_together_are_answered_as_if_each_came_alone(session, keys, window) -> None:
    other = a_window(session, quota=1)
    asks = [
        BookingAsk(each.id, NOW, NOW + hours * HOUR, plate)
        for each, hours, plate in (
            (window, 2, "京A12345"),
            (window, 2, "not a plate"),
            (window, 13, "京A12346"),
            (other, 2, OTHER),
            (window, 2, OTHER),
            (other, 2, PLATE),
            (window, 2, PLATE),
            (window, 2, "京A12347"),
        )
    ]
    ready = [make_ready(keys, each, NOW) for each in asks]
    told = answers(session, ready)
    # The vehicle that found no space at the one window got one at the other, in its turn.
    assert told == [
        *("booked", "booking_refused", "booking_refused", "booked", "no_space_given", "no_space_given"),
        *("booked", "no_space_given"),
    ]
    assert (taken(session, window), taken(session, other), miscounted(session)) == (2, 1, [])
    changes = allow_list(session, window.lot_id, 0, 10, NOW)
    assert [each.seq for each in changes.entries] == [1, 2] and changes.seq == 2
    # The commit was lost on the way, and all of them come again.
    assert answers(session, ready) == told
    assert (taken(session, window), taken(session, other), miscounted(session)) == (2, 1, [])
