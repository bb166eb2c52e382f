"""What does a lot that speaks Bolink upload, and which answer does it understand? Fields: README.md.

The signature is over the text of `data` exactly as it was sent: nothing is written anew before it is checked,
and nothing outside of `data` is believed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from integrations.gate_dialects import Heard, json_reply
from integrations.gate_values import Refused, from_epoch, plate_or_none, text, text_or_none, whole
from integrations.sorted_signing import check_sign, exact_json, md5_upper, utf8
from parking.boundary.gates import (
    CountTold,
    DialectContext,
    GateReading,
    GateReply,
    GateRequest,
    GateUnreadable,
    Heartbeat,
    PassageTold,
    Verdict,
)
from parking.kernel.vocabulary import Direction, PlateColour, StayKind

_ENTRIES = frozenset({"in_park", "inpark", "upload_in_park"})
_EXITS = frozenset({"out_park", "outpark", "upload_out_park"})
_LIVES = frozenset({"login", "heartbeat", "beat"})
_NO_PLATE = frozenset({"无牌车", "无牌", "_无_", "无", "unknown"})
_COLOURS = {
    "0": PlateColour.BLUE,
    "1": PlateColour.YELLOW,
    "2": PlateColour.WHITE,
    "3": PlateColour.BLACK,
    "4": PlateColour.GREEN,
    "5": PlateColour.YELLOW_GREEN,
}
_STAYS = {"1": StayKind.CASUAL, "2": StayKind.MONTHLY}
_MOST_SPACES = 1_000_000
_MESSAGES = {
    Verdict.SIGNATURE_WRONG: "签名错误",
    Verdict.UNREADABLE: "参数错误，已忽略",
    Verdict.QUARANTINED: "已留待人工核对",
    Verdict.UNKNOWN_DEVICE: "车场未登记",
}


def serial_of(request: GateRequest) -> str | None:
    """The vendor's number of the lot."""
    try:
        _, data = _opened(request.body)
        return text_or_none(data.get("park_id"), "park_id")
    except (GateUnreadable, Refused):
        return None


def read(request: GateRequest, context: DialectContext) -> GateReading:
    """Read one upload. Raises GateUnreadable, SignatureWrong."""
    members, data = _opened(request.body)
    raw = members["data"]
    given = exact_json(utf8(request.body))
    check_sign(given.get("sign"), context.secrets, lambda secret: md5_upper(f"{raw}key={secret}"))
    service = _service(given, data)
    heard = Heard()
    lot_key = heard.attempt("#1", text, data.get("park_id"), "park_id")
    echo = {"service_name": service, "order_id": _short(data.get("order_id"))}
    if lot_key is None:
        return heard.reading(echo=echo)
    if service in _LIVES:
        heard.keep(Heartbeat(lot_key))
    else:
        crossing = heard.attempt(
            "#1", _passage, data, lot_key, Direction.EXIT if service in _EXITS else Direction.ENTRY
        )
        heard.keep(crossing)
        if crossing is not None:
            heard.keep(heard.attempt("#1", _count, data, crossing))
    return heard.reading(lot_key=lot_key, echo=echo)


def reply(_request: GateRequest, reading: GateReading | None, verdict: Verdict) -> GateReply:
    """State 1 acknowledges, also what was put aside; only a wrong signature and a full queue are state 0."""
    if verdict is Verdict.BUSY:
        return json_reply({"state": 0, "errmsg": "系统繁忙，请稍后重发"}, 503)
    told = dict(reading.echo) if reading else {}
    state = 0 if verdict is Verdict.SIGNATURE_WRONG else 1
    return json_reply({"state": state, **told, "data_target": "cloud", "errmsg": _MESSAGES.get(verdict, "")})


def _opened(body: bytes) -> tuple[Mapping[str, str], dict[str, Any]]:
    """The texts of the members as they were sent, and what `data` says. Raises GateUnreadable."""
    members = members_of(utf8(body))
    if "data" not in members:
        raise GateUnreadable("missing", "data")
    raw = members["data"]
    return members, exact_json(raw)


def members_of(document: str) -> dict[str, str]:
    """The members of a JSON object, each value as the very text that was sent; of a text its content.

    Raises GateUnreadable.
    """
    exact_json(document)
    decoder = json.JSONDecoder()
    found: dict[str, str] = {}
    at = document.index("{") + 1
    while True:
        at = _past_space(document, at)
        if document[at] == "}":
            return found
        name, at = decoder.raw_decode(document, at)
        at = _past_space(document, _past_space(document, at) + 1)
        value, end = decoder.raw_decode(document, at)
        found[name] = value if isinstance(value, str) else document[at:end]
        at = _past_space(document, end)
        at += document[at] == ","


def _past_space(document: str, at: int) -> int:
    while document[at] in " \t\r\n":
        at += 1
    return at


def _service(given: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """Which upload it is: what is signed decides, and the name outside must not gainsay it."""
    told = str(data.get("service_name") or given.get("service_name") or "")
    if told in _LIVES and "car_number" not in data:
        return told
    is_exit = data.get("out_time") not in (None, "", "0")
    if told not in (_EXITS if is_exit else _ENTRIES):
        raise GateUnreadable(
            "unknown_service" if told not in _ENTRIES | _EXITS else "service_differs", "service_name"
        )
    return told


def _passage(data: Mapping[str, Any], lot_key: str, direction: Direction) -> PassageTold:
    way = "in" if direction is Direction.ENTRY else "out"
    order = text(data.get("order_id"), "order_id", 56)
    return PassageTold(
        at=from_epoch(data.get(f"{way}_time"), f"{way}_time"),
        event_id=f"{order}:{way}",
        direction=direction,
        plate=plate_or_none(data.get("car_number"), "car_number", _NO_PLATE),
        colour=_COLOURS.get(str(data.get("license_color")), PlateColour.UNKNOWN),
        stay=_STAYS.get(str(data.get("car_cost_type"))),
        stay_id=order,
        lot_key=lot_key,
        lane_key=text_or_none(data.get(f"{way}_channel_id"), f"{way}_channel_id"),
    )


def _count(data: Mapping[str, Any], crossing: PassageTold) -> CountTold | None:
    if data.get("empty_plot") in (None, ""):
        return None
    return CountTold(
        at=crossing.at,
        free=whole(data["empty_plot"], "empty_plot", largest=_MOST_SPACES),
        lot_key=crossing.lot_key,
        event_id=crossing.event_id,
    )


def _short(order: object) -> str:
    return str(order)[:48] if isinstance(order, str | int) else ""
