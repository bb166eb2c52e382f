"""Is what was told in time, and which event is it where nobody named it?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from parking.plates.rules import holds_plate

OLDEST = timedelta(days=7)
"""What is older when it reaches us is no passage of these days: the counts rest on newer ones."""

MOST_AHEAD = timedelta(minutes=2)
LATE_AFTER = timedelta(minutes=5)
LONGEST_ID = 200
LONGEST_STAY_ID = 100


def window_problem(at: datetime, received_at: datetime) -> str | None:
    """too_old before [received - 7 d, clock_ahead after received + 2 min], None in between."""
    if at < received_at - OLDEST:
        return "too_old"
    return "clock_ahead" if at > received_at + MOST_AHEAD else None


def is_late(at: datetime, received_at: datetime, *, resent: bool) -> bool:
    """Whether it was filled in later: more than five minutes after it happened, or told again."""
    return resent or at < received_at - LATE_AFTER


def is_event_id(text: str) -> bool:
    """Whether it can name an event: 1 to 200 characters that can be stored and shown, no plate among them."""
    return 0 < len(text) <= LONGEST_ID and text.isprintable() and not holds_plate(text)


def derived_id(at: datetime, plate_hash: bytes | None, *parts: str | None) -> str:
    """The name of an event that has none: the same telling always gets the same one.

    `parts` are what else tells two crossings of one instant apart: direction, lot and lane as told.
    """
    told = [at.astimezone(UTC).isoformat(timespec="microseconds"), (plate_hash or b"none").hex()]
    told += [part or "" for part in parts]
    return "~" + blake2b("\x00".join(told).encode("utf-8", "replace"), digest_size=16).hexdigest()
