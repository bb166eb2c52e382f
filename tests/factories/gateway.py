"""A lot's system that signs its calls to the gateway, as a vendor's program would."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from integrations.registry import GATE_DIALECTS, gate_page
from parking.accounts.rules import read_key
from parking.kernel.clock import Clock, SystemClock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.lots.queries.gate_books import GateBooks
from parking.plates.service import PlateKeys
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.gateway import developers, operations
from parking.portals.gateway.signing import signed_headers
from parking.visits.service.intake import Intake
from tests.factories.city import a_city
from tests.factories.devices import SEALER, SECRET, AClient, GateLot, a_client, a_gate_lot
from tests.factories.lookup import a_model

BASE = "/api/v1/gateway"
PLATE = "苏F12345"
_numbers = count(1)


def a_gateway(sessions: Sessions, clock: Clock | None = None, **more: Any) -> Flask:
    """The application with the gateway and its pages alone, over a real database."""
    clock = clock or SystemClock()
    books, keys = GateBooks(sessions, SEALER, clock), PlateKeys(sessions, SEALER, clock)
    made = {
        "dialects": GATE_DIALECTS,
        "dialect_page": gate_page,
        "secret_key": SECRET,
        "books": books,
        "intake": Intake(sessions, clock, books, keys),
        "plate_keys": keys,
    }
    lookup = Lookup(None, None, clock, model=a_model([], []))
    services = PortalServices(sessions, clock, lookup, **(made | more))
    return create_app(services, [developers.blueprint], [operations.blueprint])


@dataclass
class Caller:
    """A client's program: `post` and `get` sign; every part of a call may be told otherwise."""

    http: FlaskClient
    client: AClient
    at: datetime | None = None
    sent: list[dict[str, str]] = field(default_factory=list)

    def headers(self, content: bytes, **more: Any) -> dict[str, str]:
        """The headers of a call; `key` and `client_id`, `message_id` and `at` may differ from the usual."""
        return signed_headers(
            read_key(more.get("key", self.client.key)),
            more.get("client_id", self.client.id),
            more.get("message_id", f"msg_{next(_numbers)}"),
            content,
            more.get("at") or self.at or datetime.now(UTC),
        )

    def post(
        self, path: str, told: Any, *, headers: dict[str, str] | None = None, **signing: Any
    ) -> TestResponse:
        """Post JSON; bytes go as they are."""
        body = told if isinstance(told, bytes) else orjson.dumps(told)
        signed = self.headers(body, **signing)
        return self.http.post(
            BASE + path, data=body, content_type="application/json", headers=signed | (headers or {})
        )

    def get(self, path: str, **signing: Any) -> TestResponse:
        """Ask."""
        return self.http.get(BASE + path, headers=self.headers((BASE + path).encode(), **signing))


@dataclass
class GatewayCity:
    """A lot of ours, a lot of another's, and who speaks for them."""

    app: Flask
    lot: GateLot
    foreign: GateLot
    mine: Caller
    other: Caller


def a_gateway_city(sessions: Sessions) -> GatewayCity:
    """The gateway over a city with two gate lots, each with a client of its own."""
    now = datetime.now(UTC)
    with unit_of_work(sessions) as uow:
        a_city(uow.session, now=now)
        lot, foreign = a_gate_lot(uow.session, now=now), a_gate_lot(uow.session, now=now)
        mine, other = a_client(uow.session, [lot.id]), a_client(uow.session, [foreign.id])
    app = a_gateway(sessions)
    return GatewayCity(app, lot, foreign, Caller(app.test_client(), mine), Caller(app.test_client(), other))


def a_passage(at_lot: GateLot, event_id: str, **more: object) -> dict[str, object]:
    """An entry of now, as a client tells it."""
    now = datetime.now(UTC).isoformat()
    return {"event_id": event_id, "at": now, "lot": at_lot.id, "direction": "entry", "plate": PLATE} | more


def stored(sessions: Sessions, what: str = "count(*)") -> object:
    """Of the passages that are stored."""
    with sessions() as session:
        return session.execute(text(f"select {what} from passages")).scalar()
