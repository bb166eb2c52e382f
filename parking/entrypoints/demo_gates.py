"""Which lanes, devices and clients does the demo city have, and what must the simulator know of them?

Secrets are told once, when they are made. A demo that starts again makes new ones, and the old are good for
nothing; what was registered stays.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy.orm import Session

from integrations.registry import GATE_DIALECTS, PASSAGE_PULLS
from parking.accounts import service as accounts
from parking.accounts.rules import Scope
from parking.entrypoints import demo_city
from parking.entrypoints.simulator.barriers import CLEAN
from parking.entrypoints.simulator.barriers.plan import beginning, days_of
from parking.kernel.actors import CLI
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.sealing import Sealer
from parking.kernel.vocabulary import SpaceClass
from parking.lots import service as lots
from parking.lots.queries import GateBook, GateBooks
from parking.lots.rules import DeviceDraft, DeviceKind, LaneDirection, LaneDraft
from parking.occupancy import queries as occupancy_queries
from parking.occupancy import service as occupancy
from parking.occupancy.service.bays import BayDraft, register_bays
from parking.visits.queries.pulls import pull_views
from parking.visits.rules.pulls import PullDraft
from parking.visits.service import closing, pulls

_AT_ONCE = timedelta(0)
_CLOUDS = ("fourpyun", "bolink")
_APP_ID = "12250"
_ASKED_EVERY_S = 10
_THIS_MACHINE = ("127.0.0.0/8",)


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client of the demo and its key, to be shown to whoever tries the interface."""

    name: str
    client_id: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """What `open_gates` made: the simulator's file, and the sandbox's key."""

    street: Mapping[str, Any] = field(repr=False)
    sandbox: NewClient


def open_gates(sessions: Sessions, clock: Clock, sealer: Sealer, simulator: str) -> Opened:
    """Register what is not registered yet, give everything new secrets, start the counts at nothing.

    `simulator` is its address: there the clouds are asked.
    """
    plan = tomllib.loads(demo_city.GATES.read_text("utf-8"))
    book = GateBooks(sessions, sealer, clock).now()
    with unit_of_work(sessions) as uow:
        opening = _Opening(uow.session, clock.now(), sealer, book)
        played = [opening.lot(told) for told in plan["lots"]]
        played += [_stranger(told) for told in plan["strangers"]]
        rows = [opening.row(told) for told in plan["rows"]]
        clouds = [opening.cloud(told, f"{simulator}/clouds/{told['code']}") for told in plan["clouds"]]
        opening.join(plan["etc"])
        sandbox = opening.sandbox(plan["sandbox"])
    return Opened({"lots": played, "rows": rows, "clouds": clouds}, sandbox)


