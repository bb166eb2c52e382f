"""What does a source know of one of its lots at an instant?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from parking.entrypoints.simulator.city import PlayedLot


@dataclass(frozen=True, slots=True)
class Tally:
    """Spaces and vehicles of one class, as the source tells them: a liar's need not make sense."""

    capacity: int
    occupied: int

    @property
    def free(self) -> int:
        return self.capacity - self.occupied


@dataclass(frozen=True, slots=True)
class Reading:
    """A lot and its tallies by class, counted at `as_of`."""

    lot: PlayedLot
    as_of: datetime
    tallies: Mapping[str, Tally]

    @property
    def general(self) -> Tally:
        return self.tallies.get("general", Tally(0, 0))
