"""How does the demo payer write, sign and answer? See README.md for each field."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import orjson

from integrations.charging import NotTheirs, fen_or_none, json_object, standing_of, text_of, text_or_none
from parking.boundary.charges import ChargeAnswer, ChargeAsk, ChargeStanding, NetworkEntry

ORDERS, QUERY, REFUND, LIST = "/orders", "/orders/query", "/refunds", "/lists"
FRESH_FOR = timedelta(minutes=5)

STANDINGS: Mapping[str, ChargeStanding] = MappingProxyType({str(each): each for each in ChargeStanding})


def sign(data: str, key: bytes) -> str:
    """Hex HMAC-SHA256 over the text of the data."""
    return hmac.new(key, data.encode(), sha256).hexdigest()


def envelope(app_id: str, key: bytes, fields: Mapping[str, Any], now: datetime) -> bytes:
    """A signed message; the instant of sending is part of what is signed."""
    data = orjson.dumps({**fields, "sent_at": now.isoformat()}).decode()
    return orjson.dumps({"app_id": app_id, "data": data, "sign": sign(data, key)})


def opened(app_id: str, key: bytes, body: bytes, now: datetime) -> Mapping[str, Any]:
    """The data of their message. Raises NotTheirs, also for one sent long ago; ValueError."""
    outer = json_object(body)
    data, signature = outer.get("data"), outer.get("sign")
    if not isinstance(data, str) or not isinstance(signature, str):
        raise ValueError("no data or no sign")
    if not hmac.compare_digest(sign(data, key).encode(), signature.encode()):
        raise NotTheirs
    fields = json_object(data)
    if outer.get("app_id") != app_id or abs(now - _time(text_of(fields, "sent_at"))) > FRESH_FOR:
        raise NotTheirs
    return fields


def ask_fields(ask: ChargeAsk) -> dict[str, Any]:
    """An order. The payer is told no plate."""
    return {
        "order": ask.charge_id,
        "amount_fen": ask.amount_fen,
        "subject": ask.lot_name,
        "return_url": ask.return_url or "",
        "notify_url": ask.notify_url or "",
    }


def read_answer(fields: Mapping[str, Any]) -> ChargeAnswer:
    """What became of an order. Raises ValueError."""
    pay_url, paid_at = text_or_none(fields, "pay_url"), text_or_none(fields, "at")
    if pay_url is not None and urlsplit(pay_url).scheme not in ("http", "https"):
        raise ValueError("pay_url")
    return ChargeAnswer(
        charge_id=text_of(fields, "order"),
        standing=standing_of(STANDINGS, fields, "state"),
        reference=text_or_none(fields, "reference"),
        amount_fen=fen_or_none(fields, "amount_fen"),
        reason=text_or_none(fields, "reason"),
        pay_url=pay_url,
        at=_time(paid_at) if paid_at else None,
    )


def read_entries(fields: Mapping[str, Any]) -> tuple[NetworkEntry, ...]:
    """The list of a day. Raises ValueError: half a list is none."""
    rows = fields.get("entries")
    if not isinstance(rows, list):
        raise ValueError("entries")
    return tuple(map(_entry, rows))


def _entry(row: Any) -> NetworkEntry:
    if not isinstance(row, dict):
        raise ValueError("row")
    fen = fen_or_none(row, "amount_fen")
    if fen is None:
        raise ValueError("row")
    return NetworkEntry(text_of(row, "order"), text_of(row, "reference"), fen, _time(text_of(row, "at")))


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without an offset")
    return at