class _Opening:
    """The gates of one start."""

    def __init__(self, session: Session, now: datetime, sealer: Sealer, book: GateBook) -> None:
        self._session, self._now, self._sealer, self._book = session, now, sealer, book
        self._devices = {(device.dialect, device.serial): device.id for device in book.devices.values()}
        self._clients = {client.name: client.id for client in book.clients.values()}

    def lot(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """A lot with lanes and what speaks for them, as the simulator plays it."""
        lot_id, dialect = self._lot_id(told["code"]), told["dialect"]
        lanes = [self._lane(lot_id, gate) for gate in told["gates"]]
        if dialect == CLEAN:
            gates = self._client_gates(lot_id, told, lanes)
        elif dialect in _CLOUDS:
            gates = self._cloud_gates(lot_id, told, lanes)
        else:
            gates = [
                {**gate, "path": self._camera(lot_id, lane, dialect, gate)}
                for gate, lane in zip(told["gates"], lanes, strict=True)
            ]
        self._start_at_nothing(lot_id)
        return {
            "code": told["code"],
            "course": told["course"],
            "vehicles": told["vehicles"],
            "gates": [
                {"slug": f"{told['code']}-{n}", "dialect": dialect, **_played(gate)}
                for n, gate in enumerate(gates, 1)
            ],
        }

    def row(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """A lot whose bays have sensors; one station passes on what they say."""
        lot_id, dialect = self._lot_id(told["code"]), told["dialect"]
        serial = f"SIM-{told['code']}"
        draft = DeviceDraft(
            name=f"{told['code']} 地磁网关",
            kind=DeviceKind.SENSOR,
            dialect=dialect,
            serial=serial,
            lot_id=lot_id,
        )
        path = self._device(draft)
        bays = [(f"SIM{told['code']}{n:03d}", f"{n}") for n in range(1, told["bays"] + 1)]
        register_bays(
            self._session,
            CLI,
            self._devices[dialect, serial],
            lot_id,
            SpaceClass.GENERAL,
            [BayDraft(key, name) for key, name in bays],
            self._now,
        )
        return {**{key: told[key] for key in ("code", "course", "dialect")}, "path": path, "bays": bays}

    def cloud(self, told: Mapping[str, Any], address: str) -> Mapping[str, Any]:
        """A lot whose vendor's cloud the worker asks at an address."""
        lot_id = self._lot_id(told["code"])
        lanes = [self._lane(lot_id, {"lane": name, "leads": leads}) for leads, name in told["lanes"].items()]
        gates = [{"lane": name} for name in told["lanes"].values()]
        secret = self._cloud_gates(lot_id, {**told, "gates": gates}, lanes)[0]["secret"]
        device_id = self._devices[told["dialect"], f"SIM-{told['code']}"]
        known = [view.id for view in pull_views(self._session) if view.device_id == device_id]
        for pull_id in known:
            pulls.change_address(self._session, CLI, pull_id, address, self._now)
            pulls.change_secret(self._session, CLI, pull_id, secret, self._sealer, self._now)
        if not known:
            draft = PullDraft(
                device_id, told["lot_key"], address, _APP_ID, secret, _ASKED_EVERY_S, _THIS_MACHINE
            )
            pulls.add_pull(self._session, CLI, draft, PASSAGE_PULLS.keys(), self._sealer, self._now)
        self._start_at_nothing(lot_id)
        own = ("code", "course", "vehicles", "dialect", "lot_key", "lanes")
        return {**{key: told[key] for key in own}, "app_id": _APP_ID, "secret": secret}

    def join(self, told: Mapping[str, Any]) -> None:
        """An ETC network charges casual stays at some lots; once joined they stay so."""
        for code in told["lots"]:
            lot_id = self._lot_id(code)
            if not self._book.lanes_of(lot_id):
                closing.join_network(self._session, CLI, lot_id, told["network"], code, self._now)

    def sandbox(self, told: Mapping[str, Any]) -> NewClient:
        """A client that may try everything, and of which nothing counts."""
        return self._client(told["client"], [self._lot_id(code) for code in told["lots"]], sandbox=True)

    def _lot_id(self, code: str) -> str:
        found = self._book.lot_id_of(code)
        if found is None:
            raise LookupError(code)
        return found

    def _lane(self, lot_id: str, gate: Mapping[str, Any]) -> str:
        for lane in self._book.lanes_of(lot_id):
            if lane.name == gate["lane"]:
                return lane.id
        draft = LaneDraft(gate["lane"], LaneDirection(gate["leads"]))
        return lots.register_lane(self._session, CLI, lot_id, draft, self._now)

    def _camera(self, lot_id: str, lane_id: str, dialect: str, gate: Mapping[str, Any]) -> str:
        draft = DeviceDraft(
            name=f"{gate['lane']} 车牌相机",
            kind=DeviceKind.CAMERA,
            dialect=dialect,
            serial=gate["serial"],
            lot_id=lot_id,
            lane_id=lane_id,
        )
        return self._device(draft)

    def _cloud_gates(
        self, lot_id: str, told: Mapping[str, Any], lanes: Collection[str]
    ) -> list[Mapping[str, Any]]:
        """The vendor's cloud speaks for the lot, in its own words for lot and lanes."""
        serial, secret, lot_key = f"SIM-{told['code']}", token_hex(12), told["lot_key"]
        known = (told["dialect"], serial) in self._devices
        draft = DeviceDraft(
            name=f"{told['code']} 厂商云平台",
            kind=DeviceKind.CLOUD,
            dialect=told["dialect"],
            serial=serial,
            signing_secret=secret,
        )
        path = self._device(draft)
        device_id = self._devices[told["dialect"], serial]
        if known:
            lots.set_signing_secret(
                self._session, CLI, device_id, secret, sealer=self._sealer, overlap=_AT_ONCE, now=self._now
            )
        else:
            lots.map_lot(self._session, CLI, device_id, lot_key, lot_id, self._now)
            for gate, lane_id in zip(told["gates"], lanes, strict=True):
                lots.map_lane(self._session, CLI, device_id, lot_id, gate["lane"], lane_id, self._now)
        more = {"path": path, "lot_key": lot_key, "secret": secret}
        return [{**gate, **more, "lane_key": gate["lane"]} for gate in told["gates"]]

    def _client_gates(
        self, lot_id: str, told: Mapping[str, Any], lanes: Collection[str]
    ) -> list[Mapping[str, Any]]:
        client = self._client(told["client"], [lot_id])
        for lane_id in lanes:
            lots.set_counting_source(self._session, CLI, lane_id, f"client:{client.client_id}", self._now)
        more = {
            "path": "/api/v1/gateway/",
            "lot_key": told["code"],
            "client_id": client.client_id,
            "secret": client.key,
        }
        return [{**gate, **more, "lane_key": gate["lane"]} for gate in told["gates"]]

    def _client(self, name: str, lot_ids: Collection[str], *, sandbox: bool = False) -> NewClient:
        known = self._clients.get(name)
        if known is None:
            made = accounts.register_client(
                self._session,
                CLI,
                name=name,
                scopes=list(Scope),
                sealer=self._sealer,
                now=self._now,
                sandbox=sandbox,
            )
            lots.grant_lots(self._session, CLI, made.client_id, lot_ids, self._now)
        else:
            made = accounts.rotate_client_key(
                self._session, CLI, known, overlap=_AT_ONCE, sealer=self._sealer, now=self._now
            )
        return NewClient(name, made.client_id, made.key)

    def _device(self, draft: DeviceDraft) -> str:
        """The path under which the device tells us, with a fresh secret."""
        known = self._devices.get((draft.dialect, draft.serial))
        if known is None:
            made = lots.register_device(
                self._session, CLI, draft, dialects=GATE_DIALECTS.keys(), sealer=self._sealer, now=self._now
            )
            self._devices[draft.dialect, draft.serial] = made.device_id
        else:
            made = lots.rotate_device_secret(self._session, CLI, known, overlap=_AT_ONCE, now=self._now)
        return f"/compat/{draft.dialect}/{made.url_secret}/"

    def _start_at_nothing(self, lot_id: str) -> None:
        """Nobody was there when the first came who may be there now; from then on its passages count."""
        opened_at = beginning(days_of(self._now)[0])
        views = occupancy_queries.counter_views(self._session, [lot_id])
        if any(view.space_class == SpaceClass.GENERAL and view.as_of >= opened_at for view in views):
            return
        occupancy.set_count_by_hand(
            self._session,
            CLI,
            lot_id,
            SpaceClass.GENERAL,
            opened_at,
            reason="清晨清场后人工校核",
            occupied=0,
        )


def _stranger(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """A camera with an address of its own invention."""
    path = f"/compat/{told['dialect']}/{token_hex(16)}/"
    gates = [
        {
            "slug": f"{told['name']}-{leads}",
            "dialect": told["dialect"],
            "path": path,
            "leads": leads,
            "serial": told["serial"],
        }
        for leads in LaneDirection
        if leads is not LaneDirection.TOLD
    ]
    return {"code": told["name"], **{key: told[key] for key in ("course", "vehicles")}, "gates": gates}


def _played(gate: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the simulator knows of a gate; a lane's name stays here unless it is the vendor's word too."""
    return {key: value for key, value in gate.items() if key != "lane"}
