"""What does a Vzenith camera push, and which answer does it understand? See README.md for the fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from integrations.gate_dialects import Heard, json_reply
from integrations.gate_documents import begins_like, form_of, json_object
from integrations.gate_values import (
    Refused,
    at_path,
    from_epoch,
    mapping,
    plate_or_none,
    text_or_none,
    whole,
    whole_or,
    yes,
)
from parking.boundary.gates import (
    DialectContext,
    GateReading,
    GateReply,
    GateRequest,
    GateUnreadable,
    Heartbeat,
    PassageTold,
    UndoTold,
    Verdict,
)
from parking.kernel.vocabulary import Direction, PlateColour

_NO_PLATE = frozenset({"_无_", "无牌车", "无牌", "无", "unknown", "none"})
_COLOURS = {
    1: PlateColour.BLUE,
    2: PlateColour.YELLOW,
    3: PlateColour.WHITE,
    4: PlateColour.BLACK,
    5: PlateColour.GREEN,
    6: PlateColour.YELLOW_GREEN,
}
# Of the picture: a vehicle that moves down comes towards the camera.
_DIRECTIONS = {3: Direction.EXIT, 4: Direction.ENTRY}
_BACKED_OUT = 66
# 车滞留, 恢复: the vehicle stands before the barrier, nothing has passed.
_NOTHING_PASSED = frozenset({64, 65})
_OTHER_PUSHES = ("AlarmGioIn", "SerialData", "TriggerImage", "heartbeat")
_MAX_PLATE_ID = 2**53


def serial_of(request: GateRequest) -> str | None:
    """The serial that the request names, in whichever kind of push."""
    try:
        return _serial(_document(request))
    except (GateUnreadable, Refused):
        return None


def read(request: GateRequest, context: DialectContext) -> GateReading:
    """Read one push. Raises GateUnreadable."""
    document = _document(request)
    heard = Heard()
    serial = heard.attempt("#1", _serial, document)
    if "AlarmInfoPlate" in document:
        echo: dict[str, str | int | bool] = {}
        heard.keep(heard.attempt("#1", _plate, document["AlarmInfoPlate"], serial, echo))
        return heard.reading(serial=serial, echo=echo)
    if serial is None and not any(name in document for name in _OTHER_PUSHES):
        raise GateUnreadable("unknown_event")
    heard.keep(Heartbeat(serial))
    return heard.reading(serial=serial)


def reply(request: GateRequest, reading: GateReading | None, verdict: Verdict) -> GateReply:
    """Acknowledge with "no": only "ok" fires the relay. A camera that reads nothing here sends for ever."""
    if verdict is Verdict.BUSY:
        return json_reply({"error": "busy, send again"}, 503)
    answer: dict[str, Any] = {
        "info": "no",
        "content": "retransfer_stop",
        "is_pay": "false",
        "serialData": [],
    }
    if reading is not None and "offline_plateid" in reading.echo:
        # Without this the next offline record is never sent.
        answer["ContinuePushOffline"] = {"plateid": reading.echo["offline_plateid"], "continue": 1}
    return json_reply({"Response_AlarmInfoPlate": answer})


def _document(request: GateRequest) -> dict[str, Any]:
    if begins_like(request.body) == "json":
        return json_object(request.body)
    # Of the heartbeat's form the serial alone: it also carries the camera's login.
    return {"serialno": form_of(request.body).get("serialno")}


def _serial(document: dict[str, Any]) -> str | None:
    inner = next((document[name] for name in ("AlarmInfoPlate", *_OTHER_PUSHES) if name in document), None)
    for told in (at_path(inner, "serialno"), document.get("serialno")):
        if told is not None:
            return text_or_none(told, "serialno")
    return None


def _plate(
    alarm: Any, serial: str | None, echo: dict[str, str | int | bool]
) -> PassageTold | UndoTold | Heartbeat:
    result = mapping(at_path(mapping(alarm, "AlarmInfoPlate"), "result", "PlateResult"), "PlateResult")
    plate_id = whole_or(-1, result.get("plateid"), "plateid", largest=_MAX_PLATE_ID)
    resent = yes(result.get("isoffline"))
    if resent:
        # Told before anything can be refused: a bad record must not stop the replay behind it.
        echo["offline_plateid"] = max(plate_id, 0)
    trigger = whole_or(0, result.get("triggerType"), "triggerType")
    if trigger in _NOTHING_PASSED:
        return Heartbeat(serial)
    at = _instant(result)
    plate = plate_or_none(result.get("license"), "license", _NO_PLATE)
    lane_key = text_or_none(alarm.get("channel"), "channel")
    if trigger == _BACKED_OUT:
        return UndoTold(at=at, plate=plate, serial=serial, lane_key=lane_key)
    return PassageTold(
        at=at,
        # A plate id begins anew after a reset; with the second it does not come again.
        event_id=f"{plate_id}-{int(at.timestamp())}" if plate_id >= 0 else None,
        direction=_DIRECTIONS.get(whole_or(0, result.get("direction"), "direction")),
        plate=plate,
        colour=_COLOURS.get(whole_or(0, result.get("colorType"), "colorType"), PlateColour.UNKNOWN),
        serial=serial,
        lane_key=lane_key,
        resent=resent,
    )


def _instant(result: Any) -> datetime:
    """The camera's Unix time; its wall clock (dec...) may disagree by years and is not read."""
    told = mapping(at_path(result, "timeStamp", "Timeval"), "timeStamp")
    seconds = whole(told.get("sec"), "timeStamp.sec")
    return from_epoch(
        seconds, "timeStamp.sec", whole_or(0, told.get("usec"), "timeStamp.usec", largest=999_999)
    )
