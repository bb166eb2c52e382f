"""What does Keytop tell of a crossing, how does it sign, and which answer does it understand?

Arrays and objects are not signed by its rule, so nothing is ever read out of one that was pushed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from integrations.gate_dialects import Heard, json_reply
from integrations.gate_values import Refused, from_local, plate_or_none, text, text_or_none, zone_of
from integrations.sorted_signing import check_sign, exact_json, joined, md5_upper, scalars, utf8
from parking.boundary.fetching import FetchRequest
from parking.boundary.gates import (
    DialectContext,
    GateReading,
    GateReply,
    GateRequest,
    GateUnreadable,
    PassageTold,
    Verdict,
)
from parking.kernel.vocabulary import Direction

_UNSIGNED = ("key", "appId")
_HEADERS = (("Content-Type", "application/json"), ("version", "1.0.0"))
_NO_PLATE = frozenset({"无牌车", "无牌", "_无_", "无", "未识别", "unknown"})
_DIRECTIONS = {"1": Direction.ENTRY, "2": Direction.EXIT}
_MESSAGES = {
    Verdict.SIGNATURE_WRONG: "签名错误",
    Verdict.UNREADABLE: "参数错误，已忽略",
    Verdict.QUARANTINED: "已留待人工核对",
    Verdict.UNKNOWN_DEVICE: "车场未登记",
}


def sign(values: Mapping[str, Any], secret: str) -> str:
    """The `key` of a body: without key, appId, null, empty texts, arrays and objects."""
    return md5_upper(f"{joined(scalars(values, _UNSIGNED))}&{secret}")


def posted(base_url: str, call: str, app_id: str, fields: Mapping[str, Any], secret: str) -> FetchRequest:
    """A call of the cloud's interface, signed."""
    body: dict[str, Any] = {"appId": int(app_id) if app_id.isdecimal() else app_id, **fields}
    body["key"] = sign(body, secret)
    return FetchRequest(f"{base_url.rstrip('/')}/api/wec/{call}", post=orjson.dumps(body), headers=_HEADERS)


def clock(at: datetime, zone: ZoneInfo) -> str:
    """An instant as the cloud writes it: the clock of a zone, without an offset."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def serial_of(request: GateRequest) -> str | None:
    """The vendor's number of the lot."""
    try:
        return text_or_none(exact_json(utf8(request.body)).get("parkId"), "parkId")
    except (GateUnreadable, Refused):
        return None


def read(request: GateRequest, context: DialectContext) -> GateReading:
    """Read one pushed record. Raises GateUnreadable, SignatureWrong."""
    body = exact_json(utf8(request.body))
    joined(scalars(body, _UNSIGNED))
    check_sign(body.get("key"), context.secrets, lambda secret: sign(body, secret))
    signed = scalars(body, _UNSIGNED)
    heard = Heard()
    lot_key = heard.attempt("#1", text, signed.get("parkId"), "parkId")
    if lot_key is not None:
        heard.keep(heard.attempt("#1", passage, signed, lot_key, context.time_zone))
    return heard.reading(lot_key=lot_key)


def reply(_request: GateRequest, _reading: GateReading | None, verdict: Verdict) -> GateReply:
    """Code 0 acknowledges, also what was put aside; a wrong signature is told as one."""
    if verdict is Verdict.BUSY:
        return json_reply({"code": 503, "message": "系统繁忙", "data": None}, 503)
    code = 401 if verdict is Verdict.SIGNATURE_WRONG else 0
    return json_reply({"code": code, "message": _MESSAGES.get(verdict, "success"), "data": None})


def passage(record: Mapping[str, Any], lot_key: str, zone_name: str) -> PassageTold:
    """One crossing. Raises Refused.

    It has no number of its own: time, plate and direction make its name.
    """
    direction = _DIRECTIONS.get(text(record.get("capFlag"), "capFlag"))
    if direction is None:
        raise Refused("unknown_direction", "capFlag")
    return PassageTold(
        at=from_local(record.get("capTime"), "capTime", zone_of(zone_name)),
        direction=direction,
        plate=plate_or_none(record.get("plateNo"), "plateNo", _NO_PLATE),
        lot_key=lot_key,
        lane_key=text_or_none(record.get("nodeName"), "nodeName"),
    )
