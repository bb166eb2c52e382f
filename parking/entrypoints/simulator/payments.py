"""How does a network that takes money behave? A book of orders, its moods, and a small page to pay at."""

from __future__ import annotations

import hmac
import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

_PAY_WITHIN = timedelta(minutes=15)
_TIMEOUT_S = 5.0


class Mood(StrEnum):
    """What the network does with the next request.

    `lost`: it neither does nor says anything. `silent`: it does what was asked and says nothing. `late`: it
    says pending and decides afterwards. `refuses` says no. `lies` has the answer signed by another key,
    `breaks_off` sends half of it, `stammers` calls back twice, `contradicts` calls back the opposite first.
    """

    PROMPT = "prompt"
    LATE = "late"
    REFUSES = "refuses"
    SILENT = "silent"
    LOST = "lost"
    LIES = "lies"
    BREAKS_OFF = "breaks_off"
    STAMMERS = "stammers"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; `length` tells another length than the body has, for one that is broken off."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    location: str | None = None
    length: int | None = None


@dataclass(slots=True)
class Order:
    """One order; `state` is pending, paid, refused or refunded, `refunds` fen by their ids."""

    id: str
    amount_fen: int
    subject: str
    made_at: datetime
    reference: str
    return_url: str = ""
    notify_url: str = ""
    state: str = "pending"
    reason: str | None = None
    at: datetime | None = None
    refunds: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    @property
    def given_back_fen(self) -> int:
        return sum(fen for fen, _ in self.refunds.values())


