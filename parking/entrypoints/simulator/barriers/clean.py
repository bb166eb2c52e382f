"""How does a vendor that follows the city's own API push? JSON signed by the Standard Webhooks scheme."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

import orjson

from parking.entrypoints.simulator.barriers.crossing import Crossing, Gate, Heard, Message

_KEY_PREFIX = "whsec_"


class Clean:
    """POST /api/v1/gateway/passages, voids and heartbeats; the message id is the same at every attempt."""

    def tell(self, gate: Gate, crossing: Crossing, *, resent: bool = False) -> Message:
        body: dict[str, Any] = {
            "event_id": _event_id(gate, crossing),
            "lot": gate.lot_key,
            "lane": gate.lane_key,
            "at": _instant(crossing.at),
            "direction": crossing.leads.value,
            "stay_id": crossing.stay,
            "stay": "monthly" if crossing.is_monthly else "casual",
            "resent": resent,
        }
        if crossing.plate is not None:
            body |= {"plate": crossing.plate, "colour": "green" if crossing.is_electric else "blue"}
        return Message("passages", orjson.dumps(body))

    def take_back(self, gate: Gate, crossing: Crossing, at: datetime) -> Message | None:
        body = {"event_id": _event_id(gate, crossing), "reason": "backed_out"}
        return Message("voids", orjson.dumps(body))

    def beat(self, gate: Gate, at: datetime) -> Message | None:
        return Message("heartbeats", orjson.dumps({"lot": gate.lot_key, "at": _instant(at)}))

    def hear(self, status: int, body: bytes) -> Heard:
        # What is refused for good is not sent again; what could not be taken now is.
        return Heard(200 <= status < 300 or (400 <= status < 500 and status not in (408, 425, 429)))


def signed(gate: Gate, message: Message, message_id: str, now: datetime) -> Message:
    """The message with its signature at the instant of sending."""
    stamp = str(int(now.timestamp()))
    key = base64.b64decode(gate.secret.removeprefix(_KEY_PREFIX) + "==")
    text = f"{message_id}.{stamp}.".encode() + message.body
    told = base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
    headers = {
        "parking-client": gate.client_id,
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{told}",
    }
    return Message(message.path, message.body, message.content_type, headers)


def _event_id(gate: Gate, crossing: Crossing) -> str:
    return f"{gate.serial}-{crossing.number}"


def _instant(at: datetime) -> str:
    return (at - timedelta(microseconds=at.microsecond % 1000)).isoformat(timespec="milliseconds")
