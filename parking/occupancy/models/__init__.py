"""Which facts about occupation reached us, and which state do they add up to?"""

from parking.occupancy.models.bays import Bay
from parking.occupancy.models.counts import (
    CounterState,
    CountFact,
    CountingSource,
    HistorySlot,
    PassageFact,
    VoidedFact,
)
from parking.occupancy.models.levels import LevelDay, SourceLevelDay

__all__ = [
    "Bay",
    "CountFact",
    "CounterState",
    "CountingSource",
    "HistorySlot",
    "LevelDay",
    "PassageFact",
    "SourceLevelDay",
    "VoidedFact",
]
