"""What does every record of one reading share?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from integrations.records import Harvest


@dataclass(slots=True)
class Run:
    """When the answer came, the zone and coordinate system that hold, and what was read so far."""

    received_at: datetime
    zone: tzinfo
    crs: str
    harvest: Harvest
