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
# So many wrong codes for one booking are a hunt from many networks. Each of them has one guess left then, and
# whoever holds the code and never mistyped it is let in all the same: nobody can lock him out. A code has 40
# bits: a hunt from a hundred thousand networks for two weeks finds one with a chance of 1 in 8,000.
_WRONG_FOR_BOOKING = Limit(100, timedelta(minutes=15))
_WRONG_WHILE_HUNTED = Limit(1, timedelta(minutes=15))


def look_up(session: Session, booking_id: str, code: str, network_hash: str, now: datetime) -> BookingView:
    """The booking that number and code name together.

    Wrong ones are counted for the booking and for the caller's network; beyond the network's limit not even
    right ones are looked at: the caller commits although this raises. What others get wrong only lowers that
    limit, never to nothing. Raises BookingUnknown; BookingAttemptsExceeded with `minutes`.
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
    whole, own = f"booking:{named}", f"network:{network_hash}"
    # In the order of their keys, as they are counted.
    is_hunted = attempts.is_full(session, BookingAttempts, whole, _WRONG_FOR_BOOKING, now)
    limits = {own: _WRONG_WHILE_HUNTED if is_hunted else _WRONG_BY_NETWORK}
    attempts.refuse_beyond(session, BookingAttempts, limits, now, BookingAttemptsExceeded)
    booking = session.get(Booking, booking_id[:20])
    right = booking.code_hash if booking is not None else b""
    if not hmac.compare_digest(codes.hashed(booking_id, codes.typed(code)), right) or booking is None:
        attempts.count(session, BookingAttempts, {whole: _WRONG_FOR_BOOKING} | limits, now)
        raise BookingUnknown
    return booking
