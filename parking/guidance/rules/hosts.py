"""How often may a host be asked, whichever sources lie there? So many at once and so many a minute.

The turns are handed out when pulls are claimed: a pull whose host has no turn left waits in the database and
holds no thread, so that a slow or strict host delays nobody but itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from parking.kernel.errors import N_, FieldProblem

AT_ONCE, PER_MINUTE = 4, 240
MOST_AT_ONCE, MOST_PER_MINUTE = 1_000, 60_000
THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})
LONGEST_REST_S = 86_400
"""A source that asks us to come again later is believed so far ahead, in seconds."""

LONGEST_CLOSED_S = 300
"""One answer of "too many requests" keeps us from a whole host for so long at most, in seconds."""


@dataclass(frozen=True, slots=True)
class HostLimits:
    """What holds for a host that has no limit of its own; `unlimited` are hosts that are never waited for."""

    at_once: int = AT_ONCE
    per_minute: int = PER_MINUTE
    unlimited: frozenset[str] = THIS_MACHINE


@dataclass(frozen=True, slots=True)
class HostTurns:
    """A host as it is now: its limits, from when on it may be asked, and how many are asking."""

    host: str
    at_once: int
    per_minute: int
    open_at: datetime
    running: int = 0

    @property
    def _gap(self) -> timedelta:
        return timedelta(minutes=1) / self.per_minute

    @property
    def _burst(self) -> int:
        """How many may be asked together after a rest; never more than a minute's."""
        return min(self.at_once, self.per_minute)

    def free(self, now: datetime) -> int:
        """How many more may be asked at this instant, 0 or more."""
        if self.open_at > now:
            return 0
        by_rate = min(self._burst, (now - self.open_at) // self._gap + 1)
        return max(0, min(by_rate, self.at_once - self.running))

    def after(self, taken: int, now: datetime) -> datetime:
        """From when on it may be asked again once so many were."""
        rested = now - (self._burst - 1) * self._gap
        return max(self.open_at, rested) + taken * self._gap


def limit_problems(at_once: int | None, per_minute: int | None) -> list[FieldProblem]:
    """What is wrong with a host's own limits; None leaves the deployment's."""
    problems = []
    for name, value, most in (
        ("at_once", at_once, MOST_AT_ONCE),
        ("per_minute", per_minute, MOST_PER_MINUTE),
    ):
        if value is not None and not 1 <= value <= most:
            text = N_("须为 1 至 %(most)s 的整数")
            problems.append(FieldProblem(name, "bad_limit", text, {"most": most}))
    return problems
