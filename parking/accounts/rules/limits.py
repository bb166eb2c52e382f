"""How long is a log-in good for?"""

from __future__ import annotations

from datetime import datetime, timedelta

from parking.accounts.rules.callers import Audience

# ASVS 7.3.1, GB/T 22239 8.1.4.1 b: idle and absolute.
IDLE = {Audience.OFFICER: timedelta(minutes=15), Audience.MEMBER: timedelta(minutes=30)}
ABSOLUTE = timedelta(hours=8)
# For a log-in whose second factor is still missing.
UNFINISHED = timedelta(minutes=10)
TOUCHED_EVERY = timedelta(minutes=1)
CODE_GOOD_FOR = timedelta(minutes=15)
CODES_IN_AN_HOUR = 3


def is_idle(audience: Audience, last_seen_at: datetime, now: datetime) -> bool:
    """Whether nobody used it for too long; `last_seen_at` is written at most once a minute."""
    return now >= last_seen_at + IDLE[audience] + TOUCHED_EVERY
