"""Shared windows to book, and what is needed to book them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.kernel.db.outbox import OutboxMessage
from parking.kernel.errors import ParkingError
from parking.kernel.vocabulary import Access
from parking.plates.service import PlateKeys
from parking.sharing.models import Booking, Window, WindowUse
from parking.sharing.rules.bookings import BookingAsk
from parking.sharing.service.booked_together import Booked, book_together, make_ready
from parking.visits.models import Passage
from parking.visits.service.pairing import pair_passages
from tests.factories.city import NOW
from tests.factories.lots import a_lot
from tests.factories.sharing import an_agreement

HOUR = timedelta(hours=1)
ZONE = ZoneInfo("Asia/Shanghai")
NETWORK = "somewhere"


def a_window(
    session: Session,
    lot_id: str | None = None,
    *,
    quota: int = 2,
    from_at: datetime = NOW,
    hours: float = 12,
    grace_minutes: int = 15,
    overstays_suspend: int | None = 2,
    tariff_id: str | None = None,
    **lot: Any,
) -> Window:
    """A window open for bookings, of an agreement of its own; at a lot of staff unless one is told."""
    lot_id = lot_id or a_lot(session, now=min(from_at, NOW), access=Access.STAFF, **lot).id
    begins = from_at.astimezone(ZONE)
    made = an_agreement(
        session,
        lot_id,
        now=from_at,
        hours=f"{begins:%Y %b %d %H:%M}-{begins + hours * HOUR:%H:%M}",
        quota=quota,
        from_on=begins.date(),
        until_on=begins.date() + timedelta(days=365),
        withdraw_before_minutes=120,
        grace_minutes=grace_minutes,
        overstays_suspend=overstays_suspend,
        tariff_id=tariff_id,
    )
    return session.scalars(select(Window).where(Window.agreement_id == made.id)).one()


def a_booking(
    session: Session,
    keys: PlateKeys,
    window: Window,
    plate: str = "苏F12345",
    *,
    from_at: datetime | None = None,
    hours: float = 2,
    phone: str | None = "13800000000",
    now: datetime = NOW,
) -> Booked:
    """A booking from the window's begin on, unless told otherwise."""
    begins = from_at or max(window.from_at, now)
    return booked(session, keys, BookingAsk(window.id, begins, begins + hours * HOUR, plate, phone), now)


def booked(session: Session, keys: PlateKeys, ask: BookingAsk, now: datetime) -> Booked:
    """What this ask alone is answered, or raised for it."""
    (answer,) = book_together(session, [make_ready(keys, ask, now)])
    told = answer()
    if isinstance(told, ParkingError):
        raise told
    return told


def miscounted(session: Session) -> list[tuple[str, int, int]]:
    """The windows (id, taken, held) whose counter is not the sum of what holds their spaces."""
    session.flush()
    booked = select(func.count()).where(Booking.window_id == Window.id, Booking.is_counted)
    walked = select(func.count()).where(WindowUse.window_id == Window.id, WindowUse.is_counted)
    held = booked.scalar_subquery() + walked.scalar_subquery()
    asked = select(Window.id, Window.taken, held).where(Window.taken != held)
    return [tuple(row) for row in session.execute(asked)]


def stored(session: Session, booking_id: str) -> Booking:
    """A booking as it lies in the database now."""
    return session.get_one(Booking, booking_id, populate_existing=True)


def taken(session: Session, window: Window) -> int:
    """A window's counter as it lies in the database now."""
    session.flush()
    return session.scalars(select(Window.taken).where(Window.id == window.id)).one()


def void(session: Session, row: Passage, keys: PlateKeys, at: datetime) -> None:
    """Take a passage back, and pair what is left."""
    session.refresh(row)
    row.voided_at, row.paired_at = at, None
    session.flush()
    pair_passages(session, [(row.source, row.event_id)], keys, at)


def noticed(session: Session) -> list[str]:
    """What who booked is told, in order, by the keys of the notices."""
    asked = select(OutboxMessage.payload).where(OutboxMessage.topic == "booking_notice")
    return [each["key"] for each in session.scalars(asked.order_by(OutboxMessage.id))]
