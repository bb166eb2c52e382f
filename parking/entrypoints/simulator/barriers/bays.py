"""How do bay sensors push? AirJoy, InMotion and FuShang: one message for each change of one bay."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from parking.entrypoints.simulator.barriers.crossing import Message, local


@dataclass(frozen=True, slots=True)
class Bay:
    """A bay as its sensor sees it."""

    name: str
    is_taken: bool
    sequence: int
    at: datetime
    battery: int = 60


def airjoy(serial: str, bay: Bay, *, is_beat: bool = False) -> Message:
    """All values are texts; dataType 2 is the heartbeat."""
    body = {
        "mac": serial,
        "parkingLotNo": bay.name,
        "status": str(int(bay.is_taken)),
        "dataType": "2" if is_beat else "1",
        "uploadTime": local(bay.at),
    }
    return Message("push", orjson.dumps(body))


def inmotion(serial: str, bay: Bay, *, is_beat: bool = False) -> Message:
    """Their spelling; the battery in per cent."""
    return _command(serial, bay, is_beat, bay.battery)


def fushang(serial: str, bay: Bay, *, is_beat: bool = False) -> Message:
    """As InMotion, but the battery is 0 good, 1 low, 2 nearly empty."""
    return _command(serial, bay, is_beat, 0 if bay.battery > 20 else 1)


def _command(serial: str, bay: Bay, is_beat: bool, battery: int) -> Message:
    body: dict[str, Any] = {
        "parkID": int(bay.name) if bay.name.isdigit() else bay.name,
        "time": local(bay.at),
        "deviceID": serial,
        "rssi": 3,
        "passTime": 0,
        "sequence": bay.sequence,
        "battary": battery,
        "parkingStatu": int(bay.is_taken),
        "token": hashlib.md5(f"{serial}{bay.sequence}".encode()).hexdigest(),  # noqa: S324 - theirs
    }
    if is_beat:
        body["errcode"] = 0
    return Message(
        "status", orjson.dumps({"cmd": "sendDeviceHeartbeat" if is_beat else "sendParkStatu", "body": body})
    )


SENSORS = {"airjoy": airjoy, "inmotion": inmotion, "fushang": fushang}
