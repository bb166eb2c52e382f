"""Where do the quarters of an hour of the history end? At :00, :15, :30 and :45."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

SLOT = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def slot_at_or_before(at: datetime) -> datetime:
    """The newest end of a slot that is not after `at`."""
    return at - (at - _EPOCH) % SLOT


def slot_before(at: datetime) -> datetime:
    """The newest end of a slot before `at`: a fact at `at` leaves everything up to there as it was."""
    end = slot_at_or_before(at)
    return end - SLOT if end == at else end


def slots_between(after: datetime, until: datetime) -> Iterator[datetime]:
    """The ends of slots in (after, until]."""
    end = slot_at_or_before(after) + SLOT
    while end <= until:
        yield end
        end += SLOT
