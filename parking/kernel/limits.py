"""How often may something be tried?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many within a window of time that begins with the first."""

    most: int
    window: timedelta
