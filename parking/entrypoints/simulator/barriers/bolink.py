"""How does a lot behind Bolink (ParkingOS) push? JSON whose `data` is signed as the very text that it is."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import orjson

from parking.entrypoints.simulator.barriers.crossing import Crossing, Gate, Heard, Leads, Message


class Bolink:
    """in_park and out_park; `order_id` is the same at both, times are epoch seconds."""

    def tell(self, gate: Gate, crossing: Crossing, *, resent: bool = False) -> Message:
        data: dict[str, Any] = {
            "park_id": gate.lot_key,
            "car_number": crossing.plate or "",
            "in_time": int((crossing.entered_at or crossing.at).timestamp()),
            "car_type": "小车",
            "c_type": "通道扫牌",
            "uid": "1",
            "order_id": crossing.stay,
            "car_cost_type": 2 if crossing.is_monthly else 1,
        }
        if crossing.leads is Leads.ENTRY:
            data |= {"in_channel_id": gate.lane_key}
            return _signed(gate, "in_park", data)
        data |= {
            "out_time": int(crossing.at.timestamp()),
            "out_channel_id": gate.lane_key,
            "pay_type": "monthuser" if crossing.is_monthly else "cash",
            "total": "0.00",
        }
        return _signed(gate, "out_park", data)

    def take_back(self, gate: Gate, crossing: Crossing, at: datetime) -> Message | None:
        return None

    def beat(self, gate: Gate, at: datetime) -> Message | None:
        return None

    def hear(self, status: int, body: bytes) -> Heard:
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError:
            return Heard(is_acknowledged=False)
        return Heard(status == 200 and isinstance(answer, dict) and str(answer.get("state")) == "1")


def _signed(gate: Gate, service: str, data: dict[str, Any]) -> Message:
    text = orjson.dumps(data).decode()
    sign = hashlib.md5(f"{text}key={gate.secret}".encode()).hexdigest().upper()  # noqa: S324 - theirs
    # Put together by hand: what is signed is the text, not what it means.
    body = f'{{"service_name":"{service}","sign":"{sign}","data":{text}}}'
    return Message(service, body.encode())
