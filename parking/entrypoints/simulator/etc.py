"""How do two ETC networks behave? They deduct by the plate, each in its own writing and signature."""

from __future__ import annotations

import hmac
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import md5
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from parking.entrypoints.simulator.payments import Book, Mood, Order, Reply, call_back

_XINLIAN = {"pending": 0, "paid": 1, "refused": 2, "refunded": 3, "unknown": 9}
_BOLINK = {**_XINLIAN, "unknown": -1}
_ZONE = ZoneInfo("Asia/Shanghai")
_LATE_S = 0.2


def _in_a_moment(work: Callable[[], None]) -> None:
    timer = threading.Timer(_LATE_S, work)
    timer.daemon = True
    timer.start()


class Deducting:
    """What both have in common: an account is found by the plate and is charged, or is not bound.

    Every tenth plate (by its sum) has no account, so that a demonstration shows a refusal too.
    """

    content_type = "application/json"

    def __init__(self, book: Book) -> None:
        self.book = book
        self.mood = Mood.PROMPT
        # How something is done a little later, and how the city is called; a test has its own ways.
        self.later: Callable[[Callable[[], None]], None] = _in_a_moment
        self.call: Callable[[str, bytes, str], object] = call_back

    def _deduct(self, order_id: str, fen: int, plate: str, lot: str, notify_url: str) -> Order:
        """Take the money, refuse, or leave it open for a while; the same order again changes nothing."""
        order = self.book.open(order_id, fen, lot, notify_url=notify_url)
        if self.mood is Mood.LATE:
            self.later(lambda: self._decide_late(order, plate))
        else:
            self._decide(order, plate)
            if self.mood in (Mood.STAMMERS, Mood.CONTRADICTS):
                self.later(lambda: self._tell(order))
        return order

    def _decide(self, order: Order, plate: str) -> None:
        if self.mood is Mood.REFUSES or sum(plate.encode()) % 10 == 0:
            self.book.decide(order, "refused", "account_not_bound")
        else:
            self.book.decide(order, "paid")

    def _decide_late(self, order: Order, plate: str) -> None:
        self._decide(order, plate)
        self._tell(order)

    def _tell(self, order: Order) -> None:
        if not order.notify_url:
            return
        if self.mood is Mood.CONTRADICTS:
            opposite = "refused" if order.state == "paid" else "paid"
            self.call(order.notify_url, self.notice(order, opposite), self.content_type)
        for _ in range(2 if self.mood is Mood.STAMMERS else 1):
            self.call(order.notify_url, self.notice(order, order.state), self.content_type)

    def notice(self, order: Order, state: str) -> bytes:
        """A call of the network's own, as it leaves."""
        raise NotImplementedError

    def _sent(self, good: bytes, forged: bytes) -> Reply | None:
        """An answer as this mood sends it."""
        if self.mood in (Mood.SILENT, Mood.LOST):
            return None
        if self.mood is Mood.LIES:
            return Reply(forged)
        if self.mood is Mood.BREAKS_OFF:
            return Reply(good[: len(good) // 2], length=len(good))
        return Reply(good)


class PlayedXinlian(Deducting):
    """Xinlian: `private_key` is the network's own, `public_key` the city's (PEM)."""

    def __init__(self, app_id: str, private_key: str, public_key: str, book: Book) -> None:
        super().__init__(book)
        self._app_id = app_id
        own, city = load_pem_private_key(private_key.encode(), None), load_pem_public_key(public_key.encode())
        if not isinstance(own, rsa.RSAPrivateKey) or not isinstance(city, rsa.RSAPublicKey):
            raise ValueError("needs RSA keys")
        self._own, self._city = own, city

    def handle(self, method: str, path: str, body: bytes) -> Reply | None:
        """Answer a message; None where the network says nothing."""
        read = self._read(body)
        if read is None:
            return Reply(b'{"code":"1001","msg":"sign"}', 403)
        biz_id, params = read
        kind = biz_id.removeprefix("etc.parking.cloud.")
        if kind in ("fee", "refund") and self.mood is Mood.LOST:
            return None
        answer = self._done(kind, params)
        good = self.message(biz_id, answer)
        return self._sent(good, good.replace(b'"sign": "', b'"sign": "AAAA'))

    def _done(self, kind: str, params: Mapping[str, Any]) -> dict[str, Any]:
        number = str(params.get("pay_serial_no", ""))
        if kind == "fee":
            told = (str(params["vehplate_no"]), str(params["lane_name"]), str(params.get("notify_url", "")))
            return self._told(self._deduct(number, int(params["trans_amount"]), *told))
        if kind == "bill":
            day = str(params["bill_date"])
            lines = self.book.lines(lambda at: at.astimezone(_ZONE).strftime("%Y%m%d") == day)
            keys = ("pay_serial_no", "trade_no", "trans_amount", "trade_time")
            rows = [dict(zip(keys, (*line[:3], _written(line[3])), strict=True)) for line in lines]
            return {"list": rows, "more": False}
        order = self.book.find(number)
        if order is None:
            return {"pay_serial_no": number, "trans_status": _XINLIAN["unknown"]}
        if kind == "refund":
            fen = int(params["refund_amount"])
            if not self.book.give_back(order, str(params["refund_serial_no"]), fen):
                return {**self._told(order), "trans_status": _XINLIAN["refused"]}
            back = {"trans_status": _XINLIAN["refunded"], "trans_amount": order.given_back_fen}
            return {**self._told(order), **back}
        return self._told(order)

    def _told(self, order: Order, state: str | None = None) -> dict[str, Any]:
        told: dict[str, Any] = {
            "pay_serial_no": order.id,
            "trans_status": _XINLIAN[state or order.state],
            "trans_amount": order.given_back_fen if order.state == "refunded" else order.amount_fen,
            "trade_no": order.reference,
        }
        if order.at:
            told["trade_time"] = _written(order.at)
        if order.reason:
            told["reason"] = order.reason
        return told

    def notice(self, order: Order, state: str) -> bytes:
        return self.message("etc.parking.cloud.notify", self._told(order, state))

    def message(self, biz_id: str, params: Mapping[str, Any]) -> bytes:
        """A signed message, as it leaves this network."""
        data = json.dumps({"biz_id": biz_id, "waste_sn": "0", "params": params}, ensure_ascii=False)
        signed = self._own.sign(b64encode(data.encode()), padding.PKCS1v15(), hashes.SHA256())
        outer = {"versions": "1.0", "appid": self._app_id, "data": data, "sign": b64encode(signed).decode()}
        return json.dumps(outer, ensure_ascii=False).encode()

    def _read(self, body: bytes) -> tuple[str, Mapping[str, Any]] | None:
        try:
            outer = json.loads(body)
            text = b64encode(outer["data"].encode())
            self._city.verify(b64decode(outer["sign"]), text, padding.PKCS1v15(), hashes.SHA256())
            inner = json.loads(outer["data"])
            return str(inner["biz_id"]), dict(inner["params"])
        except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature):
            return None


class PlayedBolink(Deducting):
    """Bolink: one shared key signs both ways."""

    def __init__(self, union_id: str, key: str, book: Book) -> None:
        super().__init__(book)
        self._union_id, self._key = union_id, key

    def handle(self, method: str, path: str, body: bytes) -> Reply | None:
        """Answer a form; None where the network says nothing."""
        form = dict(parse_qsl(body.decode(errors="replace")))
        data = form.get("data", "")
        if not hmac.compare_digest(self._sign(data), form.get("sign", "")):
            return Reply(b'{"state":0,"errmsg":"sign"}', 403)
        kind = path.rpartition("/")[2].removeprefix("etc").removesuffix("Api").lower()
        if kind in ("pay", "refund") and self.mood is Mood.LOST:
            return None
        good = self.message(self._done(kind, json.loads(data)))
        return self._sent(good, good.replace(b'"sign": "', b'"sign": "0'))

    def _done(self, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        number = str(fields.get("order_id", ""))
        if kind == "pay":
            told = (str(fields["car_number"]), str(fields["park_id"]), str(fields.get("notify_url", "")))
            return self._told(self._deduct(number, _fen(fields["total"]), *told))
        if kind == "bill":
            day = str(fields["date"])
            lines = self.book.lines(lambda at: at.astimezone(_ZONE).strftime("%Y%m%d") == day)
            rows = [
                {"order_id": order, "trade_no": trade, "total": _yuan(fen), "pay_time": int(at.timestamp())}
                for order, trade, fen, at in lines
            ]
            return {"list": rows, "more": 0}
        order = self.book.find(number)
        if order is None:
            return {"order_id": number, "pay_state": _BOLINK["unknown"]}
        if kind == "refund":
            if not self.book.give_back(order, str(fields["refund_id"]), _fen(fields["total"])):
                return {**self._told(order), "pay_state": _BOLINK["refused"]}
            back = {"pay_state": _BOLINK["refunded"], "total": _yuan(order.given_back_fen)}
            return {**self._told(order), **back}
        return self._told(order)

    def _told(self, order: Order, state: str | None = None) -> dict[str, Any]:
        fen = order.given_back_fen if order.state == "refunded" else order.amount_fen
        told: dict[str, Any] = {
            "order_id": order.id,
            "pay_state": _BOLINK[state or order.state],
            "total": _yuan(fen),
            "trade_no": order.reference,
        }
        if order.at:
            told["pay_time"] = int(order.at.timestamp())
        if order.reason:
            told["errmsg"] = order.reason
        return told

    def notice(self, order: Order, state: str) -> bytes:
        return self.message(self._told(order, state))

    def message(self, fields: Mapping[str, Any]) -> bytes:
        """A signed message, as it leaves this network."""
        data = json.dumps(fields, ensure_ascii=False)
        return json.dumps(
            {"union_id": self._union_id, "data": data, "sign": self._sign(data)}, ensure_ascii=False
        ).encode()

    def _sign(self, data: str) -> str:
        return md5(f"{data}key={self._key}".encode()).hexdigest().upper()  # noqa: S324 - the network's rule


def _written(at: datetime) -> str:
    return at.astimezone(_ZONE).strftime("%Y%m%d%H%M%S")


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _fen(text: object) -> int:
    whole, _, rest = str(text).partition(".")
    return int(whole) * 100 + int(rest.ljust(2, "0")[:2] or 0)
