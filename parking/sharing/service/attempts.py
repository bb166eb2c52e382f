"""How often has a network of callers asked for bookings? Counted for many asks in one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.kernel.db import attempts
from parking.kernel.db.attempts import minutes_left
from parking.kernel.db.driver import Answer, Driver, driver_sql
from parking.sharing.errors.bookings import BookingsTooMany
from parking.sharing.models.bookings import BookingAttempts

_HOUR = timedelta(hours=1)
# A stretch that is over begins anew. In the order of the keys, so that nobody waits in a circle.
_COUNT_ASKS = driver_sql(
    text("""
    insert into booking_attempts (key, times, since_at)
    select key, times, cast(:now as timestamptz)
    from unnest(cast(:keys as text[]), cast(:times as integer[])) as asked(key, times) order by key
    on conflict (key) do update set
        times = excluded.times
            + case when booking_attempts.since_at > :over then booking_attempts.times else 0 end,
        since_at = case when booking_attempts.since_at > :over then booking_attempts.since_at
            else excluded.since_at end
    returning key, times, since_at
""")
)


def count_asks(own: Driver, networks: Sequence[str | None], now: datetime) -> Answer:
    """Count a booking that is asked for, for each of these networks as often as it is named, beside other
    statements; the counters are held until the transaction ends. None is not counted."""
    asked = Counter(f"books:{each}" for each in networks if each is not None)
    keys = sorted(asked)
    values = {"keys": keys, "times": [asked[key] for key in keys], "now": now, "over": now - _HOUR}
    return own.ask(_COUNT_ASKS, values)


def too_many(
    counted: Answer, networks: Sequence[str | None], most: int, now: datetime
) -> list[BookingsTooMany | None]:
    """For each of the asks that were counted what refuses it: more than `most` of its network in an hour."""
    known = {row.key: row for row in counted}
    left = Counter(networks)
    told: list[BookingsTooMany | None] = []
    for network in networks:
        row = known.get(f"books:{network}")
        if row is None or row.times - left[network] < most:
            told.append(None)
        else:
            told.append(BookingsTooMany(minutes=minutes_left(row.since_at + _HOUR - now)))
        left[network] -= 1
    return told


def forget_attempts(session: Session, now: datetime) -> None:
    """Forget counters that are over."""
    attempts.forget(session, BookingAttempts, _HOUR, now)