class Book:
    """All orders of a network; an id is taken once, whatever is asked of it afterwards."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.orders: dict[str, Order] = {}
        self.asked: Counter[str] = Counter()
        self.lock = threading.RLock()

    def open(
        self, order_id: str, amount_fen: int, subject: str, *, return_url: str = "", notify_url: str = ""
    ) -> Order:
        """The order of this id, made now where there is none."""
        with self.lock:
            self.asked[order_id] += 1
            if order_id not in self.orders:
                reference = f"N{len(self.orders) + 1:08d}"
                self.orders[order_id] = Order(
                    order_id, amount_fen, subject, self.clock(), reference, return_url, notify_url
                )
            return self.orders[order_id]

    def find(self, order_id: str) -> Order | None:
        """An order as it stands; one that nobody paid in time is over."""
        with self.lock:
            order = self.orders.get(order_id)
            # Only a person can be too late: an order of an ETC network has no page to come back from.
            if order and order.return_url and self.clock() > order.made_at + _PAY_WITHIN:
                self.decide(order, "refused", "expired")
            return order

    def decide(self, order: Order, state: str, reason: str | None = None) -> bool:
        """Paid or refused, once; whether this decided it."""
        with self.lock:
            if order.state != "pending":
                return False
            order.state, order.reason, order.at = state, reason, self.clock()
            return True

    def give_back(self, order: Order, refund_id: str, fen: int) -> bool:
        """A refund, once by its id; whether it stands."""
        with self.lock:
            if refund_id in order.refunds:
                return True
            if order.state not in ("paid", "refunded") or order.given_back_fen + fen > order.amount_fen:
                return False
            order.refunds[refund_id] = (fen, self.clock())
            if order.given_back_fen == order.amount_fen:
                order.state = "refunded"
            return True

    def lines(self, is_on: Callable[[datetime], bool]) -> list[tuple[str, str, int, datetime]]:
        """(order, reference, fen, at) of the payments and refunds of a day."""
        found = []
        with self.lock:
            for order in self.orders.values():
                if order.state in ("paid", "refunded") and order.at and is_on(order.at):
                    found.append((order.id, order.reference, order.amount_fen, order.at))
                for number, (fen, at) in enumerate(order.refunds.values(), 1):
                    if is_on(at):
                        found.append((order.id, f"{order.reference}-{number}", -fen, at))
        return found


def call_back(url: str, body: bytes, content_type: str) -> bytes | None:
    """Post to somebody's address; None where it did not answer 200."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=_TIMEOUT_S)
    try:
        connection.request("POST", address.path, body, {"Content-Type": content_type})
        answer = connection.getresponse()
        said = answer.read(100_000)
        return said if answer.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class PlayedPayer:
    """The demo payer: `handle` answers a request under its path, None where it says nothing at all."""

    def __init__(
        self, app_id: str, key: bytes, base_url: str, book: Book, zone: str = "Asia/Shanghai"
    ) -> None:
        self.book = book
        self.mood = Mood.PROMPT
        self._app_id, self._key, self._base_url = app_id, key, base_url.rstrip("/")
        self._zone = ZoneInfo(zone)

    def handle(self, method: str, path: str, body: bytes) -> Reply | None:
        """Answer. A person's page and the machine's messages share one address."""
        if path.startswith("/pay/"):
            return self._page(method, path.removeprefix("/pay/"), body)
        if method != "POST":
            return Reply(b"", 405)
        fields = self._opened(body)
        if fields is None:
            return Reply(b'{"error":"signature"}', 403)
        match path:
            case "/orders":
                return self._order(fields)
            case "/orders/query":
                return self._say(self.book.find(str(fields.get("order"))), str(fields.get("order")))
            case "/refunds":
                return self._refund(fields)
            case "/lists":
                return self._list(str(fields.get("on")))
        return Reply(b"", 404)

    def _order(self, fields: Mapping[str, Any]) -> Reply | None:
        if self.mood is Mood.LOST:
            return None
        order = self.book.open(
            str(fields["order"]),
            int(fields["amount_fen"]),
            str(fields.get("subject", "")),
            return_url=str(fields.get("return_url", "")),
            notify_url=str(fields.get("notify_url", "")),
        )
        if self.mood is Mood.REFUSES:
            self.book.decide(order, "refused", "closed")
        return None if self.mood is Mood.SILENT else self._say(order, order.id)

    def _refund(self, fields: Mapping[str, Any]) -> Reply | None:
        if self.mood is Mood.LOST:
            return None
        order = self.book.find(str(fields["order"]))
        made = order is not None and self.book.give_back(
            order, str(fields["refund"]), int(fields["amount_fen"])
        )
        if self.mood is Mood.SILENT:
            return None
        if order is None or not made:
            return self._sealed({"order": fields["order"], "state": "refused", "reason": "too_much"})
        back = {"state": "refunded", "amount_fen": order.given_back_fen}
        return self._sealed({**self._told(order), **back})

    def _list(self, on: str) -> Reply:
        def is_on(at: datetime) -> bool:
            return at.astimezone(self._zone).date().isoformat() == on

        keys = ("order", "reference", "amount_fen", "at")
        rows = [
            dict(zip(keys, (*line[:3], line[3].isoformat()), strict=True)) for line in self.book.lines(is_on)
        ]
        return self._sealed({"entries": rows})

    def _say(self, order: Order | None, order_id: str) -> Reply:
        if order is None:
            return self._sealed({"order": order_id, "state": "unknown"})
        return self._sealed(self._told(order))

    def _told(self, order: Order) -> dict[str, Any]:
        told: dict[str, Any] = {
            "order": order.id,
            "state": order.state,
            "amount_fen": order.given_back_fen if order.state == "refunded" else order.amount_fen,
            "reference": order.reference,
        }
        if order.state == "pending":
            told["pay_url"] = f"{self._base_url}/pay/{order.id}"
        if order.at is not None:
            told["at"] = order.at.isoformat()
        if order.reason:
            told["reason"] = order.reason
        return told

    def message(self, fields: Mapping[str, Any], key: bytes | None = None) -> bytes:
        """A signed message, as it leaves this payer."""
        sent = {**fields, "sent_at": self.book.clock().isoformat()}
        data = json.dumps(sent, ensure_ascii=False)
        mac = hmac.new(key or self._key, data.encode(), sha256).hexdigest()
        return json.dumps({"app_id": self._app_id, "data": data, "sign": mac}, ensure_ascii=False).encode()

    def _sealed(self, fields: Mapping[str, Any]) -> Reply:
        if self.mood is Mood.LIES:
            return Reply(self.message(fields, b"another key"))
        body = self.message(fields)
        return (
            Reply(body[: len(body) // 2], length=len(body)) if self.mood is Mood.BREAKS_OFF else Reply(body)
        )

    def _opened(self, body: bytes) -> Mapping[str, Any] | None:
        try:
            outer = json.loads(body)
            mac = hmac.new(self._key, outer["data"].encode(), sha256).hexdigest()
            if outer["app_id"] != self._app_id or not hmac.compare_digest(mac, outer["sign"]):
                return None
            fields = json.loads(outer["data"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        return fields if isinstance(fields, dict) else None

    def _page(self, method: str, order_id: str, body: bytes) -> Reply:
        order = self.book.find(order_id)
        if order is None:
            return Reply("没有这笔订单 / No such order".encode(), 404, "text/plain; charset=utf-8")
        if method != "POST":
            return Reply(_page(order).encode(), content_type="text/html; charset=utf-8")
        chosen = parse_qs(body.decode(errors="replace")).get("choice", [""])[0]
        if chosen == "pay":
            self.book.decide(order, "paid")
        elif chosen == "refuse":
            self.book.decide(order, "refused", "cancelled")
        self.tell(order)
        return Reply(b"", 303, location=order.return_url or f"{self._base_url}/pay/{order.id}")

    def tell(self, order: Order) -> None:
        """Call back what became of an order; in some moods twice, or the opposite first."""
        if not order.notify_url or self.mood in (Mood.SILENT, Mood.LOST):
            return
        if self.mood is Mood.CONTRADICTS:
            opposite = "refused" if order.state == "paid" else "paid"
            call_back(
                order.notify_url, self.message({**self._told(order), "state": opposite}), "application/json"
            )
        for _ in range(2 if self.mood is Mood.STAMMERS else 1):
            call_back(order.notify_url, self.message(self._told(order)), "application/json")


_WORDS = {"paid": "已支付 / Paid", "refused": "未支付 / Not paid", "refunded": "已退款 / Refunded"}


def _page(order: Order) -> str:
    """A page for a person, in both languages, without a script."""
    amount = f"¥{order.amount_fen / 100:.2f}"
    if order.state == "pending":
        act = (
            '<form method="post"><button name="choice" value="pay">支付 / Pay</button> '
            '<button name="choice" value="refuse">取消 / Cancel</button></form>'
        )
    else:
        back = f'<p><a href="{escape(order.return_url)}">返回 / Back</a></p>' if order.return_url else ""
        act = f"<p><strong>{_WORDS[order.state]}</strong></p>{back}"
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>演示支付 / Demo payer</title>'
        "<style>body{font:16px/1.6 system-ui,sans-serif;max-width:24rem;margin:2rem auto;padding:0 1rem}"
        "button{font:inherit;min-height:44px;min-width:44px;padding:0 1rem}</style>"
        "<h1>演示支付 / Demo payer</h1><p>不会收取真实款项。No real money is taken.</p>"
        f"<p>{escape(order.subject)}</p><p><strong>{amount}</strong></p>{act}</html>"
    )
