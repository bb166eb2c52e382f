"""What do the clouds of P云 and Keytop answer when they are told who may enter? They keep a list of it.

They check our signature by code of their own, and take a message once, as the vendors' documents say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl

import orjson

from parking.entrypoints.simulator.course import ZONE

RESERVE_PATH = "/gate/1.0/parking/reserve/apply"
CARD_PATHS = ("GetCarCardInfo", "AddCarCardNo", "PayCarCardFee", "DelCarCardInfo")
_CARDS = "/api/wec/"


@dataclass(slots=True)
class Admitted:
    """A vehicle that the lot lets in, from when until when; a card without a span lets nobody in."""

    number: str
    plate: str = field(repr=False)
    name: str
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(slots=True)
class Admissions:
    """The list of one lot in a vendor's cloud, by the vendor's numbers."""

    listed: dict[str, Admitted] = field(default_factory=dict)
    told: int = 0
    _last: int = 0
    _lock: Lock = field(default_factory=Lock)

    def add(self, plate: str, name: str, from_at: datetime | None, until_at: datetime | None) -> Admitted:
        with self._lock:
            self._last += 1
            one = Admitted(str(self._last), plate, name, from_at, until_at)
            self.listed[one.number] = one
            return one

    def of_plate(self, plate: str) -> Admitted | None:
        return next((one for one in self.listed.values() if one.plate == plate), None)

    def lets_in(self, plate: str, at: datetime) -> bool:
        """Whether the barrier would let a vehicle in."""
        spans = [(one.from_at, one.until_at) for one in self.listed.values() if one.plate == plate]
        return any(since <= at < until for since, until in spans if since is not None and until is not None)


@dataclass(frozen=True, slots=True)
class Reserving:
    """A lot in the P云 cloud: our number there, the secret that is good at present, the lot."""

    app_id: str
    secret: str = field(repr=False)
    lot_key: str


def reserve(
    lot: Reserving, list_: Admissions, method: str, query: Mapping[str, str], body: bytes
) -> dict[str, Any]:
    """A form that applies for a reservation, or a DELETE that cancels it by its number."""
    list_.told += 1
    form = dict(parse_qsl(body.decode())) if method == "POST" else dict(query)
    sign = form.pop("sign", "")
    text = "&".join(f"{key}={form[key]}" for key in sorted(form))
    if form.get("app_id") != lot.app_id or sign != _md5(f"{text}&app_secret={lot.secret}"):
        return {"code": "401", "message": "应用不存在、签名错误", "seqno": f"{list_.told}"}
    if method == "DELETE":
        gone = list_.listed.pop(form.get("apply_no", ""), None)
        code = "1001" if gone else "1500"
        return {"code": code, "message": "操作成功" if gone else "预约单不存在", "seqno": f"{list_.told}"}
    wanted = ("plate", "plate_color", "realname", "mobile", "reason", "start_time", "end_time")
    missing = [name for name in wanted if not form.get(name)]
    if form.get("park_uuid") != lot.lot_key or missing:
        return {"code": "400", "message": "请求参数错误", "hint": f"{missing}", "seqno": f"{list_.told}"}
    since, until = (datetime.fromisoformat(form[each]) for each in ("start_time", "end_time"))
    one = list_.add(form["plate"], form["realname"], since, until)
    return {"code": "1001", "seqno": f"{list_.told}", "payload": {"apply_no": one.number}}


def card(lot_key: str, list_: Admissions, path: str, body: Mapping[str, Any]) -> tuple[int, str, Any]:
    """Keytop: cards are looked up, added, made valid and deleted; code, message and data.

    The signature was checked.
    """
    list_.told += 1
    call = path.removeprefix(_CARDS)
    if body.get("serviceCode") != call[0].lower() + call[1:] or body.get("parkId") != lot_key:
        return 500, "车场不存在", None
    if call == "GetCarCardInfo":
        found = list_.of_plate(str(body["plateNo"]))
        return 0, "success", None if found is None else _told(found)
    if call == "AddCarCardNo":
        [plate] = orjson.loads(body["plateNoInfo"])
        if list_.of_plate(plate["plateNo"]):
            return 1010, "车牌已有月卡", None
        made = list_.add(plate["plateNo"], orjson.loads(body["cardInfo"])["cardName"], None, None)
        return 0, "success", {"cardId": int(made.number)}
    number = str(body["cardId"])
    if number not in list_.listed:
        return 1011, "月卡不存在", None
    if call == "DelCarCardInfo":
        del list_.listed[number]
    else:
        one = list_.listed[number]
        one.from_at, one.until_at = _wall(body["validFrom"]), _wall(body["validTo"])
    return 0, "success", {}


def is_card_path(path: str) -> bool:
    return path.startswith(_CARDS) and path.removeprefix(_CARDS) in CARD_PATHS


def _told(one: Admitted) -> dict[str, Any]:
    return {"cardId": int(one.number), "cardName": one.name, "plateNo": one.plate}


def _wall(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest().upper()  # noqa: S324 - theirs
