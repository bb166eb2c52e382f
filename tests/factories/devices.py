"""A lot with lanes, devices at them, and clients that may speak for it, made by the services."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from sqlalchemy.orm import Session

from parking.accounts import service as accounts
from parking.accounts.rules import Scope
from parking.kernel.actors import CLI
from parking.kernel.sealing import Sealer
from parking.lots import service
from parking.lots.queries import GateBook, LotCard, gate_books
from parking.lots.queries.gate_rows import gate_rows
from parking.lots.rules import DeviceDraft, DeviceKind, LaneDirection, LaneDraft
from tests.factories.city import NOW
from tests.factories.lookup import SetClock
from tests.factories.lots import a_lot

SECRET = "a secret of the tests' deployment, long enough"
SEALER = Sealer.from_secret(SECRET)
"""Opens what these factories seal; an app of the tests takes `SECRET` as its `secret_key`."""

_numbers = count(1)


@dataclass(frozen=True)
class GateLot:
    """A lot with a lane in and a lane out."""

    lot: LotCard
    entry_lane_id: str
    exit_lane_id: str

    @property
    def id(self) -> str:
        return self.lot.id


@dataclass(frozen=True)
class ADevice:
    """A registered device and the secret of its address."""

    id: str
    dialect: str
    secret: str = field(repr=False)

    @property
    def source(self) -> str:
        return f"device:{self.id}"

    def path(self, rest: str = "") -> str:
        return f"/compat/{self.dialect}/{self.secret}/{rest}"


@dataclass(frozen=True)
class AClient:
    """A machine client and its signing key (`whsec_...`)."""

    id: str
    key: str = field(repr=False)

    @property
    def source(self) -> str:
        return f"client:{self.id}"


def a_gate_lot(session: Session, *, now: datetime = NOW, **fields) -> GateLot:
    """A lot of 100 spaces with a lane of each direction where nothing counts yet; a city must be loaded."""
    lot = a_lot(session, now=now, **fields)
    lanes = [
        service.register_lane(session, CLI, lot.id, LaneDraft(name, direction), now)
        for name, direction in (("入口1", LaneDirection.ENTRY), ("出口1", LaneDirection.EXIT))
    ]
    return GateLot(lot, *lanes)


def a_device(
    session: Session,
    dialect: str = "vzenith",
    *,
    lot_id: str | None = None,
    lane_id: str | None = None,
    now: datetime = NOW,
    **fields,
) -> ADevice:
    """A device; a counting one counts at its lane. `fields` are those of DeviceDraft."""
    number = next(_numbers)
    told = {
        "name": f"设备{number}",
        "kind": DeviceKind.CAMERA if lot_id else DeviceKind.CLOUD,
        "dialect": dialect,
        "serial": f"serial-{number:06d}",
        "lot_id": lot_id,
        "lane_id": lane_id,
    }
    draft = DeviceDraft(**(told | fields))
    made = service.register_device(session, CLI, draft, dialects=[dialect], sealer=SEALER, now=now)
    return ADevice(made.device_id, dialect, made.url_secret)


def a_client(
    session: Session,
    lot_ids: Collection[str] = (),
    *,
    scopes: Collection[Scope] = tuple(Scope),
    sandbox: bool = False,
    now: datetime = NOW,
) -> AClient:
    """A client with every scope that may speak for these lots."""
    made = accounts.register_client(
        session,
        CLI,
        name=f"接入方{next(_numbers)}",
        scopes=scopes,
        sealer=SEALER,
        now=now,
        sandbox=sandbox,
    )
    service.grant_lots(session, CLI, made.client_id, lot_ids, now)
    return AClient(made.client_id, made.key)


def gate_book(session: Session, at: datetime = NOW, sealer: Sealer = SEALER) -> GateBook:
    """What the gates' book says at an instant, read within a test's own session."""
    clock = SetClock()
    clock.at = at
    return gate_books.book_of(gate_rows(session, at), sealer, clock)
