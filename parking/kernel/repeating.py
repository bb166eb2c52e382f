"""How far apart may two tellings under one id lie in time, and still be of one event?"""

from __future__ import annotations

from datetime import datetime, timedelta

# Whoever tries again may take the time anew; numbers that begin anew come again much later.
_WITHIN = timedelta(minutes=15)


def may_be_one(first: datetime, second: datetime) -> bool:
    """Whether the times let them be one event: no more than 15 minutes apart."""
    return abs(first - second) <= _WITHIN
