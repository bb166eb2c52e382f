"""How much of what was lent was really used?

Space-hours are told exactly, as spans of time that add up: the parts of a whole are the whole.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TypeVar

NOTHING = timedelta()
_HOUR = timedelta(hours=1)
_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sums: `offered` and `used` in spaces x time; `unseen` uses left without being seen and have no time.

    `used` may be more than `offered` only where more strangers were let in than the quota allows.
    """

    windows: int = 0
    offered: timedelta = NOTHING
    used: timedelta = NOTHING
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


def sums(lines: Iterable[tuple[_Key, Evidence]]) -> dict[_Key, Evidence]:
    """The sum for each key, in the order in which the keys come."""
    found: dict[_Key, Evidence] = {}
    for key, each in lines:
        found[key] = found.get(key, Evidence()) + each
    return found


def total(lines: Iterable[Evidence]) -> Evidence:
    """All together."""
    return sum(lines, Evidence())
