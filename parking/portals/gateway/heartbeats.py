"""Does the lot's system live, and is its clock right?"""

from __future__ import annotations

from flask import Response

from parking.accounts.rules import Scope
from parking.accounts.service.calls import hear
from parking.kernel.db.unit_of_work import unit_of_work
from parking.portals._http.services import services
from parking.portals.gateway.answers import HeardSchema
from parking.portals.gateway.api import operation
from parking.portals.gateway.calling import answer, call, loaded
from parking.portals.gateway.rates import Bucket
from parking.portals.gateway.schemas import HeartbeatSchema

_INTERVAL_S = 60
_SCHEMA = HeartbeatSchema()
_EXAMPLE = {"lot": "320999-0001", "at": "2026-11-21T18:30:00+08:00"}
_ANSWER = {"server_time": "2026-11-21T10:30:02Z", "interval_s": _INTERVAL_S, "skew_s": -2}


@operation(
    "POST",
    "/heartbeats",
    scope=Scope.HEARTBEATS_WRITE,
    bucket=Bucket.LIVE,
    body=_SCHEMA,
    example=_EXAMPLE,
    answers={200: (HeardSchema, _ANSWER)},
)
def beat() -> Response:
    """Say that a lot's system lives; the answer has our time and how often to come."""
    asked = call()
    told = loaded(_SCHEMA)
    lot_id = asked.own_lot(told["lot"], "lot")
    at = told.get("at")
    # A clock that says 1970 is as wrong as one that is a week off.
    skew_s = None if at is None else round((at - asked.received_at).total_seconds())
    bounded = None if skew_s is None else max(-2_000_000_000, min(2_000_000_000, skew_s))
    with unit_of_work(services().sessions) as uow:
        hear(uow.session, asked.client.id, lot_id, bounded, asked.received_at)
    return answer({"server_time": asked.received_at, "interval_s": _INTERVAL_S, "skew_s": skew_s})
