"""Which months' plate keys must stay, however old they are?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from parking.sharing.queries import bookings, passes


def months_needed(session: Session, now: datetime) -> frozenset[date]:
    """The months whose keys standing passes, standing bookings and suspensions still need."""
    return passes.months_needed(session, now) | bookings.months_needed(session, now)
