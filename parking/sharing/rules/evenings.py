"""When are the parties of an agreement told what to expect of the morning?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

WITHIN = timedelta(hours=18)
"""How far ahead the ends of windows are told: the evening sees the whole of the next morning."""
_HOUR = 20


def evening_hour(facts: Mapping[str, Any]) -> int:
    """From which full hour of the city's evening on: "sharing.evening_hour", else 20."""
    told = facts.get("sharing.evening_hour")
    return _HOUR if told is None else int(told)


def is_evening(local: datetime, hour: int) -> bool:
    """Whether the evening has begun by the city's clocks; after midnight it is too late to tell."""
    return local.hour >= hour
