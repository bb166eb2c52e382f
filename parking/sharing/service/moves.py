"""Where do the bookings of a window go that its owner takes back?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.kernel.actors import SYSTEM
from parking.kernel.geo import distance_m
from parking.lots.models import Lot
from parking.sharing.models.bookings import Booking
from parking.sharing.models.windows import Window
from parking.sharing.rules.bookings import BookingState, Limits, Span, let_in_from
from parking.sharing.service import spaces, telling
from parking.sharing.service.passes import LetIn, end_pass, issue_pass


@dataclass(frozen=True, slots=True)
class Moved:
    """A booking of a withdrawn window, and the window that it has now; None: there was none near."""

    booking_id: str
    window_id: str | None


def move_bookings(session: Session, window_id: str, now: datetime) -> list[Moved]:
    """Give the bookings of a window that was withdrawn another near, else end them; tell whoever booked.

    Call it with the window's row locked and its state no longer open. Vehicles inside stay until their end.
    Another window holds the whole span of the booking, at the same lot or within the city's limit of metres,
    the nearest first. The booking keeps its number and its code.
    """
    window = spaces.locked_window(session, window_id)
    if window is None or window.state == spaces.OPEN:
        raise AssertionError("a window is withdrawn before its bookings are moved")
    asked = select(Booking.id).where(Booking.window_id == window_id, Booking.state == BookingState.BOOKED)
    moved = []
    limits = spaces.limits_of(session, now)
    for booking_id in session.scalars(asked.order_by(Booking.booked_at, Booking.id)).all():
        booking = session.get_one(Booking, booking_id, with_for_update=True, populate_existing=True)
        moved.append(Moved(booking_id, _move(session, booking, window, limits, now)))
    session.flush()
    return moved


def _move(session: Session, booking: Booking, window: Window, limits: Limits, now: datetime) -> str | None:
    end_pass(session, SYSTEM, booking.pass_id, now)
    other = _other(session, booking, window, limits)
    if other is None or booking.plate_sealed is None or booking.plate_masked is None:
        spaces.close(session, booking, window, BookingState.WITHDRAWN, now)
        telling.tell(session, booking, telling.WITHDRAWN, now)
        return None
    spaces.give_back(session, window)
    spaces.take(session, other)
    booking.moved_from, booking.moved_at = window.id, now
    booking.window_id, booking.lot_id = other.id, other.lot_id
    booking.grace_minutes = spaces.agreement_of(session, other).grace_minutes
    booking.let_in_at = let_in_from(booking.from_at, Span(other.from_at, other.until_at), limits)
    vehicle = LetIn(booking.plate_month, booking.plate_hash, booking.plate_sealed, booking.plate_masked)
    booking.pass_id = issue_pass(
        session, SYSTEM, other.lot_id, vehicle, booking.let_in_at, booking.until_at, now
    )
    telling.tell(session, booking, telling.MOVED, now)
    return other.id


def _other(session: Session, booking: Booking, window: Window, limits: Limits) -> Window | None:
    """The nearest open window with room for the whole span, locked."""
    here = session.get_one(Lot, window.lot_id)
    asked = (
        select(Window.id, Lot.lat, Lot.lon)
        .join(Lot, Lot.id == Window.lot_id)
        .where(
            Window.id != window.id,
            Window.space_class == window.space_class,
            Window.state == spaces.OPEN,
            Window.from_at <= booking.from_at,
            Window.until_at >= booking.until_at,
            Window.taken < Window.quota,
        )
    )
    near = sorted(
        (distance_m((here.lat, here.lon), (row.lat, row.lon)), row.id) for row in session.execute(asked)
    )
    for metres, window_id in near:
        if metres <= limits.move_within_m:
            other = spaces.locked_window(session, window_id)
            if other is not None and spaces.has_room(other):
                return other
    return None
