"""Who may tell us something right now, without asking the database for each message?

A snapshot in memory, read again when it is a second old: a key that was taken back is good for two seconds at
most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from threading import Lock
from time import monotonic

import structlog
from sqlalchemy.exc import DBAPIError

from parking.accounts.rules.scopes import KNOWN_SCOPES, Scope, key_context, key_id
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.sealing import SealBroken, Sealer
from parking.kernel.vocabulary import SpaceClass
from parking.lots.queries.gate_rows import GateRows, gate_rows, gate_stamp
from parking.lots.queries.gates import ClientFacts, DeviceFacts, GateBook, LaneFacts, SigningKey
from parking.lots.rules.gates import (
    DeviceKind,
    DeviceRole,
    LaneDirection,
    client_source,
    device_source,
    signing_context,
)

_log = structlog.get_logger(__name__)
_OLD_AFTER_S = 1.0
_TOO_OLD_AFTER_S = 2.0
_Read = tuple[float, tuple[int, ...], GateBook]
"""When a snapshot was read, what the rows' stamp was, and the snapshot."""


class GateBooks:
    """The newest snapshot, at most two seconds old; thread-safe, and quick unless it has to be read.

    One thread reads again while the others go on with what is still good. Raises what the database raises
    where a snapshot is too old and cannot be read.
    """

    def __init__(self, sessions: Sessions, sealer: Sealer, clock: Clock) -> None:
        self._sessions, self._sealer, self._clock = sessions, sealer, clock
        self._reading = Lock()
        self._newest: _Read | None = None

    def now(self) -> GateBook:
        """The snapshot."""
        newest = self._newest
        age_s = monotonic() - newest[0] if newest else None
        if newest and age_s is not None and age_s < _OLD_AFTER_S:
            return newest[2]
        if newest and age_s is not None and age_s < _TOO_OLD_AFTER_S:
            if not self._reading.acquire(blocking=False):
                return newest[2]
            try:
                return self._read(newest)
            except DBAPIError:
                # It is still good for a moment; whoever needs it later is told.
                return newest[2]
            finally:
                self._reading.release()
        with self._reading:
            # Whoever held the lock has just read what we waited for.
            if self._newest is not None and self._newest is not newest:
                return self._newest[2]
            return self._read(newest)

    def read_again(self) -> GateBook:
        """A snapshot of this moment, for whoever has just changed something."""
        with self._reading:
            return self._read(self._newest)

    def _read(self, before: _Read | None) -> GateBook:
        started, now = monotonic(), self._clock.now()
        with self._sessions() as session:
            # Asked for before the rows: what changes in between is a difference the next time.
            stamp = gate_stamp(session, now)
            if before and before[1] == stamp:
                book = before[2]
            else:
                book = book_of(gate_rows(session, now), self._sealer, self._clock)
        self._newest = (started, stamp, book)
        return book


def book_of(rows: GateRows, sealer: Sealer, clock: Clock) -> GateBook:
    """The snapshot that these rows make. A secret that cannot be opened is left out and told in the log."""
    lanes = {
        row.id: LaneFacts(
            id=row.id,
            lot_id=row.lot_id,
            entrance_id=row.entrance_id,
            name=row.name,
            direction=LaneDirection(row.direction),
            space_class=_class(row.space_class),
            counting_source=row.counting_source,
        )
        for row in rows.lanes
    }
    by_lot: dict[str, list[LaneFacts]] = {}
    for lane in lanes.values():
        by_lot.setdefault(lane.lot_id, []).append(lane)
    devices = _devices(rows, lanes, sealer, clock.now())
    by_secret: dict[bytes, tuple[str, datetime | None]] = {}
    for device in rows.devices:
        if device.old_secret_hash is not None:
            by_secret[device.old_secret_hash] = (device.id, device.old_secret_until_at)
        by_secret[device.secret_hash] = (device.id, None)
    clients = _clients(rows, sealer)
    return GateBook(
        devices=devices,
        clients=clients,
        lanes=lanes,
        by_secret=by_secret,
        by_lot={lot_id: tuple(found) for lot_id, found in by_lot.items()},
        watched=frozenset(
            device.lot_id
            for device in devices.values()
            if device.lot_id and device.kind is DeviceKind.CAMERA and device.role is DeviceRole.COUNTING
        ),
        speakers=_speakers(rows, devices, clients),
        lot_ids={code: lot_id for lot_id, code in rows.lots} | {lot_id: lot_id for lot_id, _ in rows.lots},
        clock=clock,
    )


