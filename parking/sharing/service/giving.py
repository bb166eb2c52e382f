"""How does a booking reach its rows in the one statement that holds the window's lock?

Two hundred a second may want spaces of one window: what is locked is locked for one statement and the commit.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.kernel.db.changes import CHANNEL, announcement
from parking.sharing.models.bookings import Booking
from parking.sharing.service.passes import BOOKED, LetIn
from parking.sharing.service.spaces import TOPIC

_COLUMNS = (
    "id", "window_id", "lot_id", "state", "is_counted", "plate_month", "plate_hash", "plate_sealed",
    "plate_masked", "phone_sealed", "code_hash", "from_at", "until_at", "let_in_at", "given_up_at",
    "grace_minutes", "pass_id", "booked_at", "overstay_minutes",
)  # fmt: skip
_GIVE = text(f"""
    with space as (
        update shared_windows set taken = taken + 1
        where id = :window_id and state = 'open' and taken < quota returning lot_id
    ), number as (
        insert into pass_series (lot_id, last) select lot_id, 1 from space
        on conflict (lot_id) do update set last = pass_series.last + 1 returning last
    ), let_in as (
        insert into passes (id, lot_id, seq, plate_month, plate_hash, plate_sealed, plate_masked, from_at,
            until_at, reason, granted_at, granted_by)
        select :pass_id, :lot_id, last, :plate_month, :plate_hash, :plate_sealed, :plate_masked, :let_in_at,
            :until_at, :reason, :booked_at, :booker from number
    ), booked as (
        insert into bookings ({", ".join(_COLUMNS)})
        select {", ".join(f":{name}" for name in _COLUMNS)} from number
        on conflict (plate_hash) where state in ('booked', 'inside', 'overstayed') do nothing returning id
    )
    select id, pg_notify('{CHANNEL}', :announcement) from booked
""")  # noqa: S608 - only the names above


def give_space(session: Session, booking: Booking, vehicle: LetIn, booker: str, now: datetime) -> bool:
    """Take a space, write the booking and its pass, and announce the lot; whether there was one to give.

    False, and then the caller rolls back: the window is full or closed, or the vehicle's other request was
    quicker.
    """
    told: dict[str, Any] = {name: getattr(booking, name) for name in _COLUMNS}
    told |= {
        "plate_sealed": vehicle.plate_sealed,
        "reason": BOOKED,
        "booker": booker,
        "booked_at": now,
        "announcement": announcement(TOPIC, [booking.lot_id]),
    }
    return session.execute(_GIVE, told).one_or_none() is not None
