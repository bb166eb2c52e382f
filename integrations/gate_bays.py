"""How is the message read that two makers of bay sensors share, down to its misspelt names?

`{"cmd": "sendParkStatu" | "sendDeviceHeartbeat", "body": {...}}`; they differ in what `battary` counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from integrations.gate_dialects import Heard, json_reply
from integrations.gate_documents import json_object
from integrations.gate_values import (
    Refused,
    from_local,
    mapping,
    text,
    text_or_none,
    whole,
    whole_or,
    zone_of,
)
from parking.boundary.gates import (
    BayTold,
    DialectContext,
    GateReading,
    GateReply,
    GateRequest,
    GateUnreadable,
    Verdict,
)

_COMMANDS = frozenset({"sendparkstatu", "sendparkstatus", "senddeviceheartbeat"})
# errcode of a heartbeat: 0 正常, 1 传感器异常, 2 电池低, 3 信号不良.
_SENSOR_BROKEN, _BATTERY_LOW = 1, 2
Low = Callable[[int], bool]


def read_bay(request: GateRequest, context: DialectContext, low: Low) -> GateReading:
    """Read the state of one bay; `low` says whether a `battary` is. Raises GateUnreadable."""
    document = json_object(request.body)
    command = document.get("cmd")
    if not isinstance(command, str) or command.strip().lower() not in _COMMANDS:
        raise GateUnreadable("unknown_event", "cmd")
    heard = Heard()
    heard.keep(heard.attempt("#1", _bay, document.get("body"), context, low))
    return heard.reading()


def reply_code(request: GateRequest, reading: GateReading | None, verdict: Verdict) -> GateReply:
    """`{"code": .., "body": {"msg": ..}}`; 0 is acknowledged."""
    if verdict is Verdict.BUSY:
        return json_reply({"code": 1, "body": {"msg": "busy, send again"}}, 503)
    return json_reply({"code": 0, "body": {"msg": "ok"}})


def _bay(body: Any, context: DialectContext, low: Low) -> BayTold:
    told = mapping(body, "body")
    if whole_or(0, told.get("errcode"), "errcode") == _SENSOR_BROKEN:
        # It says itself that its state is not to be believed.
        raise Refused("sensor_broken", "errcode")
    sensor = text(told.get("deviceID"), "deviceID")
    at = from_local(told.get("time"), "time", zone_of(context.time_zone))
    sequence = text_or_none(told.get("sequence"), "sequence")
    return BayTold(
        bay=sensor,
        occupied=whole(told.get("parkingStatu"), "parkingStatu", largest=1) == 1,
        at=at,
        # The number begins anew with a new battery; with the second it does not come again.
        event_id=f"{sensor}-{sequence}-{int(at.timestamp())}" if sequence else None,
        battery_low=_battery_low(told, low),
    )


def _battery_low(told: Any, low: Low) -> bool | None:
    if whole_or(0, told.get("errcode"), "errcode") == _BATTERY_LOW:
        return True
    battery = whole_or(-1, told.get("battary"), "battary", largest=1000)
    return None if battery < 0 else low(battery)