def _devices(
    rows: GateRows, lanes: Mapping[str, LaneFacts], sealer: Sealer, now: datetime
) -> dict[str, DeviceFacts]:
    lots_of: dict[str, dict[str, str]] = {}
    for device_id, vendor_key, lot_id in rows.device_lots:
        lots_of.setdefault(device_id, {})[vendor_key] = lot_id
    lanes_of: dict[str, dict[tuple[str, str], LaneFacts]] = {}
    for device_id, lot_id, vendor_key, lane_id in rows.device_lanes:
        if lane_id in lanes:
            lanes_of.setdefault(device_id, {})[lot_id, vendor_key] = lanes[lane_id]
    made = {}
    for row in rows.devices:
        signing = [row.signing_sealed]
        if row.old_signing_until_at is not None and now < row.old_signing_until_at:
            signing.append(row.old_signing_sealed)
        opened = _opened(sealer, signing_context(row.id), (sealed for sealed in signing if sealed))
        made[row.id] = DeviceFacts(
            id=row.id,
            source=device_source(row.id),
            name=row.name,
            kind=DeviceKind(row.kind),
            role=DeviceRole(row.role),
            dialect=row.dialect,
            serial=row.serial,
            lot_id=row.lot_id,
            lane=lanes.get(row.lane_id) if row.lane_id else None,
            space_class=_class(row.space_class),
            time_zone=row.time_zone,
            silence_after_s=row.silence_after_s,
            secrets=tuple(secret.decode() for secret in opened),
            profile=row.profile,
            lots=lots_of.get(row.id, {}),
            lanes=lanes_of.get(row.id, {}),
        )
    return made


def _clients(rows: GateRows, sealer: Sealer) -> dict[str, ClientFacts]:
    keys: dict[str, list[SigningKey]] = {}
    for key in rows.keys:
        for secret in _opened(sealer, key_context(key.client_id), [key.sealed]):
            made = SigningKey(key_id(key.key_hash), key.hint, secret, key.expires_at)
            keys.setdefault(key.client_id, []).append(made)
    lots: dict[str, set[str]] = {}
    for client_id, lot_id, _ in rows.client_lots:
        lots.setdefault(client_id, set()).add(lot_id)
    return {
        row.id: ClientFacts(
            id=row.id,
            source=client_source(row.id),
            name=row.name,
            scopes=frozenset(Scope(scope) for scope in row.scopes if scope in KNOWN_SCOPES),
            lots=frozenset(lots.get(row.id, ())),
            keys=tuple(keys.get(row.id, ())),
            sandbox=row.sandbox,
            disabled=row.disabled_at is not None,
        )
        for row in rows.clients
    }


def _speakers(
    rows: GateRows, devices: Mapping[str, DeviceFacts], clients: Mapping[str, ClientFacts]
) -> dict[str, str]:
    """Who counts for a lot as a whole: its vendor's cloud, else the client that was granted the lot first."""
    found: dict[str, str] = {}
    for device in devices.values():
        if device.kind is DeviceKind.CLOUD and device.role is DeviceRole.COUNTING:
            for lot_id in {*device.lots.values(), *filter(None, [device.lot_id])}:
                found.setdefault(lot_id, device.source)
    for client_id, lot_id, _ in sorted(rows.client_lots, key=lambda row: row.granted_at):
        client = clients[client_id]
        if client.may(Scope.PASSAGES_WRITE) and not client.sandbox:
            found.setdefault(lot_id, client.source)
    return found


def _opened(sealer: Sealer, context: str, sealed: Iterable[bytes]) -> list[bytes]:
    opened = []
    for each in sealed:
        try:
            opened.append(sealer.open(each, context))
        except SealBroken:
            # The deployment's secret was changed: signatures of this one fail until its secret is set anew.
            _log.error("gate secret cannot be opened", of=context)
    return opened


def _class(text: str | None) -> SpaceClass | None:
    return SpaceClass(text) if text else None
