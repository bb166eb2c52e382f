"""What the gate tells, what time brings and what the owner takes back is what a booking becomes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import sessionmaker

from parking.audit.models import AuditEntry
from parking.kernel.db.outbox import OutboxMessage
from parking.kernel.vocabulary import Direction
from parking.plates.rules import read_plate
from parking.sharing.errors.bookings import (
    NoSpaceGiven,
    TooLate,
)
from parking.sharing.jobs import jobs
from parking.sharing.models import Agreement, Pass, PlateSuspension, WindowUse
from parking.sharing.queries.bookings import leftovers
from parking.sharing.queries.passes import allow_list
from parking.sharing.queries.pricing import LentStay, lent_entry
from parking.sharing.rules.bookings import BookingState
from parking.sharing.rules.windows import ClosedFor
from parking.sharing.service import bookings, overstays
from parking.sharing.service.moves import Moved, hold_to_close, move_bookings, moved_counts
from parking.sharing.service.telling import booking_channel
from parking.visits.models import Visit
from parking.visits.queries.dues import fee_due
from parking.visits.service.pairing import pair_passages
from tests.factories.bookings import (
    HOUR,
    NETWORK,
    a_booking,
    a_window,
    miscounted,
    noticed,
    stored,
    taken,
    void,
)
from tests.factories.city import NOW
from tests.factories.lookup import SetClock
from tests.factories.lots import a_lot
from tests.factories.passages import a_passage
from tests.factories.tariffs import a_tariff, hourly

PLATE, OTHER = "苏F12345", "沪A98765"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_who_comes_and_leaves_in_time_pays_the_stay_and_frees_the_space(
    session, keys, window, passes_by
) -> None:
    a_tariff(session, [window.lot_id], hourly(hour_fen=300, free_minutes=0))
    mine = a_booking(session, keys, window)
    passes_by(NOW)
    row = stored(session, mine.id)
    assert (row.state, row.entered_at, taken(session, window)) == ("inside", NOW, 1)
    with pytest.raises(TooLate):
        bookings.cancel(session, mine.id, mine.code, NETWORK, NOW)
    assert session.scalars(select(Visit.stay)).all() == ["shared"]
    # Within the grace: no overstay, and the fee is that of the whole stay.
    passes_by(NOW + 2 * HOUR + 10 * MINUTE, Direction.EXIT)
    row = stored(session, mine.id)
    assert (row.state, row.overstay_minutes, row.fee_fen, row.overstay_fen) == ("left", 0, 900, 0)
    assert row.plate_sealed is None and row.phone_sealed is not None
    assert taken(session, window) == 0 and not miscounted(session)
    over = session.scalars(select(Pass)).one()
    assert over.withdrawn_at is not None or over.until_at <= NOW + 3 * HOUR
    assert overstays.forget_phones(session, row.closed_at + DAY) == 1


def test_an_overstay_is_told_priced_and_in_the_end_keeps_from_booking(
    session, keys, window, passes_by
) -> None:
    a_tariff(session, [window.lot_id], hourly(hour_fen=300, free_minutes=0))
    for number in range(2):
        begins = NOW + 4 * number * HOUR
        mine = a_booking(session, keys, window, from_at=begins, now=begins)
        passes_by(begins)
        end = begins + 2 * HOUR
        assert [overstays.remind(session, mine.id, end - each * MINUTE) for each in (31, 30, 25, 10, 5)] == [
            None, 30, None, 10, None,
        ]  # fmt: skip
        assert not overstays.mark_overstay(session, mine.id, end + 15 * MINUTE)
        assert overstays.mark_overstay(session, mine.id, end + 16 * MINUTE)
        passes_by(end + 61 * MINUTE, Direction.EXIT)
        row = stored(session, mine.id)
        assert (row.state, row.overstay_minutes) == ("left", 61)
        assert (row.fee_fen, row.overstay_fen) == (1200, 600)
    assert noticed(session) == [*["booking_reminded"] * 2, "booking_overstayed"] * 2 + ["booking_suspended"]
    left_at = NOW + 7 * HOUR + 2 * MINUTE
    with pytest.raises(NoSpaceGiven):
        a_booking(session, keys, window, from_at=left_at, now=left_at)
    a_booking(session, keys, a_window(session, from_at=NOW + 31 * DAY), now=NOW + 31 * DAY)


@pytest.mark.parametrize("taken_back", ["exit", "entry", "visit", "first"])
def test_a_suspension_falls_with_the_overstay_that_it_rests_on(
    session, keys, window, passes_by, taken_back
) -> None:
    told = []
    for begins in (NOW, NOW + 4 * HOUR):
        mine = a_booking(session, keys, window, from_at=begins, now=begins)
        told.append((passes_by(begins), passes_by(begins + 3 * HOUR, Direction.EXIT)))
    now = NOW + 8 * HOUR
    with pytest.raises(NoSpaceGiven):
        a_booking(session, keys, window, from_at=now, now=now)
    # The gate's clock was wrong: it left in time; or nobody passed at all.
    first, last = told
    for each in {"exit": last[1:], "entry": last[:1], "visit": last, "first": first}[taken_back]:
        void(session, each, keys, now)
    if taken_back == "exit":
        passes_by(NOW + 6 * HOUR, Direction.EXIT, now=now)
    assert session.scalars(select(PlateSuspension)).all() == []
    lifted = select(AuditEntry.details).where(AuditEntry.action == "booking:suspension_lifted")
    assert [each["overstays"] for each in session.scalars(lifted)] == [1]
    assert noticed(session)[-1] == "booking_suspension_lifted"
    assert a_booking(session, keys, window, from_at=now, now=now) != mine


def test_a_suspension_stays_while_enough_overstays_are_left(session, keys, window, passes_by) -> None:
    for number in range(2):
        begins = NOW + 4 * number * HOUR
        a_booking(session, keys, window, from_at=begins, now=begins)
        passes_by(begins)
        out = passes_by(begins + 3 * HOUR, Direction.EXIT)
    void(session, out, keys, NOW + 8 * HOUR)
    passes_by(NOW + 6 * HOUR + 20 * MINUTE, Direction.EXIT, now=NOW + 8 * HOUR)
    (kept,) = session.scalars(select(PlateSuspension)).all()
    assert len(kept.booking_ids) == kept.overstays == 2


def test_a_booked_stay_costs_what_its_agreement_says_at_every_till(session, keys, passes_by, window) -> None:
    a_tariff(session, [window.lot_id], hourly(hour_fen=300, free_minutes=0))
    agreement = session.get_one(Agreement, window.agreement_id)
    agreement.tariff_id = a_tariff(session, [], hourly(hour_fen=100, free_minutes=0))
    mine = a_booking(session, keys, window)
    passes_by(NOW)
    passes_by(NOW + 2 * HOUR, Direction.EXIT)
    row = stored(session, mine.id)
    assert row.fee_fen == fee_due(session, row.visit_id, NOW + 2 * HOUR).fee_fen == 200
    # A stay that is only tried is priced as a stranger's would be who entered then.
    assert lent_entry(session, window.lot_id, NOW) == LentStay(agreement.tariff_id)
    assert lent_entry(session, window.lot_id, NOW - MINUTE) is None


def test_who_does_not_come_loses_the_space_and_who_was_told_late_keeps_the_booking(
    session, keys, window, passes_by
) -> None:
    mine = a_booking(session, keys, window)
    late = NOW + 30 * MINUTE
    assert not overstays.to_give_up(session, late - MINUTE)
    assert overstays.to_give_up(session, late) == [mine.id]
    overstays.give_up(session, mine.id, late)
    assert (stored(session, mine.id).state, taken(session, window)) == ("no_show", 0)
    passes_by(NOW + 20 * MINUTE, now=late + 20 * MINUTE)
    assert (stored(session, mine.id).state, taken(session, window)) == ("inside", 1)
    assert not miscounted(session)


def test_a_passage_that_is_voided_leaves_the_booking_as_it_was(session, keys, window, passes_by) -> None:
    mine = a_booking(session, keys, window)
    row = passes_by(NOW + MINUTE)
    void(session, row, keys, NOW + 2 * MINUTE)
    assert (stored(session, mine.id).state, taken(session, window)) == ("booked", 1)
    assert session.scalars(select(WindowUse)).all() == []
    passes_by(NOW + 3 * MINUTE)
    out = passes_by(NOW + 30 * MINUTE, Direction.EXIT)
    assert stored(session, mine.id).state == "left"
    void(session, out, keys, NOW + 31 * MINUTE)
    assert (stored(session, mine.id).state, taken(session, window)) == ("inside", 1)
    assert not miscounted(session)


def test_a_stranger_without_a_booking_takes_a_space_and_never_a_booked_one(
    session, keys, window, passes_by
) -> None:
    a_booking(session, keys, window)
    passes_by(NOW + MINUTE, plate=OTHER)
    assert taken(session, window) == 2
    passes_by(NOW + 2 * MINUTE, plate="京A12345")
    passes_by(NOW + 3 * MINUTE, plate="京A11111", stay="monthly")
    assert taken(session, window) == 2
    uses = session.scalars(select(WindowUse).order_by(WindowUse.entered_at)).all()
    assert [each.is_counted for each in uses] == [True, False]
    (expected,) = leftovers(session, NOW + 3 * MINUTE, DAY)
    assert (expected.booked, expected.unannounced, expected.expected) == (0, 2, 1)
    passes_by(window.until_at + HOUR, Direction.EXIT, plate=OTHER)
    assert taken(session, window) == 1 and uses[0].overstay_minutes == 60
    assert not miscounted(session)


def test_the_bookings_of_a_window_that_is_taken_back_move_near_or_end_and_are_told(session, keys) -> None:
    full = a_window(session, quota=2)
    near = a_window(session, quota=1, lat=32.0625)
    a_window(session, quota=5, lat=32.09)
    first = a_booking(session, keys, full)
    second = a_booking(session, keys, full, OTHER, now=NOW + MINUTE, phone=None)
    held = hold_to_close(session, [full.id], NOW)
    full.state, full.closed_for = "withdrawn", "suspended"
    moved = move_bookings(session, full, held.near, NOW)
    assert moved == [Moved(first.id, near.id, is_told=True), Moved(second.id, None, is_told=False)]
    assert moved_counts(moved) == {"moved": 1, "cancelled": 1, "untold": 1}
    seen = bookings.look_up(session, first.id, first.code, NETWORK, NOW)
    assert (seen.lot_id, seen.moved_from, seen.state) == (near.lot_id, full.id, BookingState.BOOKED)
    ended = bookings.look_up(session, second.id, second.code, NETWORK, NOW)
    assert ended.state is BookingState.WITHDRAWN
    assert seen.closed_for is ended.closed_for is ClosedFor.SUSPENDED
    assert noticed(session) == ["booking_moved"]
    assert [each.withdrawn for each in allow_list(session, full.lot_id, 0, 10, NOW).entries] == []
    (let_in,) = allow_list(session, near.lot_id, 0, 10, NOW).entries
    assert keys.open(let_in.plate_sealed) == PLATE
    assert (taken(session, full), taken(session, near)) == (0, 1) and not miscounted(session)


def test_a_notice_reaches_the_phone_and_nobody_reads_it_in_between(session, keys, window) -> None:
    mine = a_booking(session, keys, window, phone="+86 138 0000 0000")
    session.flush()
    (row,) = session.execute(text("select * from bookings")).all()
    assert "13800000000" not in repr(row)
    sent = []

    class Channel:
        def send(self, notice) -> None:
            sent.append(notice)

    overstays.give_up(session, mine.id, NOW + HOUR)
    (message,) = session.scalars(select(OutboxMessage)).all()
    assert "13800000000" not in repr(message.payload)
    own = sessionmaker(bind=session.connection(), join_transaction_mode="create_savepoint")
    send = booking_channel(own, keys, Channel(), lambda words, values: words % values if values else words)
    send({**message.payload, "outbox_id": 1})
    (notice,) = sent
    assert notice.phone == "+8613800000000" and "11-20 10:00" in notice.text
    overstays.forget_phones(session, NOW + 2 * DAY)
    send({**message.payload, "outbox_id": 1})
    assert len(sent) == 1


def test_customers_of_an_open_lot_use_no_window(session, keys, passes_by) -> None:
    public = a_window(session, a_lot(session).id)
    known = keys.hash(read_plate(PLATE), NOW)
    row = a_passage(session, public.lot_id, NOW, plate=PLATE, plate_month=known.month, plate_hash=known.value)
    pair_passages(session, [(row.source, row.event_id)], keys, NOW)
    assert taken(session, public) == 0


def test_the_worker_does_by_itself_what_time_brings(session, keys, window, passes_by) -> None:
    clock = SetClock(NOW)
    own = sessionmaker(bind=session.connection(), join_transaction_mode="create_savepoint")
    work = {job.name: job.run for job in jobs(own, clock)}
    comes, stays_away = a_booking(session, keys, window), a_booking(session, keys, window, OTHER)
    passes_by(NOW)
    for minutes in (31, 95, 111, 125, 136):
        clock.at = NOW + minutes * MINUTE
        for name in ("give_up_bookings", "remind_bookings", "mark_overstays", "forget_bookings"):
            work[name]()
    assert noticed(session) == ["booking_given_up", *["booking_reminded"] * 2, "booking_overstayed"]
    assert [stored(session, each.id).state for each in (comes, stays_away)] == ["overstayed", "no_show"]
    clock.at = NOW + 3 * DAY
    work["forget_bookings"]()
    assert stored(session, stays_away.id).phone_sealed is None
