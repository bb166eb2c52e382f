"""Which lots exist, which devices watch their lanes, and who may speak for them?"""

from parking.lots.models.gates import (
    ClientLot,
    Device,
    DeviceLane,
    DeviceLot,
    DeviceSighting,
    Lane,
    UnknownDevice,
)
from parking.lots.models.lending import LentSpan
from parking.lots.models.register import EndedHours, Entrance, LedgerEntry, Lot, SpaceGroup

__all__ = [
    "ClientLot",
    "Device",
    "DeviceLane",
    "DeviceLot",
    "DeviceSighting",
    "EndedHours",
    "Entrance",
    "Lane",
    "LedgerEntry",
    "LentSpan",
    "Lot",
    "SpaceGroup",
    "UnknownDevice",
]
