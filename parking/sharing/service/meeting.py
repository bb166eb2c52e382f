"""Which booking is meant by a vehicle that was inside before the gate would let it in?

Whoever books learns nothing of where a plate is: until a vehicle that is not there would be given up, a
booking looks, counts and is cancelled alike for both. Then it is met by the open use, and counts once.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from parking.sharing.models.bookings import Booking, WindowUse
from parking.sharing.rules.bookings import BookingState, is_met
from parking.sharing.service import spaces
from parking.sharing.service.stays import StayTold


def use_before(session: Session, booking: Booking) -> WindowUse | None:
    """The use without a booking by which a booking's vehicle is inside the lot already."""
    asked = select(WindowUse).where(
        WindowUse.lot_id == booking.lot_id,
        WindowUse.booking_id.is_(None),
        ~WindowUse.is_over,
        # Its hash is of the month of its own; the visit was found under those of all months.
        or_(
            WindowUse.visit_id == booking.visit_id,
            WindowUse.plate_hashes.contains([booking.plate_hash]),
        ),
    )
    newest = asked.order_by(WindowUse.entered_at.desc()).execution_options(populate_existing=True)
    return session.scalars(newest.limit(1)).first()


def foresee(session: Session, stay: StayTold, use: WindowUse) -> None:
    """Keep by what the vehicle of an open use is known, and that it is inside where it has booked."""
    use.plate_hashes = sorted(stay.hashes)
    if (booking := _ahead(session, stay)) is not None:
        booking.visit_id = stay.visit_id
    session.flush()


def meet(session: Session, booking: Booking, use: WindowUse, left_at: datetime | None) -> bool:
    """Let a booking that stands be met by a use without one, both windows locked; whether it was.

    Not where the vehicle left before the booking began (`left_at`; None: it is inside), or should have left.
    """
    own = spaces.locked_window(session, use.window_id)
    if own is None or not is_met(booking.from_at, own.until_at, left_at):
        return False
    if use.is_counted:
        spaces.give_back(session, own)
    use.window_id, use.booking_id, use.is_counted, use.plate_hashes = (
        booking.window_id,
        booking.id,
        False,
        None,
    )
    booking.state = BookingState.INSIDE.value
    booking.visit_id, booking.entered_at = use.visit_id, use.entered_at
    session.flush()
    return True


def meet_at_exit(session: Session, stay: StayTold, use: WindowUse) -> None:
    """Who was inside without a booking left: it may have stood there by one that began meanwhile."""
    booking = _ahead(session, stay)
    if booking is not None and (stay.left_at is None or not meet(session, booking, use, stay.left_at)):
        booking.visit_id = None
    use.plate_hashes = None
    session.flush()


def forget_visit(session: Session, visit_id: str) -> None:
    """A visit was none: no booking's vehicle is inside by it."""
    known = update(Booking).where(Booking.visit_id == visit_id, Booking.state == BookingState.BOOKED)
    session.execute(known.values(visit_id=None))


def _ahead(session: Session, stay: StayTold) -> Booking | None:
    """The booking at the lot that a vehicle has beside the use by which it is inside."""
    asked = select(Booking).where(
        Booking.lot_id == stay.lot_id,
        Booking.state == BookingState.BOOKED,
        or_(Booking.visit_id == stay.visit_id, Booking.plate_hash.in_(stay.hashes)),
    )
    locked = asked.order_by(Booking.from_at).limit(1).with_for_update()
    return session.scalars(locked.execution_options(populate_existing=True)).first()
