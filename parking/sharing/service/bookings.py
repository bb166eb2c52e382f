"""How is a space of a window booked without an account, looked at again, and given up?"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.kernel import codes
from parking.kernel.actors import Actor
from parking.kernel.ids import new_id
from parking.plates.rules import masked
from parking.plates.service import PlateKeys
from parking.sharing.errors.bookings import (
    BookingAttemptsExceeded,
    BookingRefused,
    BookingsTooMany,
    BookingUnknown,
    NoSpaceGiven,
    TooLate,
    WindowClosed,
)
from parking.sharing.models.bookings import Booking, BookingAttempts
from parking.sharing.queries.bookings import BookingView, view
from parking.sharing.rules.bookings import (
    BookingAsk,
    BookingState,
    Limits,
    Span,
    given_up_at,
    let_in_from,
    when_problems,
    who_problems,
)
from parking.sharing.service import spaces
from parking.sharing.service.giving import give_space
from parking.sharing.service.passes import LetIn, end_pass
from parking.sharing.service.telling import PHONE

BOOKER = Actor("driver", "booking")
_WRONG_CODES = timedelta(minutes=15)
_HOUR = timedelta(hours=1)
_MOST_PER_NETWORK = 10
# 40 bits in a code, and the number of a booking is no secret: so many guesses hit one in 10^5 years.
_MOST_PER_BOOKING = 100
# A booking or a suspension is never older than the key that it was hashed under is kept.
_REMEMBERED = timedelta(days=180)
# Any number that no other pair of advisory locks of the platform begins with.
_PLATE_LOCKS = 7_306
_LOCK_PLATE = text("""
    select pg_advisory_xact_lock(:locks, number) from unnest(cast(:numbers as integer[])) as n(number)
""")
_MAY_NOT_BOOK = text("""
    select exists (
        select from bookings where plate_hash = any(:hashes) and state in ('booked', 'inside', 'overstayed')
    ) or exists (select from plate_suspensions where plate_hash = any(:hashes) and until_at > :now)
""")
_WINDOW = text("""
    select w.id, w.lot_id, w.state, w.from_at, w.until_at, a.grace_minutes
    from shared_windows w join agreements a on a.id = w.agreement_id where w.id = :window_id
""")


@dataclass(frozen=True, slots=True)
class Booked:
    """What whoever booked is told once: the booking's number, and the code that nobody can read again."""

    view: BookingView
    code: str = field(repr=False)

    @property
    def id(self) -> str:
        return self.view.id


def get_ready(keys: PlateKeys, ask: BookingAsk, now: datetime) -> None:
    """Have the key that hashes this plate at hand; call it before a transaction is open.

    Whoever needs another connection for the key while holding one, or a lock, may wait for others that wait
    for the same.
    """
    if ask.read.exists:
        keys.hash(ask.read, now)


def book(session: Session, keys: PlateKeys, ask: BookingAsk, now: datetime) -> Booked:
    """Give one space of a window to a vehicle, and let the gate know by a pass.

    Raises BookingRefused with the fields, WindowClosed, and NoSpaceGiven: the window is full, or the vehicle
    has a booking already or may not book; nobody is told which. The caller rolls back when this raises.
    """
    window = session.execute(_WINDOW, {"window_id": ask.window_id}).one_or_none()
    if window is None or window.state != spaces.OPEN or window.until_at <= now:
        raise WindowClosed
    limits, span = spaces.limits_of(session, now), Span(window.from_at, window.until_at)
    problems = (*who_problems(ask), *when_problems(ask, span, limits, now))
    if problems:
        raise BookingRefused(problems=problems)
    known = keys.hash(ask.read, now)
    older = keys.hashes_since(ask.read, now - _REMEMBERED, now)
    hashes = sorted({known.value, *(each.value for each in older)})
    # One vehicle's two requests wait for each other, also where a month ends between them.
    session.execute(_LOCK_PLATE, {"locks": _PLATE_LOCKS, "numbers": [_lock_number(each) for each in hashes]})
    if _may_not_book(session, hashes, now):
        raise NoSpaceGiven
    plate = ask.read
    vehicle = LetIn(known.month, known.value, keys.seal(plate.text), masked(plate.text))
    code = codes.new_code(secrets.randbits(5 * codes.LENGTH))
    row = _row(ask, vehicle, window, limits, now)
    row.code_hash = _hash(row.id, code)
    row.phone_sealed = keys.seal(ask.number, PHONE) if ask.number else None
    if not give_space(session, row, vehicle, str(BOOKER), now):
        raise NoSpaceGiven
    return Booked(view(row), codes.written(code))


