"""What does an AirJoy bay sensor push? Every value is a text. See README.md for the fields."""

from __future__ import annotations

from typing import Any

from integrations.gate_dialects import Heard, json_reply
from integrations.gate_documents import json_object
from integrations.gate_values import Refused, from_local, text, text_or_none, whole, zone_of
from parking.boundary.gates import (
    BayTold,
    DialectContext,
    GateReading,
    GateReply,
    GateRequest,
    GateUnreadable,
    Verdict,
)

# 1 业务, 2 心跳: a heartbeat tells the state too, and one that differs is a change.
_DATA_TYPES = frozenset({1, 2})


def serial_of(request: GateRequest) -> str | None:
    """The sensors speak for themselves; the gateway that forwards them names itself nowhere."""
    return None


def read(request: GateRequest, context: DialectContext) -> GateReading:
    """Read the state of one bay. Raises GateUnreadable."""
    document = json_object(request.body)
    if "mac" not in document and "parkingLotNo" not in document:
        raise GateUnreadable("unknown_event")
    heard = Heard()
    heard.keep(heard.attempt("#1", _bay, document, context))
    return heard.reading()


def reply(request: GateRequest, reading: GateReading | None, verdict: Verdict) -> GateReply:
    """A code: 0 is acknowledged."""
    if verdict is Verdict.BUSY:
        return json_reply({"code": "1", "msg": "busy, send again"}, 503)
    return json_reply({"code": "0", "msg": "ok"})


def _bay(document: dict[str, Any], context: DialectContext) -> BayTold:
    if whole(document.get("dataType", "1"), "dataType") not in _DATA_TYPES:
        raise Refused("unknown_event", "dataType")
    sensor = text_or_none(document.get("mac"), "mac")
    return BayTold(
        bay=sensor.upper() if sensor else text(document.get("parkingLotNo"), "parkingLotNo"),
        occupied=whole(document.get("status"), "status", largest=1) == 1,
        at=from_local(document.get("uploadTime"), "uploadTime", zone_of(context.time_zone)),
    )
