"""How is a booking looked at again, and given up, without an account?"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from parking.kernel import codes
from parking.kernel.db import attempts
from parking.kernel.limits import Limit
from parking.sharing.errors.bookings import BookingAttemptsExceeded, BookingUnknown, TooLate
from parking.sharing.models.bookings import Booking, BookingAttempts
from parking.sharing.models.windows import Window
from parking.sharing.queries.bookings import BookingView, view
from parking.sharing.rules.bookings import BookingState
from parking.sharing.service import spaces
from parking.sharing.service.booked_together import BOOKER
from parking.sharing.service.passes import end_pass

_WRONG_BY_NETWORK = Limit(10, timedelta(minutes=15))
# 40 bits in a code, and the number of a booking is no secret: so many guesses hit one in 10^5 years.
_WRONG_FOR_BOOKING = Limit(100, timedelta(minutes=15))


def look_up(session: Session, booking_id: str, code: str, network_hash: str, now: datetime) -> BookingView:
    """The booking that number and code name together.

    Wrong ones are counted for the booking and for the caller's network, and beyond the limit not even right
    ones are looked at: the caller commits although this raises. Raises BookingUnknown;
    BookingAttemptsExceeded with `minutes`.
    """
    found = _found(session, booking_id, code, network_hash, now)
    lost = found.window_id if found.state == BookingState.WITHDRAWN else found.moved_from
    return view(found, session.get(Window, lost) if lost else None)


def cancel(session: Session, booking_id: str, code: str, network_hash: str, now: datetime) -> BookingView:
    """Give a booking up before its vehicle came; a second time is no second change.

    Raises what `look_up` raises, and TooLate once the vehicle came or the booking is over.
    """
    found = _found(session, booking_id, code, network_hash, now)
    booking, window = spaces.locked_booking(session, found.id)
    if booking.state == BookingState.BOOKED:
        spaces.close(session, booking, window, BookingState.CANCELLED, now)
        end_pass(session, BOOKER, booking.pass_id, now)
    elif booking.state != BookingState.CANCELLED:
        raise TooLate
    session.flush()
    return view(booking)


def _found(session: Session, booking_id: str, code: str, network_hash: str, now: datetime) -> Booking:
    booking_id = booking_id.strip().lower()
    named = sha256(booking_id.encode()).hexdigest()[:32]
    limits = {f"booking:{named}": _WRONG_FOR_BOOKING, f"network:{network_hash}": _WRONG_BY_NETWORK}
    attempts.refuse_beyond(session, BookingAttempts, limits, now, BookingAttemptsExceeded)
    booking = session.get(Booking, booking_id[:20])
    right = booking.code_hash if booking is not None else b""
    if not hmac.compare_digest(codes.hashed(booking_id, codes.typed(code)), right) or booking is None:
        attempts.count(session, BookingAttempts, limits, now)
        raise BookingUnknown
    return booking
