"""How is the last space of a window given once? Its row is the counter, locked until the transaction ends.

Whoever takes several locks takes the window's first, then a booking's, then the number of the lot's passes;
whoever needs several windows takes them together (`hold`), before anything else of them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.db.changes import announce
from parking.sharing.models.agreements import Agreement
from parking.sharing.models.bookings import Booking
from parking.sharing.models.passes import PassSeries
from parking.sharing.models.windows import Window
from parking.sharing.rules.bookings import STANDING, BookingState, Limits
from parking.sharing.rules.windows import WindowState

TOPIC = "sharing"
"""Whoever shows windows hears that the spaces taken of a lot changed."""


def limits_of(session: Session, now: datetime) -> Limits:
    """What the bureau set for bookings, as it holds today."""
    return Limits.of(city.facts_now(session, now))


def agreement_of(session: Session, window: Window) -> Agreement:
    """By which agreement a window is lent."""
    return session.get_one(Agreement, window.agreement_id)


def locked_window(session: Session, window_id: str) -> Window | None:
    """The window, held until the transaction ends."""
    return session.get(Window, window_id, with_for_update=True, populate_existing=True)


def hold(session: Session, window_ids: Collection[str]) -> dict[str, Window]:
    """These windows and the numbers of their lots' passes, held until the transaction ends.

    Each in the order of its ids: two that hold some of the same wait for each other, and never in a circle.
    """
    if not window_ids:
        return {}
    asked = (
        select(Window)
        .where(Window.id.in_(window_ids))
        .order_by(Window.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    held = {each.id: each for each in session.scalars(asked)}
    lots = [{"lot_id": lot_id, "last": 0} for lot_id in sorted({each.lot_id for each in held.values()})]
    number = insert(PassSeries).values(lots)
    session.execute(number.on_conflict_do_update(index_elements=["lot_id"], set_={"last": PassSeries.last}))
    return held


def has_room(window: Window) -> bool:
    """Whether a space can be taken of a window that is locked."""
    return window.state == WindowState.OPEN and window.taken < window.quota


def take(session: Session, window: Window) -> None:
    """Take a space of a locked window that has room."""
    window.taken += 1
    _told(session, window)


def give_back(session: Session, window: Window) -> None:
    """Give a space of a locked window back."""
    window.taken -= 1
    _told(session, window)


def locked_booking(session: Session, booking_id: str) -> tuple[Booking, Window]:
    """A booking and its window, held until the transaction ends; wherever it moves to meanwhile."""
    while True:
        booking = session.get_one(Booking, booking_id, populate_existing=True)
        window = locked_window(session, booking.window_id)
        booking = session.get_one(Booking, booking_id, with_for_update=True, populate_existing=True)
        if window is not None and booking.window_id == window.id:
            return booking, window


def close(session: Session, booking: Booking, window: Window, state: BookingState, now: datetime) -> None:
    """End a booking: its space is free again, and the plate is readable no more. Both must be locked."""
    if state in STANDING:
        raise AssertionError("a booking that stands is not closed")
    if booking.is_counted:
        give_back(session, window)
    booking.state, booking.closed_at, booking.is_counted = state.value, now, False
    booking.plate_sealed = booking.plate_masked = None
    if booking.entered_at is None:
        booking.visit_id = None


def _told(session: Session, window: Window) -> None:
    session.flush()
    announce(session, TOPIC, [window.lot_id])
