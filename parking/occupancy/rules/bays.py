"""What does a bay's telling change, and is it to be believed at all?"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

OLDEST = timedelta(days=7)
AHEAD = timedelta(minutes=2)
MOST_BAYS = 5_000
LONGEST_KEY = 64
LONGEST_NAME = 40


class BayOutcome(StrEnum):
    """What became of one telling; the first two are news, the third is known, the others are refused."""

    CHANGED = "changed"
    CONFIRMED = "confirmed"
    OLDER = "older"
    UNKNOWN_BAY = "unknown_bay"
    TOO_OLD = "too_old"
    CLOCK_AHEAD = "clock_ahead"

    @property
    def is_news(self) -> bool:
        return self in (BayOutcome.CHANGED, BayOutcome.CONFIRMED)


def bay_outcome(
    was: bool | None, told_at: datetime | None, occupied: bool, at: datetime, now: datetime
) -> BayOutcome:
    """What a telling of `at` does to a bay that last told `was` at `told_at`.

    A heartbeat that differs is a change like any other. More than 7 days old or 2 minutes ahead is refused.
    """
    if at < now - OLDEST:
        return BayOutcome.TOO_OLD
    if at > now + AHEAD:
        return BayOutcome.CLOCK_AHEAD
    if told_at is not None and (at < told_at or (at == told_at and was == occupied)):
        return BayOutcome.OLDER
    return BayOutcome.CONFIRMED if was == occupied else BayOutcome.CHANGED
