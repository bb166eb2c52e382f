"""Who is reminded, whose space is given to others, who outstayed the end, and who may not book for a time?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.city import queries as city
from parking.kernel.actors import SYSTEM
from parking.sharing.models.bookings import Booking, PlateSuspension
from parking.sharing.models.windows import Window
from parking.sharing.rules.bookings import (
    BookingState,
    Reminded,
    is_overstay,
    is_suspended,
    reminder_due,
)
from parking.sharing.service import spaces, telling
from parking.sharing.service.meeting import meet, use_before
from parking.sharing.service.passes import end_pass

_FIRST_REMINDER = timedelta(minutes=30)
_PHONE_KEPT = timedelta(days=1)


def to_remind(session: Session, now: datetime) -> list[str]:
    """Bookings inside whose end is near enough for a reminder that they did not have."""
    asked = select(Booking.id).where(
        Booking.state == BookingState.INSIDE,
        Booking.until_at > now,
        Booking.until_at <= now + _FIRST_REMINDER,
        Booking.reminded_10_at.is_(None),
    )
    return list(session.scalars(asked.order_by(Booking.until_at)))


def remind(session: Session, booking_id: str, now: datetime) -> int | None:
    """Tell who is inside that the end is near, once 30 and once 10 minutes before; which of them, if any."""
    booking = session.get_one(Booking, booking_id, with_for_update=True, populate_existing=True)
    had = Reminded(booking.reminded_30_at is not None, booking.reminded_10_at is not None)
    due = reminder_due(BookingState(booking.state), booking.until_at, had, now)
    if due is None:
        return None
    if due == 10:
        booking.reminded_10_at = now
    else:
        booking.reminded_30_at = now
    left = -(-(booking.until_at - now) // timedelta(minutes=1))
    telling.tell(session, booking, telling.REMINDED, now, minutes=left)
    return due


def to_give_up(session: Session, now: datetime) -> list[str]:
    """Bookings whose vehicle did not come in time."""
    asked = select(Booking.id).where(Booking.state == BookingState.BOOKED, Booking.given_up_at <= now)
    return list(session.scalars(asked.order_by(Booking.given_up_at)))


def give_up(session: Session, booking_id: str, now: datetime) -> None:
    """Give the space of a vehicle that did not come to others; nothing where it came meanwhile.

    One that was inside already stands there by its booking from now on: nobody learns of it earlier than of
    one that did not come.
    """
    found = session.get_one(Booking, booking_id, populate_existing=True)
    if (use := use_before(session, found)) is not None:
        spaces.hold(session, {found.window_id, use.window_id})
    booking, window = spaces.locked_booking(session, booking_id)
    if booking.state != BookingState.BOOKED or booking.given_up_at > now:
        return
    use = use_before(session, booking)
    if use is None or not meet(session, booking, use, None):
        spaces.close(session, booking, window, BookingState.NO_SHOW, now)
        end_pass(session, SYSTEM, booking.pass_id, now)
        telling.tell(session, booking, telling.GIVEN_UP, now)


def to_mark(session: Session, now: datetime) -> list[str]:
    """Bookings that are inside after their end; whether the grace is over is decided one by one."""
    asked = select(Booking.id).where(Booking.state == BookingState.INSIDE, Booking.until_at < now)
    return list(session.scalars(asked.order_by(Booking.until_at)))


def mark_overstay(session: Session, booking_id: str, now: datetime) -> bool:
    """Mark who is inside after end and grace, and tell them; whether it was marked now."""
    booking = session.get_one(Booking, booking_id, with_for_update=True, populate_existing=True)
    if not is_overstay(BookingState(booking.state), booking.until_at, booking.grace_minutes, now):
        return False
    booking.state, booking.overstayed_at = BookingState.OVERSTAYED.value, now
    telling.tell(session, booking, telling.OVERSTAYED, now)
    return True


def suspend_if_repeated(
    session: Session, booking: Booking, window: Window, hashes: Collection[bytes], now: datetime
) -> None:
    """Keep a vehicle from booking for a time after as many overstays as the window's agreement bears.

    They are counted over the city's limit of days, at all lots; an agreement without a number never suspends.
    The same overstay told again suspends once.
    """
    limits = spaces.limits_of(session, now)
    repeated = spaces.agreement_of(session, window).overstays_suspend or 0
    overstays = _overstays(
        session, {*hashes, booking.plate_hash}, (), now - timedelta(days=limits.counted_days)
    )
    until_at = now + timedelta(days=limits.suspend_days)
    standing = select(PlateSuspension.id).where(
        or_(PlateSuspension.booking_id == booking.id, PlateSuspension.plate_hash == booking.plate_hash),
        PlateSuspension.until_at > now,
    )
    if not is_suspended(len(overstays), repeated) or session.scalar(standing) is not None:
        return
    session.add(
        PlateSuspension(
            plate_month=booking.plate_month,
            plate_hash=booking.plate_hash,
            booking_id=booking.id,
            from_at=now,
            until_at=until_at,
            overstays=len(overstays),
            booking_ids=overstays,
        )
    )
    day = until_at.astimezone(city.time_zone(session, now)).date()
    telling.tell(session, booking, telling.SUSPENDED, now, day=day.isoformat())


def lift_unearned(session: Session, booking: Booking, hashes: Collection[bytes], now: datetime) -> None:
    """Let a vehicle book again whose suspension rested on an overstay that was none; written down.

    The vehicle's overstays are counted anew, over the same days; as many as the agreement bears keep it.
    `hashes` are what else it is known by.
    """
    session.flush()
    known = {*hashes, booking.plate_hash}
    asked = select(PlateSuspension).where(
        or_(PlateSuspension.plate_hash.in_(known), PlateSuspension.booking_ids.contains([booking.id])),
        PlateSuspension.until_at > now,
    )
    counted = timedelta(days=spaces.limits_of(session, now).counted_days)
    for row in session.scalars(asked.order_by(PlateSuspension.id).with_for_update()).all():
        window = session.get_one(Window, session.get_one(Booking, row.booking_id).window_id)
        repeated = spaces.agreement_of(session, window).overstays_suspend or 0
        left = _overstays(session, {*known, row.plate_hash}, row.booking_ids, row.from_at - counted)
        if is_suspended(len(left), repeated):
            continue
        details = {"overstays": len(left), "until_at": row.until_at.isoformat()}
        audit.record(session, SYSTEM, "booking:suspension_lifted", "booking", row.booking_id, details, now)
        session.delete(row)
        telling.tell(session, booking, telling.LIFTED, now)
    session.flush()


def _overstays(
    session: Session, hashes: Collection[bytes], booking_ids: Collection[str], since: datetime
) -> list[str]:
    """The bookings of a vehicle whose end was after `since`, and that it overstayed."""
    session.flush()
    asked = select(Booking.id).where(
        or_(Booking.plate_hash.in_(hashes), Booking.id.in_(booking_ids)),
        Booking.overstay_minutes > 0,
        Booking.until_at > since,
    )
    return list(session.scalars(asked.order_by(Booking.until_at, Booking.id)))


def forget_phones(session: Session, now: datetime) -> int:
    """Drop the phones of bookings that have been over for a day; how many."""
    over = update(Booking).where(Booking.closed_at <= now - _PHONE_KEPT, Booking.phone_sealed.is_not(None))
    return len(session.scalars(over.values(phone_sealed=None).returning(Booking.id)).all())


def forget_suspensions(session: Session, now: datetime) -> int:
    """Forget which vehicles might not book, once they may again; how many."""
    over = delete(PlateSuspension).where(PlateSuspension.until_at <= now)
    return len(session.scalars(over.returning(PlateSuspension.id)).all())
