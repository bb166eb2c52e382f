"""Who is it that tells of a passage, and for which lots and lanes may it speak?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from parking.accounts.rules import Scope
from parking.kernel.clock import Clock
from parking.kernel.vocabulary import SpaceClass
from parking.lots.rules.gates import DeviceKind, DeviceRole, LaneDirection


@dataclass(frozen=True, slots=True)
class LaneFacts:
    """A lane: which way it leads, and whose passages count there."""

    id: str
    lot_id: str
    entrance_id: str | None
    name: str
    direction: LaneDirection
    space_class: SpaceClass | None
    counting_source: str | None


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """A registered device. `secrets` are those it may sign with, newest first; `lots` and `lanes` translate
    the vendor's words. An evidence device's passages never count."""

    id: str
    source: str
    name: str
    kind: DeviceKind
    role: DeviceRole
    dialect: str
    serial: str | None
    lot_id: str | None
    lane: LaneFacts | None
    space_class: SpaceClass | None
    time_zone: str
    silence_after_s: int
    secrets: tuple[str, ...] = field(default=(), repr=False)
    profile: str | None = field(default=None, repr=False)
    lots: Mapping[str, str] = field(default_factory=dict)
    lanes: Mapping[tuple[str, str], LaneFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that a client signs with. Whoever checks a signature also looks at `is_good`."""

    id: str
    hint: str
    secret: bytes = field(repr=False)
    expires_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """A machine client; `lots` are the ids of those it may speak for, `keys` newest first."""

    id: str
    source: str
    name: str
    scopes: frozenset[Scope]
    lots: frozenset[str]
    keys: tuple[SigningKey, ...] = field(repr=False)
    sandbox: bool
    disabled: bool

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes and not self.disabled


@dataclass(frozen=True, slots=True)
class GateBook:
    """Everybody who may tell us something, as of one moment. Nothing in it changes."""

    devices: Mapping[str, DeviceFacts]
    clients: Mapping[str, ClientFacts]
    lanes: Mapping[str, LaneFacts]
    # SHA-256 of an address's secret -> device, and until when it is good.
    by_secret: Mapping[bytes, tuple[str, datetime | None]] = field(repr=False)
    by_lot: Mapping[str, tuple[LaneFacts, ...]] = field(repr=False)
    # Lots where a counting camera stands, and who counts for a whole lot where none does.
    watched: frozenset[str]
    speakers: Mapping[str, str]
    # Our ids and codes of lots -> id.
    lot_ids: Mapping[str, str] = field(repr=False)
    clock: Clock = field(repr=False)

    def device(self, dialect: str, url_secret: str) -> DeviceFacts | None:
        """The device whose address this is; None for an unknown, old or foreign secret."""
        found = self.by_secret.get(secret_hash(url_secret))
        if found is None:
            return None
        device_id, until_at = found
        device = self.devices[device_id]
        if device.dialect != dialect or (until_at is not None and until_at <= self.clock.now()):
            return None
        return device

    def device_by_id(self, device_id: str) -> DeviceFacts | None:
        """A device that is not disabled."""
        return self.devices.get(device_id)

    def client(self, client_id: str) -> ClientFacts | None:
        """A client, also a disabled one: it must be refused like an unknown one."""
        return self.clients.get(client_id)

    def lane(self, lane_id: str) -> LaneFacts | None:
        return self.lanes.get(lane_id)

    def lanes_of(self, lot_id: str) -> tuple[LaneFacts, ...]:
        """The open lanes of a lot by name."""
        return self.by_lot.get(lot_id, ())

    def lot_has_counting_lane(self, lot_id: str) -> bool:
        """Whether some lane of the lot has a source that counts; then unnamed lanes do not."""
        for lane in self.by_lot.get(lot_id, ()):  # noqa: SIM110 - asked for each passage: a third of any()
            if lane.counting_source is not None:
                return True
        return False

    def counts_unnamed(self, teller: DeviceFacts | ClientFacts, lot_id: str) -> bool:
        """Whether a crossing counts that names no registered lane.

        Not where a lane of the lot has a counting source. Else each camera counts its own; where none stands,
        one client or vendor's cloud speaks for the whole lot, so that no crossing counts twice.
        """
        if self.lot_has_counting_lane(lot_id):
            return False
        if isinstance(teller, DeviceFacts) and teller.kind is DeviceKind.CAMERA:
            return True
        return lot_id not in self.watched and self.speakers.get(lot_id) == teller.source

    def lot_id_of(self, code_or_id: str) -> str | None:
        """Our lot by its code in the register or its id; None where there is none."""
        return self.lot_ids.get(code_or_id)

    def counts_somewhere(self, device: DeviceFacts) -> bool:
        """Whether any crossing that this device tells moves a count: at its lane, one of those that the
        vendor's words mean, or where no lane is named."""
        if device.role is not DeviceRole.COUNTING:
            return False
        if device.lane is not None:
            return device.lane.counting_source == device.source
        lots = {*device.lots.values(), *filter(None, [device.lot_id])}
        return any(lane.counting_source == device.source for lane in device.lanes.values()) or any(
            self.counts_unnamed(device, lot_id) for lot_id in lots
        )


def secret_hash(url_secret: str) -> bytes:
    """What is kept of an address's secret. It is random enough that one plain hash hides it."""
    return sha256(url_secret.encode()).digest()
