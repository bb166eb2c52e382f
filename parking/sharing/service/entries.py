"""How does what passes the barriers become the use of a window, with a booking or without?

Visits are told anew whenever a fact comes, goes or changes; so is what is kept here of them. The same telling
twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.kernel.actors import SYSTEM
from parking.kernel.vocabulary import StayKind
from parking.sharing.models.bookings import Booking, WindowUse
from parking.sharing.models.windows import Window
from parking.sharing.queries.windows import open_to_strangers
from parking.sharing.rules.bookings import (
    STANDING,
    BookingState,
    bill,
    matches,
    overstay_minutes,
)
from parking.sharing.service import spaces
from parking.sharing.service.meeting import foresee, forget_visit, meet_at_exit
from parking.sharing.service.overstays import lift_unearned, suspend_if_repeated
from parking.sharing.service.passes import end_pass
from parking.sharing.service.stays import AWAITED, StayTold, windows_of
from parking.tariffs import queries as tariffs
from parking.tariffs.rules.errors import StayRefused


def record_stays(session: Session, told: Sequence[StayTold], gone: Collection[str], now: datetime) -> None:
    """Bring the uses of windows up to what is known of these visits; `gone` ones were none."""
    spaces.hold(session, windows_of(session, told, gone))
    for visit_id in sorted(gone):
        unrecord(session, visit_id, now)
    for stay in sorted(told, key=lambda each: (each.entered_at, each.visit_id)):
        record_entry(session, stay, now)
        if stay.is_over:
            record_exit(session, stay, now)


def record_entry(session: Session, stay: StayTold, now: datetime) -> None:
    """A vehicle entered: it used its booking, else, if a stranger's, a space of a window that is open."""
    use = session.get(WindowUse, stay.visit_id, populate_existing=True)
    if use is not None:
        use.entered_at = stay.entered_at
        if use.is_over and not stay.is_over:
            _reopen(session, use, stay, now)
        return
    booked = _booking_of(session, stay)
    if booked is not None:
        _enter(session, booked, stay)
    elif stay.priced.kind is StayKind.CASUAL or _was_booked(session, stay):
        _walk_in(session, stay)


def record_exit(session: Session, stay: StayTold, now: datetime) -> None:
    """A vehicle left; its space is free, the overstay counted and priced."""
    use = session.get(WindowUse, stay.visit_id, populate_existing=True)
    if use is None or (use.is_over and use.left_at == stay.left_at):
        return
    if use.booking_id is None and not use.is_over:
        meet_at_exit(session, stay, use)
    if use.booking_id is not None:
        booking, window = spaces.locked_booking(session, use.booking_id)
        use.overstay_minutes = _leave(session, booking, window, stay, now)
    else:
        locked = spaces.locked_window(session, use.window_id)
        if locked is None:
            raise AssertionError("a use has its window")
        if use.is_counted:
            spaces.give_back(session, locked)
        grace = spaces.agreement_of(session, locked).grace_minutes
        use.overstay_minutes = overstay_minutes(locked.until_at, stay.left_at, grace) if stay.left_at else 0
    use.left_at, use.is_over, use.is_counted = stay.left_at, True, False
    session.flush()


def unrecord(session: Session, visit_id: str, now: datetime) -> None:
    """No passage speaks for a visit any more: it used nothing, and its booking stands as before."""
    use = session.get(WindowUse, visit_id, populate_existing=True)
    if use is None:
        return
    if use.booking_id is not None:
        booking, window = spaces.locked_booking(session, use.booking_id)
        booking.visit_id = booking.entered_at = booking.left_at = booking.overstayed_at = None
        booking.fee_fen = booking.overstay_fen = None
        booking.overstay_minutes = 0
        lift_unearned(session, booking, (), now)
        if booking.state in STANDING and now < booking.given_up_at:
            booking.state = BookingState.BOOKED.value
        else:
            spaces.close(session, booking, window, BookingState.NO_SHOW, now)
            end_pass(session, SYSTEM, booking.pass_id, now)
    elif use.is_counted:
        locked = spaces.locked_window(session, use.window_id)
        if locked is not None:
            spaces.give_back(session, locked)
    forget_visit(session, visit_id)
    session.delete(use)
    session.flush()


def _booking_of(session: Session, stay: StayTold) -> Booking | None:
    """The booking that an entry is meant by: one that stands, else one that was given up too early."""
    asked = select(Booking).where(
        Booking.lot_id == stay.lot_id,
        Booking.plate_hash.in_(stay.hashes),
        Booking.state.in_(AWAITED),
        Booking.let_in_at <= stay.entered_at,
        Booking.until_at > stay.entered_at,
    )
    rows = session.scalars(asked.order_by(Booking.state, Booking.from_at)).all()
    for row in rows:
        given_up = row.given_up_at if row.state == BookingState.NO_SHOW else None
        if matches(row.let_in_at, row.until_at, given_up, stay.entered_at):
            return row
    return None


