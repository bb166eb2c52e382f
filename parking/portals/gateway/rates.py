"""May this client call once more? A bucket of tokens for each client and kind of call, in this process alone.

Each web process counts for itself: with two processes a client gets up to twice the rate. That bounds what a
client can make us do, which is all that is asked of it, and costs no query on the hot path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from threading import Lock


class Bucket(StrEnum):
    """Kinds of calls that are counted apart, so that a back-fill never holds up what happens now."""

    LIVE = "live"
    BATCHES = "batches"
    READS = "reads"


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_s` calls a second on the long run, up to `burst` of them at once."""

    per_s: float
    burst: int


def rates_for(passages_per_s: float) -> Mapping[Bucket, Rate]:
    """The rates of a client that may send so many single passages a second."""
    return {
        Bucket.LIVE: Rate(passages_per_s, max(1, ceil(2 * passages_per_s))),
        # A batch holds up to 500 passages.
        Bucket.BATCHES: Rate(max(2.0, passages_per_s / 50), max(20, ceil(passages_per_s / 25))),
        Bucket.READS: Rate(10.0, 100),
    }


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whether the call may go on, how many more may follow at once, seconds until the next (or the first)."""

    allowed: bool
    remaining: int
    reset_s: int


class Buckets:
    """The buckets of all clients; only proven clients are counted, so their number is the register's."""

    def __init__(self, rates: Mapping[Bucket, Rate]) -> None:
        self.rates = rates
        self._levels: dict[tuple[str, Bucket], tuple[float, float]] = {}
        self._lock = Lock()

    def take(self, client_id: str, bucket: Bucket, now_s: float) -> Allowance:
        """Take one token at `now_s`, seconds of a clock that never goes back."""
        rate = self.rates[bucket]
        key = client_id, bucket
        with self._lock:
            level, at = self._levels.get(key, (float(rate.burst), now_s))
            level = min(float(rate.burst), level + max(0.0, now_s - at) * rate.per_s)
            allowed = level >= 1.0
            if allowed:
                level -= 1.0
            self._levels[key] = level, now_s
        wait = 0 if level >= 1.0 else ceil((1.0 - level) / rate.per_s)
        return Allowance(allowed, int(level), wait)
