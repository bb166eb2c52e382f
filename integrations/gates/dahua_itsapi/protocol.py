"""What does a Dahua camera push by ITSAPI, and which answer makes it stop? See README.md for the fields."""

from __future__ import annotations

from typing import Any

from integrations.gate_dialects import Heard, json_reply
from integrations.gate_documents import json_object
from integrations.gate_values import (
    COLOUR_WORDS,
    Refused,
    at_path,
    colour,
    from_local,
    mapping,
    plate_or_none,
    text_or_none,
    whole_or,
    yes,
    zone_of,
)
from parking.boundary.gates import (
    DialectContext,
    GateReading,
    GateReply,
    GateRequest,
    GateUnreadable,
    Heartbeat,
    PassageTold,
    Verdict,
)
from parking.kernel.vocabulary import Direction

_NO_PLATE = frozenset({"unknown", "无车牌", "无牌车", "noplate"})
_DIRECTIONS = {"obverse": Direction.ENTRY, "reverse": Direction.EXIT}
_OTHER_PATHS = ("keepalive", "deviceinfo")
_NAMES = ("DeviceID", "DeviceId", "DeviceCode", "SerialNo", "SerialNumber")


def serial_of(request: GateRequest) -> str | None:
    """The device id that the request names."""
    try:
        return _serial(_document(request))
    except (GateUnreadable, Refused):
        return None


def read(request: GateRequest, context: DialectContext) -> GateReading:
    """Read one notification. Raises GateUnreadable."""
    document = _document(request)
    heard = Heard()
    serial = heard.attempt("#1", _serial, document)
    if "Picture" in document:
        heard.keep(heard.attempt("#1", _passage, document["Picture"], serial, context))
    elif _is_heartbeat(request) or (serial is not None and "SnapInfo" not in document):
        heard.keep(Heartbeat(serial))
    else:
        raise GateUnreadable("unknown_event")
    return heard.reading(serial=serial)


def reply(request: GateRequest, reading: GateReading | None, verdict: Verdict) -> GateReply:
    """`{"Result": true}`, or the camera sends the same notification for ever."""
    if verdict is Verdict.BUSY:
        return json_reply({"Result": False}, 503)
    return json_reply({"Result": True})


def _is_heartbeat(request: GateRequest) -> bool:
    return request.path.rstrip("/").lower().endswith(_OTHER_PATHS)


def _document(request: GateRequest) -> dict[str, Any]:
    if _is_heartbeat(request) and not request.body.strip():
        return {}
    return json_object(request.body)


def _serial(document: dict[str, Any]) -> str | None:
    for inner in (at_path(document, "Picture", "SnapInfo"), document, document.get("Device")):
        for name in _NAMES:
            if (told := at_path(inner, name)) is not None:
                return text_or_none(told, name)
    return None


def _passage(picture: Any, serial: str | None, context: DialectContext) -> PassageTold:
    snap = mapping(mapping(picture, "Picture").get("SnapInfo"), "SnapInfo")
    plate = picture.get("Plate") if isinstance(picture.get("Plate"), dict) else {}
    exists = plate.get("IsExist")
    read_plate = plate_or_none(plate.get("PlateNumber"), "PlateNumber", _NO_PLATE)
    direction = text_or_none(snap.get("Direction"), "Direction") or ""
    return PassageTold(
        # A wall clock of the registered zone: TimeZone is hours in some firmwares, an index in others.
        at=from_local(snap.get("AccurateTime"), "AccurateTime", zone_of(context.time_zone)),
        direction=_DIRECTIONS.get(direction.lower()),
        plate=None if exists is not None and not yes(exists) else read_plate,
        colour=colour(plate.get("PlateColor"), COLOUR_WORDS),
        serial=serial,
        lane_key=text_or_none(plate.get("Channel"), "Channel"),
        # How often it was uploaded: the first time may have been lost, so it is marked and taken.
        resent=whole_or(1, plate.get("UploadNum"), "UploadNum") > 1,
    )
