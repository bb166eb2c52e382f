"""What did this client send lately, and what did we answer? For its own programmers."""

from __future__ import annotations

from typing import Any

from flask import Response

from parking.accounts.queries.calls import calls_of
from parking.accounts.rules.calls import NewCall
from parking.portals._http import work
from parking.portals.gateway.answers import CallsSchema
from parking.portals.gateway.api import operation
from parking.portals.gateway.calling import answer, call
from parking.portals.gateway.rates import Bucket

_CALL = {
    "at": "2026-11-21T10:30:00Z",
    "is_signed": True,
    "message_id": "msg_01",
    "method": "POST",
    "path": "/api/v1/gateway/passages",
    "status": 200,
    "ms": 3.2,
    "body_length": 131,
    "body": '{"plate":"苏F·1**45"}',
    "answer": '{"outcome":"new"}',
}


@operation("GET", "/calls", scope=None, bucket=Bucket.READS, answers={200: (CallsSchema, {"items": [_CALL]})})
def last_calls() -> Response:
    """Your last 100 calls with our answers, newest first, plates masked; and the last 20 in your name that
    were not signed by you. A call shows up within some seconds."""
    return answer({"items": [told(each) for each in calls_of(work.session(), call().client.id)]})


def told(each: NewCall) -> dict[str, Any]:
    """A call as it is shown."""
    return {
        "at": each.at,
        "is_signed": each.is_signed,
        "message_id": each.message_id,
        "method": each.method,
        "path": each.path,
        "status": each.status,
        "ms": round(each.elapsed_us / 1000, 3),
        "body_length": each.body_length,
        "body": each.body,
        "answer": each.answer,
    }
