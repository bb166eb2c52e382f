"""How do bay sensors push? AirJoy, InMotion and FuShang: one message for each change of one bay."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from parking.entrypoints.simulator.barriers.crossing import Gate, Message, local


@dataclass(frozen=True, slots=True)
class Bay:
    """A bay as its sensor sees it."""

    name: str
    is_taken: bool
    sequence: int
    at: datetime
    battery: int = 60


def airjoy(gate: Gate, bay: Bay, *, is_beat: bool = False) -> Message:
    """All values are texts; dataType 2 is the heartbeat."""
    body = {
        "mac": gate.serial,
        "parkingLotNo": bay.name,
        "status": str(int(bay.is_taken)),
        "dataType": "2" if is_beat else "1",
        "uploadTime": local(bay.at),
    }
    return Message("push", orjson.dumps(body))


def inmotion(gate: Gate, bay: Bay, *, is_beat: bool = False) -> Message:
    """Their spelling; the battery in per cent."""
    return _command(gate, bay, is_beat, bay.battery)


def fushang(gate: Gate, bay: Bay, *, is_beat: bool = False) -> Message:
    """As InMotion, but the battery is 0 good, 1 low, 2 nearly empty."""
    return _command(gate, bay, is_beat, 0 if bay.battery > 20 else 1)


def _command(gate: Gate, bay: Bay, is_beat: bool, battery: int) -> Message:
    body: dict[str, Any] = {
        "parkID": int(bay.name) if bay.name.isdigit() else bay.name,
        "time": local(bay.at),
        "deviceID": gate.serial,
        "rssi": 3,
        "passTime": 0,
        "sequence": bay.sequence,
        "battary": battery,
        "parkingStatu": int(bay.is_taken),
        "token": hashlib.md5(f"{gate.serial}{bay.sequence}".encode()).hexdigest(),  # noqa: S324 - theirs
    }
    if is_beat:
        body["errcode"] = 0
    return Message(
        "status", orjson.dumps({"cmd": "sendDeviceHeartbeat" if is_beat else "sendParkStatu", "body": body})
    )


SENSORS = {"airjoy": airjoy, "inmotion": inmotion, "fushang": fushang}


def is_acknowledged(dialect: str, status: int, body: bytes) -> bool:
    """Whether the sensor's station stops sending: InMotion and FuShang read a code, AirJoy the status."""
    return 200 <= status < 300
