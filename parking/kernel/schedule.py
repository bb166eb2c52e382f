"""When is something outside tried the next time?

Each pull has a phase of its own inside its interval, reckoned from its name: three thousand sources of one
minute spread evenly over that minute, restarts do not bunch them, and nothing drifts.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

LONGEST_BACK_OFF_S = 300
# From so many failures in a row on, the breaker is open: one probe at the longest back-off, nothing else.
BREAKER_OPENS_AT = 5
# Further is beyond every longest, and soon beyond what a timedelta holds.
_MOST_DOUBLINGS = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def phase_s(key: str, interval_s: int) -> float:
    """Where inside its interval this pull lies: seconds, 0 <= phase < interval, always the same for a key."""
    share = int.from_bytes(sha256(key.encode()).digest()[:6], "big") / 2**48
    return share * interval_s


def breaker_is_open(failures: int) -> bool:
    return failures >= BREAKER_OPENS_AT


def delay_s(interval_s: int, failures: int) -> int:
    """Seconds until the next attempt after so many failures in a row; never less than the interval."""
    if failures <= 1:
        return interval_s
    longest = max(interval_s, LONGEST_BACK_OFF_S)
    if breaker_is_open(failures):
        return longest
    return min(interval_s * 2 ** (failures - 1), longest)


def back_off(tries: int, first: timedelta, longest: timedelta) -> timedelta:
    """How long to rest after so many tries in a row without success: `first`, doubled up to `longest`."""
    return min(first * 2 ** min(max(tries - 1, 0), _MOST_DOUBLINGS), longest)


def next_due_at(key: str, interval_s: int, failures: int, now: datetime) -> datetime:
    """The next attempt: later than `now`, at most `delay_s` away, on the pull's own phase."""
    earliest = now + timedelta(seconds=delay_s(interval_s, failures) - interval_s)
    since = (earliest - _EPOCH).total_seconds() - phase_s(key, interval_s)
    beats = int(since // interval_s) + 1
    return _EPOCH + timedelta(seconds=beats * interval_s + phase_s(key, interval_s))
