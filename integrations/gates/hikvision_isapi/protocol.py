"""What does a Hikvision camera or recorder push? See README.md for the fields.

Firmwares differ in namespace, prefix, case and form: names are matched without any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from integrations.gate_dialects import Heard, json_reply
from integrations.gate_documents import begins_like, json_object, local_name, parts_of, xml_root
from integrations.gate_values import (
    COLOUR_WORDS,
    Refused,
    colour,
    from_local,
    plate_or_none,
    text,
    text_or_none,
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

# "车牌" is the word itself: the field is there, and nothing was read.
_NO_PLATE = frozenset({"unknown", "车牌", "无车牌", "none", "noplate", "no plate"})
_DIRECTIONS = {"forward": Direction.ENTRY, "reverse": Direction.EXIT}
_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_MAC = re.compile(r"[0-9a-f]{2}([:-]?[0-9a-f]{2}){5}")
Event = Mapping[str, Any]


def serial_of(request: GateRequest) -> str | None:
    """The MAC address that the request names, in lower-case hexadecimal pairs."""
    try:
        return next((serial for event in _events(request) if (serial := _serial(event))), None)
    except (GateUnreadable, Refused):
        return None


def read(request: GateRequest, context: DialectContext) -> GateReading:
    """Read the events of one push. Raises GateUnreadable."""
    heard = Heard()
    serial: str | None = None
    for place, event in enumerate(_events(request), 1):
        where = f"#{place}"
        serial = heard.attempt(where, _serial, event) or serial
        heard.keep(heard.attempt(where, _message, event, serial, context))
    return heard.reading(serial=serial)


def reply(request: GateRequest, reading: GateReading | None, verdict: Verdict) -> GateReply:
    """200 stops the sending; the camera does not read the body. It sends again what is not answered so."""
    if verdict is Verdict.BUSY:
        return json_reply({"statusCode": 2, "statusString": "Device Busy"}, 503)
    return json_reply({"statusCode": 1, "statusString": "OK"})


def _events(request: GateRequest) -> Iterator[Event]:
    form = begins_like(request.body)
    if form == "multipart":
        bodies = [part.data for part in parts_of(request.body) if begins_like(part.data) in ("xml", "json")]
    else:
        bodies = [request.body]
    if not bodies:
        raise GateUnreadable("no_event")
    for body in bodies:
        yield _event(body)


def _event(body: bytes) -> Event:
    """An event as names in lower case without namespace, its ANPR part flattened beside its header."""
    if begins_like(body) == "json":
        told = _lowered(json_object(body))
        inner = told.get("eventnotificationalert")
        told = _lowered(inner) if isinstance(inner, dict) else told
        anpr = told.get("anpr")
        event = {**told, "anpr": _lowered(anpr) if isinstance(anpr, dict) else None}
    else:
        root = xml_root(body)
        if local_name(root).lower() != "eventnotificationalert":
            raise GateUnreadable("unknown_document")
        event = _children(root)
        anpr = next((child for child in root if local_name(child).lower() == "anpr"), None)
        event["anpr"] = None if anpr is None else _children(anpr)
    if "eventtype" not in event:
        raise GateUnreadable("unknown_event")
    return event


def _children(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        found.setdefault(local_name(child).lower(), child.text)
    return found


def _lowered(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in told.items()}


def _serial(event: Event) -> str | None:
    told = text_or_none(event.get("macaddress"), "macAddress")
    if told is None or not _MAC.fullmatch(told.lower()):
        return told
    bare = told.lower().replace(":", "").replace("-", "")
    return ":".join(bare[at : at + 2] for at in range(0, 12, 2))


def _message(event: Event, serial: str | None, context: DialectContext) -> PassageTold | Heartbeat:
    kind = text(event.get("eventtype"), "eventType").lower()
    state = (text_or_none(event.get("eventstate"), "eventState") or "active").lower()
    if kind != "anpr" or state == "inactive":
        # videoloss/inactive is the heartbeat; motion, tampering and the like say no more than that.
        return Heartbeat(serial)
    anpr = event["anpr"]
    if anpr is None:
        raise Refused("missing", "ANPR")
    uuid = text_or_none(event.get("uuid"), "UUID")
    return PassageTold(
        at=from_local(event.get("datetime"), "dateTime", zone_of(context.time_zone)),
        event_id=uuid.lower() if uuid and _UUID.fullmatch(uuid) else None,
        direction=_DIRECTIONS.get((text_or_none(anpr.get("direction"), "direction") or "").lower()),
        plate=plate_or_none(anpr.get("licenseplate"), "licensePlate", _NO_PLATE),
        colour=colour(anpr.get("platecolor"), COLOUR_WORDS),
        serial=serial,
        lane_key=text_or_none(anpr.get("line"), "line") or text_or_none(event.get("channelid"), "channelID"),
        resent=yes(event.get("isdataretransmission")),
    )
