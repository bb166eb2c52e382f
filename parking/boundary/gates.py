"""What does a gate, a sensor or a vendor's cloud tell, whatever its dialect?

A dialect is pure: bytes in, messages and problems out, and the answer that its device understands. It never
opens a barrier. Pictures and the passwords that devices send are dropped in `read` and reach nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from parking.boundary.fetching import FetchRequest
from parking.kernel.vocabulary import Direction, PlateColour, SpaceClass, StayKind


@dataclass(frozen=True, slots=True)
class GateRequest:
    """What reached a compat route. `path` is what follows the secret; header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content_type: str
    body: bytes = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, slots=True)
class DialectContext:
    """What a dialect must know: the zone of clocks without an offset, and the secrets that sign, new first.

    `profile` is the text of a sorted-parameters profile (TOML), for the dialect that is told by one.
    """

    time_zone: str = "Asia/Shanghai"
    secrets: tuple[str, ...] = field(default=(), repr=False)
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class PassageTold:
    """One crossing as a device tells it.

    `event_id` is the vendor's own key, None where it gives none. `at` is the device's time, aware. `plate` is
    as read, None where none was read. `stay_id` is the vendor's number of the stay, the same at entry and
    exit. `serial`, `lot_key` and `lane_key` name device, lot and lane in the vendor's words. `resent` is what
    the device says of itself; the fact may be new nevertheless.
    """

    at: datetime
    event_id: str | None = None
    direction: Direction | None = None
    plate: str | None = field(default=None, repr=False)
    colour: PlateColour = PlateColour.UNKNOWN
    stay: StayKind | None = None
    stay_id: str | None = None
    serial: str | None = None
    lot_key: str | None = None
    lane_key: str | None = None
    resent: bool = False


@dataclass(frozen=True, slots=True)
class CountTold:
    """An absolute count of a lot's class; `free` or `occupied`, never both None."""

    at: datetime
    free: int | None = None
    occupied: int | None = None
    capacity: int | None = None
    space_class: SpaceClass | None = None
    lot_key: str | None = None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The device lives; `at` is its clock where it tells it."""

    serial: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UndoTold:
    """A crossing did not happen after all (backed out): by its event id, else the last of this plate here."""

    at: datetime
    event_id: str | None = None
    plate: str | None = field(default=None, repr=False)
    serial: str | None = None
    lot_key: str | None = None
    lane_key: str | None = None


@dataclass(frozen=True, slots=True)
class BayTold:
    """A bay's sensor: a vehicle stands there or not. `battery_low` None: not told."""

    bay: str
    occupied: bool
    at: datetime
    event_id: str | None = None
    battery_low: bool | None = None


@dataclass(frozen=True, slots=True)
class EtcTold:
    """An ETC lane's own transaction, settled by its TAC; money in fen."""

    at: datetime
    transaction_id: str
    fee_fen: int
    plate: str | None = field(default=None, repr=False)
    entered_at: datetime | None = None
    tac: str | None = field(default=None, repr=False)
    terminal: str | None = None
    serial: str | None = None
    lot_key: str | None = None
    lane_key: str | None = None


GateMessage = PassageTold | CountTold | Heartbeat | UndoTold | BayTold | EtcTold


@dataclass(frozen=True, slots=True)
class GateProblem:
    """A message (its place, like "#2") that could not be read: the field, a code in snake_case, no value."""

    record: str
    code: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class GateReading:
    """What was read. `echo` is what the dialect needs back for its reply, and nobody else looks at it."""

    messages: tuple[GateMessage, ...] = ()
    problems: tuple[GateProblem, ...] = ()
    serial: str | None = None
    lot_key: str | None = None
    echo: Mapping[str, str | int | bool] = field(default_factory=dict)


class Verdict(StrEnum):
    """What became of a request as a whole; a dialect puts it into its own words."""

    TAKEN = "taken"
    REPEATED = "repeated"
    QUARANTINED = "quarantined"
    UNKNOWN_DEVICE = "unknown_device"
    UNREADABLE = "unreadable"
    SIGNATURE_WRONG = "signature_wrong"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class GateReply:
    """The answer in the device's dialect."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class GateUnreadable(Exception):
    """The request as a whole is not of this dialect; nothing of it was taken. `code` is snake_case."""

    def __init__(self, code: str, field: str | None = None) -> None:
        self.code = code
        self.field = field
        super().__init__(code)


class SignatureWrong(Exception):
    """The request is not signed by one of the secrets, is too old, or comes a second time."""

    def __init__(self, code: str = "signature_wrong") -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class GateManifest:
    """What a dialect speaks; `vendor`, `speaks` and `authenticates` are sentences of the catalogue.

    `signs`: requests carry a signature (else the secret is in the address). `resends`: its device sends again
    until acknowledged, so what we refuse is acknowledged too and kept in quarantine. `pulls`: its cloud is
    asked for passages. `paths`: what follows the secret in the address, as it is typed into the device;
    none where the device adds it by itself.
    """

    name: str
    vendor: str
    speaks: str
    authenticates: str
    owner: str
    state: str
    signs: bool = False
    resends: bool = True
    pulls: bool = False
    sensors: bool = False
    paths: tuple[str, ...] = ()


class GateDialect(Protocol):
    """A translator of one vendor's messages."""

    @property
    def manifest(self) -> GateManifest: ...

    def profile_problems(self, profile: str | None) -> Sequence[tuple[str, str]]:
        """What is wrong with a device's profile, as (key, reason); nothing where none is read."""
        ...

    def serial_of(self, request: GateRequest) -> str | None:
        """The serial (or the vendor's lot number) that the request names, read before anything is trusted."""
        ...

    def read(self, request: GateRequest, context: DialectContext) -> GateReading:
        """Read a request. Raises GateUnreadable, SignatureWrong."""
        ...

    def reply(
        self,
        request: GateRequest,
        reading: GateReading | None,
        verdict: Verdict,
        context: DialectContext | None = None,
    ) -> GateReply:
        """The answer that the device understands; it acknowledges and opens nothing.

        `context` is the device's, None for a stranger: a dialect told by a profile answers as that says.
        """
        ...


@dataclass(frozen=True, slots=True)
class PullQuestion:
    """What to ask a vendor's cloud: its address, our number there, its lot, since when (the cursor).

    `look_back_s`: so many seconds before the cursor are asked again, for what reached the cloud late.
    """

    base_url: str
    app_id: str
    secret: str = field(repr=False)
    lot_key: str
    cursor: str | None
    asked_at: datetime
    time_zone: str = "Asia/Shanghai"
    nonce: str = ""
    look_back_s: int = 900


@dataclass(frozen=True, slots=True)
class PullAnswer:
    """What the cloud told, and the cursor that is kept once this is stored; `more`: ask again at once."""

    reading: GateReading
    cursor: str
    more: bool = False


class PassagePull(Protocol):
    """The side of a dialect whose vendor's cloud is asked instead of pushing."""

    def ask(self, question: PullQuestion) -> FetchRequest:
        """The request for what came after the cursor."""
        ...

    def answer(self, question: PullQuestion, body: bytes) -> PullAnswer:
        """Read the cloud's answer. Raises GateUnreadable, SignatureWrong."""
        ...