def _was_booked(session: Session, stay: StayTold) -> bool:
    """Whether it was let in by a booking that ended before the gate told of it: it came without one."""
    if stay.priced.kind is not StayKind.SHARED:
        return False
    asked = select(Booking.id).where(
        Booking.lot_id == stay.lot_id,
        Booking.plate_hash.in_(stay.hashes),
        Booking.state.in_((BookingState.CANCELLED, BookingState.WITHDRAWN)),
        Booking.let_in_at <= stay.entered_at,
        Booking.until_at > stay.entered_at,
        Booking.closed_at > stay.entered_at,
    )
    return session.scalars(asked.limit(1)).first() is not None


def _enter(session: Session, found: Booking, stay: StayTold) -> None:
    booking, window = spaces.locked_booking(session, found.id)
    if booking.state == BookingState.NO_SHOW and not _has_another(session, booking):
        # It came in time and the gate told late. Its space may be another's by now.
        booking.state, booking.closed_at = BookingState.INSIDE.value, None
        _count(session, booking, window)
    elif booking.state == BookingState.BOOKED:
        booking.state = BookingState.INSIDE.value
    else:
        # Booked anew since, or cancelled or moved in the moment before it was locked: it came without one.
        _walk_in(session, stay)
        return
    booking.visit_id, booking.entered_at = stay.visit_id, stay.entered_at
    session.add(_use(stay, window.id, booking.id, is_counted=False))
    session.flush()


def _has_another(session: Session, booking: Booking) -> bool:
    """Whether the vehicle has a booking that stands, beside this one that does not."""
    others = select(Booking.id).where(Booking.plate_hash == booking.plate_hash, Booking.state.in_(STANDING))
    return session.scalar(others) is not None


def _count(session: Session, booking: Booking, window: Window) -> None:
    if spaces.has_room(window):
        spaces.take(session, window)
        booking.is_counted = True


def _walk_in(session: Session, stay: StayTold) -> None:
    asked = open_to_strangers([stay.lot_id], stay.entered_at, stay.entered_at)
    roomiest = session.scalars(asked.order_by((Window.quota - Window.taken).desc(), Window.id.desc())).first()
    if roomiest is None:
        return
    window = spaces.locked_window(session, roomiest.id)
    if window is None:
        return
    is_counted = spaces.has_room(window)
    if is_counted:
        spaces.take(session, window)
    use = _use(stay, window.id, None, is_counted=is_counted)
    session.add(use)
    foresee(session, stay, use)


def _use(stay: StayTold, window_id: str, booking_id: str | None, *, is_counted: bool) -> WindowUse:
    return WindowUse(
        visit_id=stay.visit_id,
        window_id=window_id,
        lot_id=stay.lot_id,
        booking_id=booking_id,
        is_counted=is_counted,
        entered_at=stay.entered_at,
        left_at=None,
    )


def _leave(session: Session, booking: Booking, window: Window, stay: StayTold, now: datetime) -> int:
    """The overstay in minutes of a booking whose vehicle left; also when it is told again otherwise."""
    if booking.state in STANDING:
        spaces.close(session, booking, window, BookingState.LEFT, now)
        end_pass(session, SYSTEM, booking.pass_id, now)
    booking.left_at = stay.left_at
    over = overstay_minutes(booking.until_at, stay.left_at, booking.grace_minutes) if stay.left_at else 0
    was_over, booking.overstay_minutes = booking.overstay_minutes > 0, over
    booking.overstayed_at = (booking.overstayed_at or now) if over else None
    booking.fee_fen = booking.overstay_fen = None
    if stay.left_at is not None:
        _price(session, booking, spaces.agreement_of(session, window).tariff_id, stay)
    if over:
        suspend_if_repeated(session, booking, window, stay.hashes, now)
    elif was_over:
        lift_unearned(session, booking, stay.hashes, now)
    return over


def _price(session: Session, booking: Booking, tariff_id: str | None, stay: StayTold) -> None:
    """What the stay costs, as the visit is charged for it, and what of it the overstay added."""
    shared = replace(stay.priced, kind=StayKind.SHARED)
    try:
        whole = tariffs.quote_for(session, booking.lot_id, shared, tariff_id)
        if whole.quote is None:
            return
        fee = whole.quote.fee_fen
        until_end = fee
        if shared.until_at > booking.until_at:
            short = replace(shared, until_at=max(booking.until_at, shared.entered_at))
            planned = tariffs.quote_for(session, booking.lot_id, short, tariff_id)
            until_end = planned.quote.fee_fen if planned.quote else fee
    except StayRefused:
        return
    told = bill(fee, until_end, booking.overstay_minutes)
    booking.fee_fen, booking.overstay_fen = told.total_fen, told.overstay_fen


def _reopen(session: Session, use: WindowUse, stay: StayTold, now: datetime) -> None:
    """The exit was none: the vehicle is inside still. The plate stays forgotten."""
    use.left_at, use.is_over, use.overstay_minutes = None, False, 0
    if use.booking_id is None:
        foresee(session, stay, use)
    else:
        booking, window = spaces.locked_booking(session, use.booking_id)
        if booking.state == BookingState.LEFT and not _has_another(session, booking):
            booking.state, booking.closed_at = BookingState.INSIDE.value, None
            _count(session, booking, window)
        booking.left_at = booking.fee_fen = booking.overstay_fen = booking.overstayed_at = None
        booking.overstay_minutes = 0
        lift_unearned(session, booking, stay.hashes, now)
    session.flush()
