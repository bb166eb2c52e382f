"""How much of what was lent was really used?

Space-hours are told exactly, as spans of time that add up: the parts of a whole are the whole.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TypeVar

_NONE = timedelta()
_HOUR = timedelta(hours=1)
_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class UseTold:
    """A visit that used a window. `left_at` None: it is inside, or, if `is_over`, left without being seen."""

    entered_at: datetime
    left_at: datetime | None
    is_over: bool
    is_booked: bool
    overstay_minutes: int


@dataclass(frozen=True, slots=True)
class WindowTold:
    """Spaces lent in [from_at, until_at), or until `closed_at`, when it was to take nobody new any more."""

    from_at: datetime
    until_at: datetime
    closed_at: datetime | None
    quota: int
    uses: tuple[UseTold, ...]

    @property
    def opened(self) -> bool:
        """Whether it was not taken back before it began."""
        return self.closed_at is None or self.closed_at > self.from_at


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sums: `offered` and `used` in spaces x time; `unseen` uses left without being seen and have no time.

    `used` may be more than `offered` only where more strangers were let in than the quota allows.
    """

    windows: int = 0
    offered: timedelta = _NONE
    used: timedelta = _NONE
    uses: int = 0
    booked: int = 0
    unseen: int = 0
    overstays: int = 0
    overstay_minutes: int = 0

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(
            **{part.name: getattr(self, part.name) + getattr(other, part.name) for part in fields(self)}
        )

    @property
    def offered_hours(self) -> float:
        return self.offered / _HOUR

    @property
    def used_hours(self) -> float:
        return self.used / _HOUR

    @property
    def fulfilment(self) -> float | None:
        """The part of the offered that was used; None where nothing was offered."""
        return self.used / self.offered if self.offered else None

    @property
    def is_unused(self) -> bool:
        """Spaces stood open, and nobody came, nor stood there since the time before."""
        return bool(self.offered) and not self.uses and not self.used


def evidence_of(window: WindowTold, from_at: datetime, until_at: datetime, now: datetime) -> Evidence:
    """What a window adds to the evidence of [from_at, until_at) so far; nothing is offered after `now`.

    A window is counted where it begins, a use where it entered (in the window's time), an overstay where the
    window ended. A window that closed early offers from then on just the spaces of those who stayed.
    """
    since, until = max(window.from_at, from_at), min(window.until_at, until_at, now)
    open_until = until if window.closed_at is None else min(until, window.closed_at)
    ends_here = from_at < window.until_at <= until_at
    inside = [use for use in window.uses if from_at <= max(use.entered_at, window.from_at) < until_at]
    late = [use for use in window.uses if ends_here and use.overstay_minutes > 0]
    return Evidence(
        windows=int(from_at <= window.from_at < min(until_at, now) and window.opened),
        offered=window.quota * max(open_until - since, _NONE)
        + sum((_overlap(use, max(since, open_until), until) for use in window.uses), _NONE),
        used=sum((_overlap(use, since, until) for use in window.uses), _NONE),
        uses=len(inside),
        booked=sum(use.is_booked for use in inside),
        unseen=sum(use.is_over and use.left_at is None for use in inside),
        overstays=len(late),
        overstay_minutes=sum(use.overstay_minutes for use in late),
    )


def sums(lines: Iterable[tuple[_Key, Evidence]]) -> dict[_Key, Evidence]:
    """The sum for each key, in the order in which the keys come."""
    found: dict[_Key, Evidence] = {}
    for key, each in lines:
        found[key] = found.get(key, Evidence()) + each
    return found


def total(lines: Iterable[Evidence]) -> Evidence:
    """All together."""
    return sum(lines, Evidence())


def _overlap(use: UseTold, since: datetime, until: datetime) -> timedelta:
    if use.is_over and use.left_at is None:
        return _NONE
    left_at = until if use.left_at is None else use.left_at
    return max(min(left_at, until) - max(use.entered_at, since), _NONE)
