"""May this place try once more? Counters in the database, so that all processes count together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.complaints.errors import AttemptsExceeded
from parking.complaints.models import ComplaintAttempts
from parking.complaints.rules.limits import LONGEST_WINDOW, POSTED_BY_NETWORK, POSTED_ON_LOT, Limit


def refuse_beyond(session: Session, keys: Mapping[str, Limit], now: datetime) -> None:
    """Raises AttemptsExceeded with `minutes` where one of these counters is full.

    The counters are held until the transaction ends: many at once wait for each other.
    """
    for key in sorted(keys):
        row, limit = _held(session, key, keys[key], now), keys[key]
        if row.number >= limit.most:
            left = row.since_at + limit.window - now
            raise AttemptsExceeded(minutes=max(1, -(-left // timedelta(minutes=1))))


def count(session: Session, keys: Mapping[str, Limit], now: datetime) -> None:
    """One more on each of these counters."""
    for key in sorted(keys):
        _held(session, key, keys[key], now).number += 1
    session.flush()


def allow_complaint(session: Session, lot_id: str, sender: str, now: datetime) -> None:
    """Count one more complaint of a network and on a lot. Raises AttemptsExceeded, and counts nothing."""
    keys = {f"from:{sender}": POSTED_BY_NETWORK, f"on:{lot_id}": POSTED_ON_LOT}
    refuse_beyond(session, keys, now)
    count(session, keys, now)


def prune_attempts(session: Session, now: datetime) -> None:
    """Forget counters that count no more."""
    session.execute(delete(ComplaintAttempts).where(ComplaintAttempts.since_at <= now - LONGEST_WINDOW))


def _held(session: Session, key: str, limit: Limit, now: datetime) -> ComplaintAttempts:
    fresh = insert(ComplaintAttempts).values(key=key, number=0, since_at=now)
    session.execute(fresh.on_conflict_do_nothing())
    row = session.get_one(ComplaintAttempts, key, with_for_update=True, populate_existing=True)
    if row.since_at + limit.window <= now:
        row.number, row.since_at = 0, now
    return row
