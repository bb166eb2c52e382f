"""May this place complain once more?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from parking.complaints.errors import AttemptsExceeded
from parking.complaints.models import ComplaintAttempts
from parking.complaints.rules.limits import LONGEST_WINDOW, POSTED_BY_NETWORK, POSTED_ON_LOT
from parking.kernel.db import attempts


def allow_complaint(session: Session, lot_id: str, sender: str, now: datetime) -> None:
    """Count one more complaint of a network and on a lot. Raises AttemptsExceeded, and counts nothing."""
    limits = {f"from:{sender}": POSTED_BY_NETWORK, f"on:{lot_id}": POSTED_ON_LOT}
    attempts.refuse_beyond(session, ComplaintAttempts, limits, now, AttemptsExceeded)
    attempts.count(session, ComplaintAttempts, limits, now)


def prune_attempts(session: Session, now: datetime) -> None:
    """Forget counters that count no more."""
    attempts.forget(session, ComplaintAttempts, LONGEST_WINDOW, now)
