"""How would each device tell the same crossing? One fact in, a request of each dialect out, signed where due.

The signatures are made here by hand, from the vendors' rules, and not by the code that checks them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import md5
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from integrations.registry import GATE_DIALECTS
from parking.boundary.gates import DialectContext, GateReading, GateReply, GateRequest, Verdict
from parking.kernel.vocabulary import Direction

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
SECRET = "the suite's own secret"
PLATE = "苏F12345"
_ZONE = ZoneInfo("Asia/Shanghai")
_JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\xff\xd9"
_BOUNDARY = "suite-boundary"


@dataclass(frozen=True)
class Fact:
    """A crossing; `number` is the device's own."""

    number: int = 1
    at: datetime = NOW
    plate: str | None = PLATE
    direction: Direction = Direction.ENTRY
    resent: bool = False

    @property
    def local(self) -> str:
        return self.at.astimezone(_ZONE).strftime("%Y-%m-%d %H:%M:%S")

    @property
    def is_entry(self) -> bool:
        return self.direction is Direction.ENTRY


@dataclass(frozen=True)
class Body:
    """What is posted, and where behind the secret."""

    content: bytes
    path: str = ""
    content_type: str = "application/json"


@dataclass(frozen=True)
class Talk:
    """A dialect of the registry, and how its device tells a crossing (or, of a bay, that it is taken)."""

    name: str
    say: Callable[[Fact], Body]
    # The word that means "no plate was read"; the field that holds the time, as it stands in a problem.
    no_plate: str = ""
    marks_resent: bool = False
    names_events: bool = True
    context: DialectContext = field(default_factory=lambda: DialectContext(secrets=(SECRET,)))

    def __str__(self) -> str:
        return self.name

    @property
    def manifest(self) -> Any:
        return GATE_DIALECTS[self.name].manifest

    def request(self, said: Fact | Body, now: datetime = NOW) -> GateRequest:
        body = self.say(said) if isinstance(said, Fact) else said
        return GateRequest("POST", body.path, {}, {}, body.content_type, body.content, now)

    def read(self, said: Fact | Body, now: datetime = NOW) -> GateReading:
        return GATE_DIALECTS[self.name].read(self.request(said, now), self.context)

    def reply(self, said: Fact | Body, verdict: Verdict, reading: GateReading | None = None) -> GateReply:
        return GATE_DIALECTS[self.name].reply(self.request(said), reading, verdict, self.context)


def changed(body: Body, content: bytes) -> Body:
    """The same request with another content."""
    return replace(body, content=content)


def _json(value: object, path: str = "") -> Body:
    return Body(json.dumps(value, ensure_ascii=False).encode(), path)


def _vzenith(fact: Fact) -> Body:
    told = {
        "license": fact.plate or "_无_",
        "colorType": "1",
        "direction": 4 if fact.is_entry else 3,
        "triggerType": 1,
        "plateid": fact.number,
        "isoffline": int(fact.resent),
        "imageFile": "/9j/4AAQSkZJRg==",
        "timeStamp": {"Timeval": {"sec": int(fact.at.timestamp()), "usec": 0, "decyear": 2018}},
    }
    alarm = {"channel": 0, "serialno": "c0ffee01-00000001", "result": {"PlateResult": told}}
    return _json({"AlarmInfoPlate": alarm}, "plate")


def hikvision_xml(
    fact: Fact, prefix: str = "", namespace: str = "http://www.isapi.org/ver20/XMLSchema"
) -> str:
    """The event of a camera, in any namespace and with any prefix."""
    p = f"{prefix}:" if prefix else ""
    xmlns = f' xmlns{":" + prefix if prefix else ""}="{namespace}"' if namespace else ""
    inner = {
        "licensePlate": fact.plate or "unknown",
        "line": "1",
        "direction": "forward" if fact.is_entry else "reverse",
        "plateColor": "blue",
    }
    outer = {
        "macAddress": "e8:a0:ed:2c:e6:24",
        "channelID": "1",
        "dateTime": fact.at.astimezone(_ZONE).isoformat(),
        "eventType": "ANPR",
        "eventState": "active",
        "channelName": "Gate & Exit",
        "UUID": f"a1301cd8-1dd1-11b2-9c0b-{fact.number:012x}",
        "isDataRetransmission": str(fact.resent).lower(),
    }
    tags = "".join(f"<{p}{name}>{value}</{p}{name}>" for name, value in outer.items())
    anpr = "".join(f"<{p}{name}>{value}</{p}{name}>" for name, value in inner.items())
    root = f"{p}EventNotificationAlert"
    return f'<?xml version="1.0" encoding="UTF-8"?><{root}{xmlns}>{tags}<{p}ANPR>{anpr}</{p}ANPR></{root}>'


def multipart(*parts: tuple[str, bytes]) -> Body:
    """Parts by the name of their file, as a camera puts them together."""
    content = b"".join(
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'.encode()
        + data
        + b"\r\n"
        for name, data in parts
    )
    told = f"multipart/form-data; boundary={_BOUNDARY}"
    return Body(content + f"--{_BOUNDARY}--\r\n".encode(), "anpr", told)


