"""From when until when? A span is half-open: [start, end)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Aware UTC instants, `start_at` included, `end_at` not; never empty (ValueError)."""

    start_at: datetime
    end_at: datetime

    def __post_init__(self) -> None:
        if self.end_at <= self.start_at:
            raise ValueError("a span ends after it starts")

    def __contains__(self, instant: datetime) -> bool:
        return self.start_at <= instant < self.end_at

    def overlaps(self, other: Span) -> bool:
        return self.start_at < other.end_at and other.start_at < self.end_at

    @property
    def length(self) -> timedelta:
        return self.end_at - self.start_at
