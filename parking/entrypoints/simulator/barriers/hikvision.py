"""How does a Hikvision camera push? Multipart with an XML part and pictures; any 2xx satisfies it."""

from __future__ import annotations

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from parking.entrypoints.simulator.barriers.crossing import ZONE, Crossing, Gate, Heard, Leads, Message
from parking.entrypoints.simulator.barriers.vzenith import PICTURE

_BOUNDARY = "boundary"
# Firmwares name the namespace differently, and a recorder that passes events on puts a prefix.
_ROOTS = (
    ("", ' xmlns="http://www.hikvision.com/ver20/XMLSchema"'),
    ("", ' xmlns="http://www.isapi.org/ver20/XMLSchema"'),
    ("", ""),
    ("ns1:", ' xmlns:ns1="http://www.hikvision.com/ver20/XMLSchema"'),
)


class HikvisionIsapi:
    """ISAPI event push: `anpr.xml` and one picture in each message."""

    def tell(self, gate: Gate, crossing: Crossing, *, resent: bool = False) -> Message:
        prefix, attributes = _ROOTS[crossing.number % len(_ROOTS)]
        plate = crossing.plate
        colour = "unknown" if plate is None else "green" if crossing.is_electric else "blue"
        anpr = {
            "country": "7",
            "licensePlate": plate or "unknown",
            "line": "1",
            "direction": "forward" if crossing.leads is Leads.ENTRY else "reverse",
            "confidenceLevel": "0" if plate is None else "96.5",
            "plateType": "unknown",
            "plateColor": colour,
            "vehicleType": "vehicle",
            "originalLicensePlate": plate or "",
            "barrierGateCtrlType": "0",
        }
        head = {
            **_head(gate, crossing.at),
            "activePostCount": str(crossing.number),
            "eventType": "ANPR",
            "eventState": "active",
            "eventDescription": "ANPR",
            "isDataRetransmission": "true" if resent else "false",
        }
        inner = "".join(_tag(prefix, name, value) for name, value in anpr.items())
        told = "".join(_tag(prefix, name, value) for name, value in head.items())
        told += f"<{prefix}ANPR>{inner}</{prefix}ANPR>"
        told += _tag(prefix, "UUID", str(uuid5(NAMESPACE_URL, f"{gate.serial}/{crossing.number}")))
        told += _tag(prefix, "picNum", "1")
        return _multipart(_document(prefix, attributes, told))

    def take_back(self, gate: Gate, crossing: Crossing, at: datetime) -> Message | None:
        return None

    def beat(self, gate: Gate, at: datetime) -> Message | None:
        prefix, attributes = _ROOTS[0]
        head = {
            **_head(gate, at),
            "activePostCount": "0",
            "eventType": "videoloss",
            "eventState": "inactive",
            "eventDescription": "videoloss alarm",
        }
        told = "".join(_tag(prefix, name, value) for name, value in head.items())
        return Message("event", _document(prefix, attributes, told), "application/xml")

    def hear(self, status: int, body: bytes) -> Heard:
        return Heard(200 <= status < 300)


def _head(gate: Gate, at: datetime) -> dict[str, str]:
    return {
        "ipAddress": "127.0.0.1",
        "portNo": "80",
        "protocol": "HTTP",
        "macAddress": gate.serial,
        "channelID": "1",
        "dateTime": at.astimezone(ZONE).isoformat(timespec="milliseconds"),
        "channelName": "SIMULATED",
    }


def _tag(prefix: str, name: str, value: str) -> str:
    return f"<{prefix}{name}>{value}</{prefix}{name}>\n"


def _document(prefix: str, attributes: str, inner: str) -> bytes:
    root = f"{prefix}EventNotificationAlert"
    declaration = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{declaration}\n<{root} version="2.0"{attributes}>\n{inner}</{root}>\n'.encode()


def _multipart(xml: bytes) -> Message:
    def part(name: str, file: str, kind: str, content: bytes) -> bytes:
        head = (
            f"--{_BOUNDARY}\r\n"
            f'Content-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
            f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content + b"\r\n"

    body = (
        part("anpr.xml", "anpr.xml", "text/xml", xml)
        + part("licensePlatePicture.jpg", "licensePlatePicture.jpg", "image/pjpeg", PICTURE)
        + f"--{_BOUNDARY}--\r\n".encode()
    )
    return Message("event", body, f"multipart/form-data; boundary={_BOUNDARY}")