def _hikvision(fact: Fact) -> Body:
    return multipart(("anpr.xml", hikvision_xml(fact).encode()), ("detectionPicture.jpg", _JPEG))


def _dahua(fact: Fact) -> Body:
    plate = {"IsExist": fact.plate is not None, "PlateNumber": fact.plate or "", "PlateColor": "Blue"}
    snap = {
        "DeviceID": "CAMERA1",
        "AccurateTime": f"{fact.local}.{fact.at.microsecond // 1000:03}",
        "Direction": "Obverse" if fact.is_entry else "Reverse",
    }
    told = {"Plate": plate | {"UploadNum": 1 + fact.resent}, "SnapInfo": snap}
    picture = {"NormalPic": {"PicName": "normal.jpg", "Content": "/9j/4AAQSkZJRg=="}}
    return _json({"Picture": told | picture}, "NotificationInfo/TollgateInfo")


def _upper(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def _sorted(fields: Mapping[str, object]) -> str:
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields))


def _fourpyun(fact: Fact) -> Body:
    way = "enter" if fact.is_entry else "leave"
    fields = {
        "park_uuid": "49f0cc52-suite",
        "parking_serial": f"s{fact.number}",
        "plate": fact.plate or "无牌车",
        "plate_color": "1",
        f"{way}_time": str(round(fact.at.timestamp() * 1000)),
        f"{way}_gate": "1号口",
    }
    fields["sign"] = _upper(f"{_sorted(fields)}&app_secret={SECRET}")
    told = "application/x-www-form-urlencoded"
    return Body(urlencode(fields).encode(), f"gate/1.0/parking/internal/{way}", told)


def _keytop(fact: Fact) -> Body:
    body = {
        "parkId": "100000001",
        "capFlag": "1" if fact.is_entry else "2",
        "capTime": fact.local,
        "plateNo": fact.plate or "无牌车",
        "nodeName": "1号口",
    }
    body["key"] = _upper(f"{_sorted(body)}&{SECRET}")
    return _json(body)


def _bolink(fact: Fact) -> Body:
    way = "in" if fact.is_entry else "out"
    data = {
        "park_id": "21835",
        "order_id": f"o{fact.number}",
        "car_number": fact.plate or "无牌车",
        f"{way}_time": int(fact.at.timestamp()),
    }
    raw = json.dumps(data, ensure_ascii=False)
    sign = _upper(f"{raw}key={SECRET}")
    return Body(f'{{"service_name": "{way}_park", "sign": "{sign}", "data": {raw}}}'.encode())


def _hikvision_cloud(fact: Fact) -> Body:
    body = {
        "appkey": "suite",
        "time": round(NOW.timestamp() * 1000),
        "nonce": f"n{fact.number}",
        "unid": f"u{fact.number}",
        "parkCode": "P1",
        "plateNo": fact.plate or "无牌车",
        "passTime": fact.local,
        "direct": "0" if fact.is_entry else "1",
        "laneNo": "1",
    }
    body["token"] = _upper(f"{_sorted(body)}&secret={SECRET}")
    return _json(body, "records")


def _profile(fact: Fact) -> Body:
    body = {
        "extPaId": "P1",
        "inoutId": f"i{fact.number}",
        "carNum": fact.plate or "无牌车",
        "inTime" if fact.is_entry else "outTime": fact.local,
    }
    body["sign"] = _upper(f"{_sorted(body)}{SECRET}")
    return _json(body)


def _airjoy(fact: Fact) -> Body:
    return _json(
        {
            "mac": "0012740000A1",
            "parkingLotNo": "A-017",
            "status": str(int(fact.is_entry)),
            "dataType": "1",
            "uploadTime": fact.local,
        }
    )


def _bay(fact: Fact) -> Body:
    told = {
        "parkID": 1001,
        "deviceID": "BAY00017",
        "time": fact.local,
        "sequence": fact.number,
        "battary": 1,
        "parkingStatu": int(fact.is_entry),
    }
    return _json({"cmd": "sendParkStatu", "body": told})


GATES = (
    Talk("vzenith", _vzenith, marks_resent=True),
    Talk("hikvision_isapi", _hikvision, marks_resent=True),
    Talk("dahua_itsapi", _dahua, marks_resent=True, names_events=False),
    Talk("fourpyun", _fourpyun),
    Talk("keytop", _keytop, names_events=False),
    Talk("bolink", _bolink),
    Talk("hikvision_cloud", _hikvision_cloud),
    Talk("sorted_profile", _profile, context=DialectContext(secrets=(SECRET,), profile='use = "hc"')),
)
BAYS = (Talk("airjoy", _airjoy), Talk("inmotion", _bay), Talk("fushang", _bay))
EVERY = (*GATES, *BAYS)
