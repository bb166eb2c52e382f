"""How does Bolink's `etc_pay` write, sign and answer? See README.md for each field."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import md5
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from integrations.charging import (
    NotTheirs,
    fen_of_yuan,
    json_object,
    standing_of,
    text_of,
    text_or_none,
    yuan,
)
from parking.boundary.charges import ChargeAnswer, ChargeAsk, ChargeStanding, NetworkEntry

ASK, QUERY = "/unionapi/etcPayApi", "/unionapi/etcQueryApi"
REFUND, LIST = "/unionapi/etcRefundApi", "/unionapi/etcBillApi"
# my 蚂蚁智行, cj 畅捷, jyyh 金溢云盒, ystx 宇视
PAY_TYPES = frozenset({"my", "cj", "jyyh", "ystx"})

STANDINGS: Mapping[int, ChargeStanding] = MappingProxyType(
    {
        0: ChargeStanding.PENDING,
        1: ChargeStanding.PAID,
        2: ChargeStanding.REFUSED,
        3: ChargeStanding.REFUNDED,
        -1: ChargeStanding.UNKNOWN,
    }
)


def sign(data: str, key: str) -> str:
    """Upper-case MD5 over the very text of the data and the key; their rule, not our choice."""
    return md5(f"{data}key={key}".encode()).hexdigest().upper()  # noqa: S324 - the network's rule


def form(union_id: str, key: str, fields: Mapping[str, Any]) -> bytes:
    """The form that is posted: the data as one text, signed as it stands."""
    data = orjson.dumps(fields).decode()
    return urlencode({"union_id": union_id, "sign": sign(data, key), "data": data}).encode()


def opened(union_id: str, key: str, body: bytes) -> Mapping[str, Any]:
    """The data of an answer (JSON) or a call of theirs (a form). Raises NotTheirs, ValueError."""
    is_form = not body.lstrip().startswith(b"{")
    outer: Mapping[str, Any] = dict(parse_qsl(body.decode())) if is_form else json_object(body)
    data, signature = outer.get("data"), outer.get("sign")
    if not isinstance(data, str) or not isinstance(signature, str):
        raise ValueError("no data or no sign")
    if not hmac.compare_digest(sign(data, key).encode(), signature.upper().encode()):
        raise NotTheirs
    if outer.get("union_id") != union_id:
        raise NotTheirs
    return json_object(data)


def ask_fields(ask: ChargeAsk, pay_type: str) -> dict[str, Any]:
    """The fields of a deduction. The lane's name is "park:channel:lane", as the network numbers them."""
    park, channel, lane = ([*(ask.lane_key or "").split(":"), "", "", ""])[:3]
    stay = ask.left_at - ask.entered_at
    return {
        "service_name": "etc_pay",
        "data_target": "cloud",
        "park_id": park,
        "car_number": ask.plate or "",
        "in_time": int(ask.entered_at.timestamp()),
        "out_time": int(ask.left_at.timestamp()),
        "parking_time": max(int(stay.total_seconds() // 60), 0),
        "total_original": yuan(ask.amount_fen),
        "total": yuan(ask.amount_fen),
        "order_id": ask.charge_id,
        "out_channel_id": channel,
        "lane_no": lane,
        "pay_type": pay_type,
        "notify_url": ask.notify_url or "",
    }


def read_answer(fields: Mapping[str, Any]) -> ChargeAnswer:
    """What became of a charge. Raises ValueError."""
    return ChargeAnswer(
        charge_id=text_of(fields, "order_id"),
        standing=standing_of(STANDINGS, fields, "pay_state"),
        reference=text_or_none(fields, "trade_no"),
        amount_fen=fen_of_yuan(fields, "total"),
        reason=text_or_none(fields, "errmsg"),
        at=_time(fields.get("pay_time")),
    )


def read_entries(fields: Mapping[str, Any]) -> tuple[tuple[NetworkEntry, ...], bool]:
    """A page of the day's list, and whether there is another. Raises ValueError: half a list is none."""
    rows = fields.get("list")
    if not isinstance(rows, list):
        raise ValueError("list")
    return tuple(map(_entry, rows)), fields.get("more") == 1


def _entry(row: Any) -> NetworkEntry:
    if not isinstance(row, dict):
        raise ValueError("row")
    fen, at = fen_of_yuan(row, "total"), _time(row.get("pay_time"))
    if fen is None or at is None:
        raise ValueError("row")
    return NetworkEntry(text_of(row, "order_id"), text_of(row, "trade_no"), fen, at)


def _time(seconds: Any) -> datetime | None:
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < 2**33:
        raise ValueError("pay_time")
    return datetime.fromtimestamp(seconds, UTC)
