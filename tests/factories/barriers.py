"""The simulator's barriers at a platform without a network: what a played device sends, the app answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from integrations.registry import GATE_DIALECTS
from parking.entrypoints.simulator.barriers import CLEAN, DIALECTS
from parking.entrypoints.simulator.barriers.clean import signed
from parking.entrypoints.simulator.barriers.crossing import Crossing, Gate, Heard, Leads, Message
from parking.kernel.actors import CLI
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.lookup.queries import Lookup
from parking.lots import service as lots
from parking.lots.queries import GateBooks
from parking.lots.rules import LaneDirection, LaneDraft
from parking.plates.service import PlateKeys
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.gateway import compat, operations
from parking.visits.service.intake import Intake
from tests.factories.devices import SEALER, SECRET, a_client, a_device
from tests.factories.lots import a_lot

CLOUDS = ("fourpyun", "bolink")
SIGNING_SECRET = "what the played clouds sign with"
LOT_KEY = "lot-of-the-vendor"


@dataclass
class Platform:
    """The gateway's app, and the parts behind it."""

    app: Flask
    clock: Clock
    keys: PlateKeys
    books: GateBooks

    def __post_init__(self) -> None:
        self.client: FlaskClient = self.app.test_client()

    def hear(self, gate: Gate, message: Message, message_id: str = "m") -> tuple[int, Heard, bytes]:
        """Send what a gate says; status, what the device makes of the answer, and the answer."""
        if gate.dialect == CLEAN:
            message = signed(gate, message, message_id, self.clock.now())
        answer = self.client.post(
            gate.url + message.path,
            data=message.body,
            headers=dict(message.headers),
            content_type=message.content_type,
        )
        return answer.status_code, DIALECTS[gate.dialect].hear(answer.status_code, answer.data), answer.data

    def tell(self, gate: Gate, crossing: Crossing, *, resent: bool = False) -> Heard:
        """Let a gate tell a crossing."""
        message = DIALECTS[gate.dialect].tell(gate, crossing, resent=resent)
        return self.hear(gate, message, f"{gate.serial}-{crossing.number}")[1]


def a_platform(sessions: Sessions, clock: Clock, lookup: Lookup | None = None, **services: Any) -> Platform:
    """The gateway over a database in which a city is loaded."""
    books, keys = GateBooks(sessions, SEALER, clock), PlateKeys(sessions, SEALER, clock)
    told = PortalServices(
        sessions=sessions,
        clock=clock,
        lookup=lookup or Lookup("", sessions, clock),
        secret_key=SECRET,
        dialects=GATE_DIALECTS,
        books=books,
        plate_keys=keys,
        intake=Intake(sessions, clock, books, keys),
        sightings=lots.Sightings(sessions),
        **services,
    )
    app = create_app(told, pages=(), interfaces=(operations.blueprint, compat.blueprint))
    return Platform(app, clock, keys, books)


def a_gated_lot(
    session: Session, dialects: tuple[str, ...], clock: Clock, **fields: Any
) -> tuple[str, list[Gate]]:
    """A lot with a lane in and a lane out for each dialect, all of them counted; its id and gates."""
    now = clock.now()
    lot = a_lot(session, now=now, **fields)
    gates: list[Gate] = []
    for dialect in dialects:
        lanes = {
            leads: lots.register_lane(
                session, CLI, lot.id, LaneDraft(f"{dialect} {leads}", LaneDirection(leads)), now
            )
            for leads in Leads
        }
        gates += _gates(session, lot.id, lot.code, dialect, lanes, clock)
    return lot.id, gates


def _gates(
    session: Session, lot_id: str, code: str, dialect: str, lanes: dict[Leads, str], clock: Clock
) -> list[Gate]:
    now, slug = clock.now(), f"{code}-{dialect}"
    plain = Gate(slug, dialect, "", Leads.ENTRY, slug)
    if dialect == CLEAN:
        client = a_client(session, [lot_id], now=now)
        for lane_id in lanes.values():
            lots.set_counting_source(session, CLI, lane_id, client.source, now)
        plain = replace(plain, url="/api/v1/gateway/", lot_key=code, client_id=client.id, secret=client.key)
    elif dialect in CLOUDS:
        cloud = a_device(session, dialect, signing_secret=SIGNING_SECRET, now=now)
        lots.map_lot(session, CLI, cloud.id, LOT_KEY, lot_id, now)
        for leads, lane_id in lanes.items():
            lots.map_lane(session, CLI, cloud.id, lot_id, leads, lane_id, now)
        plain = replace(plain, url=cloud.path(), lot_key=LOT_KEY, secret=SIGNING_SECRET)
    else:
        cameras = {
            leads: a_device(
                session, dialect, lot_id=lot_id, lane_id=lane_id, serial=f"{slug}-{leads}", now=now
            )
            for leads, lane_id in lanes.items()
        }
        return [
            replace(plain, url=camera.path(), leads=leads, serial=f"{slug}-{leads}", slug=f"{slug}-{leads}")
            for leads, camera in cameras.items()
        ]
    keys = {leads: lanes[leads] if dialect == CLEAN else str(leads) for leads in Leads}
    return [
        replace(plain, leads=leads, lane_key=keys[leads], serial=f"{slug}-{leads}", slug=f"{slug}-{leads}")
        for leads in Leads
    ]
