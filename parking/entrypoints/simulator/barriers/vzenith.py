"""How does a Vzenith camera push? JSON with base64 pictures; it re-sends until the reply has its object."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

import orjson

from parking.entrypoints.simulator.barriers.crossing import ZONE, Crossing, Gate, Heard, Message

_NO_PLATE = "_无_"
_AUTOMATIC, _TURNED_BACK = 1, 66
_BLUE, _GREEN = 1, 5
_NO_TYPE, _ORDINARY, _NEW_ENERGY = 31, 1, 19
# A camera sends its picture along; this is all that a played one sees.
PICTURE = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
_BOUNDARY = "------------------------5e1f00c0ffee0001"


class Vzenith:
    """HTTP push: plates, triggers, heartbeats as a form that holds the camera's own login."""

    def tell(self, gate: Gate, crossing: Crossing, *, resent: bool = False) -> Message:
        return _plate(gate, crossing, crossing.at, _AUTOMATIC, resent)

    def take_back(self, gate: Gate, crossing: Crossing, at: datetime) -> Message | None:
        return _plate(gate, crossing, at, _TURNED_BACK, False)

    def beat(self, gate: Gate, at: datetime) -> Message | None:
        fields = {
            "device_name": "SIMULATED",
            "ipaddr": "127.0.0.1",
            "port": "80",
            # Devices do send this; it must be dropped at the door.
            "user_name": "admin",
            "pass_wd": "simulated-camera-password",
            "serialno": gate.serial,
            "channel_num": "1",
        }
        parts = "".join(
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        body = f"{parts}--{_BOUNDARY}--\r\n".encode()
        return Message("heartbeat", body, f"multipart/form-data; boundary={_BOUNDARY}")

    def hear(self, status: int, body: bytes) -> Heard:
        try:
            answer = orjson.loads(body)["Response_AlarmInfoPlate"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return Heard(is_acknowledged=False)
        opens = answer.get("info") == "ok" or any(
            key in answer for key in ("ivs_ioctrl", "manualTrigger", "playserver_json_request")
        )
        return Heard(status in (200, 201), opens)


def _plate(gate: Gate, crossing: Crossing, at: datetime, trigger: int, resent: bool) -> Message:
    plate = crossing.plate
    told: dict[str, Any] = {
        "license": plate or _NO_PLATE,
        "colorType": 0 if plate is None else _GREEN if crossing.is_electric else _BLUE,
        "colorValue": 0,
        "type": _NO_TYPE if plate is None else _NEW_ENERGY if crossing.is_electric else _ORDINARY,
        "confidence": 0 if plate is None else 97,
        "bright": 0,
        "carBright": 0,
        "carColor": 255,
        "direction": 4,
        "triggerType": trigger,
        "timeUsed": 0,
        "plateid": crossing.number + (1_000_000 if trigger == _TURNED_BACK else 0),
        "isoffline": int(resent),
        "is_fake_plate": 0,
        "location": {"RECT": {"bottom": 674, "left": 1002, "right": 1263, "top": 565}},
        "timeStamp": {"Timeval": _time(at)},
        "imageFile": base64.b64encode(PICTURE).decode(),
        "imageFileLen": len(PICTURE),
        # One firmware writes a number here, another a text.
        "gioouts": [{"ionum": "0" if crossing.number % 2 else 0, "ctrltype": 0}],
    }
    body = {
        "AlarmInfoPlate": {
            "channel": 0,
            "deviceName": "SIMULATED",
            "ipaddr": "127.0.0.1",
            "serialno": gate.serial,
            "rule_id": 1,
            "user_data": "synthetic",
            "result": {"PlateResult": told},
        }
    }
    return Message("plate", orjson.dumps(body))


def _time(at: datetime) -> dict[str, int]:
    wall = at.astimezone(ZONE)
    return {
        "sec": int(at.timestamp()),
        "usec": at.microsecond,
        "decyear": wall.year,
        "decmon": wall.month,
        "decday": wall.day,
        "dechour": wall.hour,
        "decmin": wall.minute,
        "decsec": wall.second,
    }
