"""What of log-ins is kept no longer than it serves?"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from parking.accounts.models import ClientKey, KnownNetwork, LoginCounter, LoginSession, OneTimeCode
from parking.accounts.rules.locking import KNOWN_FOR, WINDOW


def forget_old(session: Session, now: datetime) -> None:
    """Delete sessions, codes and keys that ran out, counters that count no more, networks of long ago."""
    session.execute(delete(LoginSession).where(LoginSession.expires_at <= now))
    session.execute(delete(OneTimeCode).where(OneTimeCode.made_at <= now - timedelta(days=1)))
    session.execute(delete(LoginCounter).where(LoginCounter.since_at <= now - 2 * WINDOW))
    session.execute(delete(KnownNetwork).where(KnownNetwork.seen_at <= now - KNOWN_FOR))
    session.execute(delete(ClientKey).where(ClientKey.expires_at <= now - timedelta(days=90)))
