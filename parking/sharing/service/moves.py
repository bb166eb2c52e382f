"""Where do the bookings of a window go that its owner takes back?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.kernel.actors import SYSTEM
from parking.kernel.geo import distance_m
from parking.lots.models import Lot
from parking.sharing.models.bookings import Booking
from parking.sharing.models.windows import Window
from parking.sharing.rules.bookings import BookingState, Limits, Span, let_in_from
from parking.sharing.rules.windows import WindowState
from parking.sharing.service import spaces, telling
from parking.sharing.service.passes import LetIn, end_pass, issue_pass

# A degree of latitude has somewhat more metres.
_DEGREE_M = 111_000


@dataclass(frozen=True, slots=True)
class Moved:
    """A booking of a closed window, and the window that it has now; None: no other took it, and it ended.

    `is_told`: a phone was left, and hears of it.
    """

    booking_id: str
    window_id: str | None
    is_told: bool


def moved_counts(moved: Collection[Moved]) -> dict[str, Any]:
    """How many of these have another window, how many ended, and how many of either hear nothing of it."""
    return {
        "moved": sum(each.window_id is not None for each in moved),
        "cancelled": sum(each.window_id is None for each in moved),
        "untold": sum(not each.is_told for each in moved),
    }


@dataclass(frozen=True, slots=True)
class Held:
    """Windows of one lot that are to close, and the open ones that their bookings may move to, the nearest
    first; all locked."""

    closing: tuple[Window, ...]
    near: tuple[Window, ...]


def hold_to_close(session: Session, window_ids: Collection[str], now: datetime) -> Held:
    """Lock windows of one lot in the order in which they begin, with whatever their bookings may move to.

    That is open windows at the same time, at the same lot or within the city's limit of metres.
    """
    closing = session.scalars(select(Window).where(Window.id.in_(window_ids))).all()
    if not closing:
        return Held((), ())
    metres = _near(session, closing, spaces.limits_of(session, now).move_within_m)
    held = spaces.hold(session, {*window_ids, *metres})
    near = sorted((each for each in metres if each in held), key=lambda each: (metres[each], each))
    return Held(
        tuple(sorted((held[each] for each in window_ids), key=lambda each: (each.from_at, each.id))),
        tuple(held[each] for each in near),
    )


def move_bookings(session: Session, window: Window, near: Sequence[Window], now: datetime) -> list[Moved]:
    """Give the bookings of a window that is withdrawn another near, else end them; tell whoever booked.

    Call it with what `hold_to_close` locked, the window's state no longer open. Vehicles inside stay until
    their end. Another window holds the whole span of the booking; the first of `near` that does and has room
    is taken. The booking keeps its number and its code.
    """
    if window.state == WindowState.OPEN:
        raise AssertionError("a window is withdrawn before its bookings are moved")
    asked = select(Booking.id).where(Booking.window_id == window.id, Booking.state == BookingState.BOOKED)
    moved = []
    limits = spaces.limits_of(session, now)
    for booking_id in session.scalars(asked.order_by(Booking.booked_at, Booking.id)).all():
        booking = session.get_one(Booking, booking_id, with_for_update=True, populate_existing=True)
        other = next((each for each in near if _takes(each, window, booking)), None)
        other_id = _move(session, booking, window, other, limits, now)
        moved.append(Moved(booking_id, other_id, booking.phone_sealed is not None))
    session.flush()
    return moved


def _move(
    session: Session, booking: Booking, window: Window, other: Window | None, limits: Limits, now: datetime
) -> str | None:
    end_pass(session, SYSTEM, booking.pass_id, now)
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


def _takes(other: Window, window: Window, booking: Booking) -> bool:
    """Whether another window has room for the whole span of a booking."""
    holds = other.from_at <= booking.from_at and booking.until_at <= other.until_at
    return holds and other.space_class == window.space_class and spaces.has_room(other)


def _near(session: Session, closing: Sequence[Window], within_m: int) -> dict[str, float]:
    """The open windows beside these, with the metres to them."""
    here = session.get_one(Lot, closing[0].lot_id)
    first, last = min(each.from_at for each in closing), max(each.until_at for each in closing)
    asked = (
        select(Window.id, Lot.lat, Lot.lon)
        .join(Lot, Lot.id == Window.lot_id)
        .where(
            Window.id.not_in([each.id for each in closing]),
            Window.space_class.in_({each.space_class for each in closing}),
            Window.state == WindowState.OPEN,
            Window.from_at < last,
            Window.until_at > first,
            # Who is farther north or south than that is farther away.
            func.abs(Lot.lat - here.lat) * _DEGREE_M <= within_m,
        )
    )
    metres = {row.id: distance_m((here.lat, here.lon), (row.lat, row.lon)) for row in session.execute(asked)}
    return {each: far for each, far in metres.items() if far <= within_m}