def _row(ask: BookingAsk, vehicle: LetIn, window: Row[Any], limits: Limits, now: datetime) -> Booking:
    """A booking as it is written, without its code."""
    return Booking(
        id=new_id(),
        window_id=window.id,
        lot_id=window.lot_id,
        state=BookingState.BOOKED.value,
        is_counted=True,
        plate_month=vehicle.plate_month,
        plate_hash=vehicle.plate_hash,
        plate_sealed=vehicle.plate_sealed,
        plate_masked=vehicle.plate_masked,
        from_at=ask.from_at,
        until_at=ask.until_at,
        let_in_at=let_in_from(ask.from_at, Span(window.from_at, window.until_at), limits),
        given_up_at=given_up_at(ask.from_at, ask.until_at, now, limits),
        grace_minutes=window.grace_minutes,
        pass_id=new_id(16),
        booked_at=now,
        overstay_minutes=0,
    )


def look_up(session: Session, booking_id: str, code: str, network_hash: str, now: datetime) -> BookingView:
    """The booking that number and code name together.

    Wrong ones are counted for the booking and for the caller's network, and beyond the limit not even right
    ones are looked at: the caller commits although this raises. Raises BookingUnknown;
    BookingAttemptsExceeded with `minutes`.
    """
    return view(_found(session, booking_id, code, network_hash, now))


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


def count_booking(session: Session, network_hash: str, now: datetime) -> None:
    """Count that a network asks for a booking; in a transaction of its own, before the booking's.

    Raises BookingsTooMany with `minutes` beyond the city's limit an hour.
    """
    row = _counter(session, f"books:{network_hash}", _HOUR, now)
    if row.times >= spaces.limits_of(session, now).hourly_per_network:
        raise BookingsTooMany(minutes=_minutes(row.since_at + _HOUR - now))
    row.times += 1
    session.flush()


def forget_attempts(session: Session, now: datetime) -> None:
    """Forget counters that are over."""
    session.execute(delete(BookingAttempts).where(BookingAttempts.since_at <= now - _HOUR))


def _found(session: Session, booking_id: str, code: str, network_hash: str, now: datetime) -> Booking:
    booking_id = booking_id.strip().lower()
    named = sha256(booking_id.encode()).hexdigest()[:32]
    most = {f"booking:{named}": _MOST_PER_BOOKING, f"network:{network_hash}": _MOST_PER_NETWORK}
    counters = {key: _counter(session, key, _WRONG_CODES, now) for key in sorted(most)}
    for key, row in counters.items():
        if row.times >= most[key]:
            raise BookingAttemptsExceeded(minutes=_minutes(row.since_at + _WRONG_CODES - now))
    booking = session.get(Booking, booking_id[:20])
    right = booking.code_hash if booking is not None else b""
    if not hmac.compare_digest(_hash(booking_id, codes.typed(code)), right) or booking is None:
        for row in counters.values():
            row.times += 1
        session.flush()
        raise BookingUnknown
    return booking


def _counter(session: Session, key: str, span: timedelta, now: datetime) -> BookingAttempts:
    """A counter, held until the transaction ends: many attempts at once wait for each other."""
    session.execute(insert(BookingAttempts).values(key=key, times=0, since_at=now).on_conflict_do_nothing())
    row = session.get_one(BookingAttempts, key, with_for_update=True, populate_existing=True)
    if row.since_at + span <= now:
        row.times, row.since_at = 0, now
    return row


def _may_not_book(session: Session, hashes: list[bytes], now: datetime) -> bool:
    return bool(session.execute(_MAY_NOT_BOOK, {"hashes": hashes, "now": now}).scalar_one())


def _minutes(left: timedelta) -> int:
    return max(1, -(-left // timedelta(minutes=1)))


def _lock_number(value: bytes) -> int:
    return int.from_bytes(value[:4], signed=True)


def _hash(*parts: str) -> bytes:
    return sha256("\x00".join(parts).encode()).digest()
