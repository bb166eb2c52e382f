"""What does a played barrier see, and what does it send? Words that all its dialects share.

Every plate is made up and says so: no city of Jiangsu has the letter Z, so that 苏Z is nobody's plate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
SYNTHETIC = "苏Z"
# What a plate is made of: I and O are never used, they look like digits.
_SIGNS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class NotMadeUp(ValueError):
    """A plate that may be somebody's shall not be played."""


class Leads(StrEnum):
    """Where a lane leads."""

    ENTRY = "entry"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A made-up vehicle: its plate, whether it runs on electricity (a green plate), whether it rents."""

    plate: str = field(repr=False)
    is_electric: bool = False
    is_monthly: bool = False


def vehicle(number: int) -> Vehicle:
    """The vehicle no. `number`: every fifth is electric, every seventh rents; half a million differ."""
    is_monthly = number % 7 == 0
    if number % 5 == 0:
        return Vehicle(f"{SYNTHETIC}D{number // 5 % 100_000:05d}", True, is_monthly)
    # Coprime with the number of places, so that neighbours look unlike and none comes twice.
    signs, digits = divmod(number * 7919 % (len(_SIGNS) ** 2 * 1000), 1000)
    first, second = divmod(signs, len(_SIGNS))
    return Vehicle(f"{SYNTHETIC}{_SIGNS[first]}{_SIGNS[second]}{digits:03d}", False, is_monthly)


@dataclass(frozen=True, slots=True)
class Gate:
    """One barrier: who it is, how it speaks, where it sends. `secret` signs, where its dialect does."""

    slug: str
    dialect: str
    url: str = field(repr=False)
    leads: Leads
    serial: str
    lot_key: str = ""
    lane_key: str = ""
    client_id: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Crossing:
    """One vehicle under a barrier's camera. `vehicle` None: no plate could be read.

    `number` runs on a device; `stay` is the lot's own number of the stay; `entered_at` is known at an exit.
    """

    number: int
    at: datetime
    leads: Leads
    vehicle: Vehicle | None
    stay: str
    entered_at: datetime | None = None

    def moved(self, by: timedelta) -> Crossing:
        """The same crossing on a clock that is wrong."""
        entered_at = None if self.entered_at is None else self.entered_at + by
        return Crossing(self.number, self.at + by, self.leads, self.vehicle, self.stay, entered_at)

    @property
    def plate(self) -> str | None:
        if self.vehicle is None:
            return None
        if not self.vehicle.plate.startswith(SYNTHETIC):
            raise NotMadeUp
        return self.vehicle.plate

    @property
    def is_electric(self) -> bool:
        return self.vehicle is not None and self.vehicle.is_electric

    @property
    def is_monthly(self) -> bool:
        return self.vehicle is not None and self.vehicle.is_monthly


@dataclass(frozen=True, slots=True)
class Message:
    """A POST to be sent; `path` is joined to the gate's address."""

    path: str
    body: bytes = field(repr=False)
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """How the device takes an answer: it need not send again; the answer fired its relay."""

    is_acknowledged: bool
    opens: bool = False


class Dialect(Protocol):
    """How one vendor's device speaks."""

    def tell(self, gate: Gate, crossing: Crossing, *, resent: bool = False) -> Message:
        """A crossing as the device tells it; `resent`: after an outage."""
        ...

    def take_back(self, gate: Gate, crossing: Crossing, at: datetime) -> Message | None:
        """The vehicle backed out; None where the dialect has no word for it."""
        ...

    def beat(self, gate: Gate, at: datetime) -> Message | None:
        """A sign of life; None where the device gives none."""
        ...

    def hear(self, status: int, body: bytes) -> Heard:
        """What the device makes of an answer."""
        ...


def local(at: datetime, pattern: str = "%Y-%m-%d %H:%M:%S") -> str:
    """The city's wall clock."""
    return at.astimezone(ZONE).strftime(pattern)


def epoch_ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
