"""How is money asked for outside the city: by ETC networks and by payment networks?

A network may answer late, twice or not at all. Whoever asks names the charge by an id of ours, so that asking
again asks for the same charge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from parking.kernel.vocabulary import PlateColour


class ChargeStanding(StrEnum):
    """What a network says of a charge. `unknown`: it never heard of it."""

    PENDING = "pending"
    PAID = "paid"
    REFUSED = "refused"
    REFUNDED = "refunded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ChargeAsk:
    """One charge: `charge_id` is ours and the same at every attempt; money in fen."""

    charge_id: str
    amount_fen: int
    lot_name: str
    entered_at: datetime
    left_at: datetime
    plate: str | None = field(default=None, repr=False)
    colour: PlateColour = PlateColour.UNKNOWN
    lane_key: str | None = None
    return_url: str | None = None
    notify_url: str | None = None


@dataclass(frozen=True, slots=True)
class ChargeAnswer:
    """What the network says. `pay_url` is where a person goes on; `reference` is the network's own number."""

    charge_id: str
    standing: ChargeStanding
    reference: str | None = None
    amount_fen: int | None = None
    reason: str | None = None
    pay_url: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NetworkEntry:
    """A line of the network's list of a day; a refund has a negative amount."""

    charge_id: str
    reference: str
    amount_fen: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Callback:
    """What reached our address for a network's calls."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received_at: datetime


class NetworkSilent(Exception):
    """No answer that could be read: whether the charge was made is in doubt. `reason` is snake_case."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class CallbackRefused(Exception):
    """The call is not the network's: its signature is wrong, or it is too old."""


@dataclass(frozen=True, slots=True)
class NetworkManifest:
    """`etc`: it charges by the plate, without the driver; else a person pays at `pay_url`.

    `authenticates` and `state` are sentences of the catalogue.
    """

    name: str
    vendor: str
    authenticates: str
    state: str
    etc: bool


class ChargeNetwork(Protocol):
    """An ETC or payment network. Every call goes out over the network: never inside a transaction."""

    @property
    def manifest(self) -> NetworkManifest: ...

    def request(self, ask: ChargeAsk) -> ChargeAnswer:
        """Ask for the charge once. Raises NetworkSilent: then it is in doubt."""
        ...

    def query(self, charge_id: str) -> ChargeAnswer:
        """What became of a charge. Raises NetworkSilent."""
        ...

    def refund(self, charge_id: str, refund_id: str, amount_fen: int) -> ChargeAnswer:
        """Give money back; the same refund_id again is the same refund. Raises NetworkSilent."""
        ...

    def read_callback(self, call: Callback) -> ChargeAnswer:
        """What the network tells by itself. Raises CallbackRefused."""
        ...

    def acknowledge(self, answer: ChargeAnswer) -> bytes:
        """What the network wants to hear so that it does not call again."""
        ...

    def entries(self, on: date) -> tuple[NetworkEntry, ...]:
        """Its list of a city day, for reconciliation. Raises NetworkSilent."""
        ...
