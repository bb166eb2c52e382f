"""What does Hikvision's cloud tell of a crossing, how is a call signed, and which codes does it answer?

A call that comes a second time with the same nonce is answered 1006. What keeps the count right is the
record's own id, in the database; this process's memory of nonces only chooses the word.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from integrations.gate_dialects import Heard, json_reply
from integrations.gate_values import Refused, from_local, plate_or_none, text, text_or_none, whole, zone_of
from integrations.sorted_signing import check_sign, exact_json, joined, md5_upper, scalars, utf8
from parking.boundary.gates import (
    DialectContext,
    GateReading,
    GateReply,
    GateRequest,
    GateUnreadable,
    Heartbeat,
    PassageTold,
    SignatureWrong,
    Verdict,
)
from parking.kernel.vocabulary import Direction, PlateColour

OK, BAD_FIELDS, BAD_APP_KEY, BAD_TIME, BAD_TOKEN, REPLAYED, UNKNOWN_LOT = (
    0,
    1001,
    1002,
    1003,
    1004,
    1006,
    1009,
)
_MESSAGES = {
    OK: "success",
    BAD_FIELDS: "参数错误",
    BAD_APP_KEY: "appkey错误",
    BAD_TIME: "time错误",
    BAD_TOKEN: "token错误",
    REPLAYED: "请求重放",
    UNKNOWN_LOT: "停车场不存在",
}
_REASONS = {BAD_APP_KEY: "app_key_missing", BAD_TIME: "time_out_of_window", BAD_FIELDS: "nonce_missing"}
WINDOW = timedelta(minutes=10)
_NO_PLATE = frozenset({"无牌车", "无牌", "_无_", "无", "未识别", "unknown"})
_DIRECTIONS = {"0": Direction.ENTRY, "1": Direction.EXIT}
_COLOURS = {
    "0": PlateColour.BLUE,
    "1": PlateColour.YELLOW,
    "2": PlateColour.WHITE,
    "3": PlateColour.BLACK,
    "4": PlateColour.GREEN,
}
_HEARTBEAT = "heartbeat"


def token(values: Mapping[str, Any], secret: str) -> str:
    """The token of a call: all its fields but null, sorted, and the secret behind."""
    return md5_upper(f"{_joined(values)}&secret={secret}")


def serial_of(request: GateRequest) -> str | None:
    """The vendor's number of the lot, else the key of the application that calls."""
    try:
        body = exact_json(utf8(request.body))
        return text_or_none(body.get("parkCode"), "parkCode") or text_or_none(body.get("appkey"), "appkey")
    except (GateUnreadable, Refused):
        return None


def read(request: GateRequest, context: DialectContext) -> GateReading:
    """Read a pushed record or heartbeat. Raises GateUnreadable, SignatureWrong."""
    body = exact_json(utf8(request.body))
    if any(isinstance(value, dict | list) for value in body.values()):
        # How a list is written into the token differs by the sender's language: nothing of it is proven.
        raise GateUnreadable("unsigned_list")
    _joined(body)
    told = request.query.get("token") or body.get("token")
    check_sign(told, context.secrets, lambda secret: token(body, secret))
    if (wrong := _wrong(body, request.received_at)) is not None:
        raise SignatureWrong(_REASONS[wrong])
    heard = Heard()
    echo = {"nonce": f"{body['appkey']}:{body['nonce']}"}
    lot_key = heard.attempt("#1", text_or_none, body.get("parkCode"), "parkCode")
    if request.path.rstrip("/").rpartition("/")[2].lower() == _HEARTBEAT and "unid" not in body:
        heard.keep(Heartbeat(lot_key, _instant(body)))
    else:
        heard.keep(heard.attempt("#1", passage, body, None, context.time_zone))
    return heard.reading(lot_key=lot_key, echo=echo)


def reply(request: GateRequest, reading: GateReading | None, verdict: Verdict) -> GateReply:
    """The vendor's codes."""
    if verdict is Verdict.BUSY:
        return json_reply({"errorCode": 1, "errorMessage": "系统繁忙", "data": None}, 503)
    code = _code(request, reading, verdict)
    return json_reply({"errorCode": code, "errorMessage": _MESSAGES[code], "data": None})


def passage(record: Mapping[str, Any], lot_key: str | None, zone_name: str) -> PassageTold:
    """One crossing. Raises Refused. `lot_key` is the lot that was asked for, else the record names one."""
    direction = _DIRECTIONS.get(text(record.get("direct"), "direct"))
    if direction is None:
        raise Refused("unknown_direction", "direct")
    return PassageTold(
        at=from_local(record.get("passTime"), "passTime", zone_of(zone_name)),
        event_id=text_or_none(record.get("unid"), "unid"),
        direction=direction,
        plate=plate_or_none(record.get("plateNo"), "plateNo", _NO_PLATE),
        colour=_COLOURS.get(str(record.get("plateColor")), PlateColour.UNKNOWN),
        lot_key=lot_key or text(record.get("parkCode"), "parkCode"),
        lane_key=text_or_none(record.get("laneNo"), "laneNo")
        or text_or_none(record.get("gateCode"), "gateCode"),
    )


def _joined(values: Mapping[str, Any]) -> str:
    return joined(scalars(values, ("token",), empties=True))


def _wrong(body: Mapping[str, Any], received_at: datetime) -> int | None:
    """The code of what is wrong with the fields that every call has, None when all is well."""
    try:
        if text_or_none(body.get("appkey"), "appkey") is None:
            return BAD_APP_KEY
        if text_or_none(body.get("nonce"), "nonce") is None:
            return BAD_FIELDS
        return None if abs(_instant(body) - received_at) <= WINDOW else BAD_TIME
    except Refused as refused:
        return BAD_TIME if refused.field == "time" else BAD_FIELDS


def _instant(body: Mapping[str, Any]) -> datetime:
    """`time` of a call: milliseconds, from some callers seconds."""
    told = whole(body.get("time"), "time", 0, 253_402_300_799_999)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=told if told >= 10**11 else told * 1000)


def _code(request: GateRequest, reading: GateReading | None, verdict: Verdict) -> int:
    if verdict is Verdict.UNKNOWN_DEVICE:
        return UNKNOWN_LOT
    if verdict is Verdict.UNREADABLE:
        return BAD_FIELDS
    if verdict is Verdict.SIGNATURE_WRONG:
        return _code_of_refusal(request)
    nonce = str(reading.echo.get("nonce", "")) if reading else ""
    return REPLAYED if nonce and _NONCES.was_there(nonce, request.received_at) else OK


def _code_of_refusal(request: GateRequest) -> int:
    """Which of the signed fields was wrong; the token where all the others are well."""
    try:
        wrong = _wrong(exact_json(utf8(request.body)), request.received_at)
    except GateUnreadable:
        wrong = None
    return BAD_TOKEN if wrong is None else wrong


class _Nonces:
    """Which nonces were answered within the window? Bounded, of this process; safe for many threads."""

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._lock = Lock()
        self._seen: OrderedDict[str, datetime] = OrderedDict()

    def was_there(self, nonce: str, at: datetime) -> bool:
        """Whether it was answered before; from now on it was. A call that we could not take is not noted."""
        with self._lock:
            while self._seen and (
                len(self._seen) > self._most or at - next(iter(self._seen.values())) > 2 * WINDOW
            ):
                self._seen.popitem(last=False)
            known = nonce in self._seen
            self._seen.setdefault(nonce, at)
            return known


_NONCES = _Nonces()
