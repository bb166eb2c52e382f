"""What do the clouds of Keytop and Hikvision answer when they are asked? A request in, an answer out.

They check our signature by code of their own, know a record only once the lot has told it, and misbehave.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import Any, Protocol

import orjson

from parking.entrypoints.simulator.admitting import Admissions, card, is_card_path
from parking.entrypoints.simulator.course import ZONE

KEYTOP_PATH = "/api/wec/GetCarInoutInfo"
HIKVISION_PATH = "/getVehicleRecords"
_TIME = "%Y-%m-%d %H:%M:%S"
_HIK_WINDOW_MS = 600_000


class CloudFault(StrEnum):
    """How a cloud misbehaves."""

    NONE = "none"
    SILENT = "silent"
    BROKEN = "broken"
    REPEATED_PAGES = "repeated_pages"
    WRONG_SIGNATURE = "wrong_signature"


class Crossed(Protocol):
    """A crossing as a lot's barriers play it (`barriers.crossing.Crossing`); `leads`: entry or exit."""

    @property
    def number(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def leads(self) -> str: ...
    @property
    def plate(self) -> str | None: ...
    @property
    def is_electric(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A crossing as the cloud keeps it, from when on it knows of it."""

    crossing: Crossed
    lane: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class CloudAnswer:
    """What is sent back. `never`: the line stays silent until the asker gives up."""

    status: int = 200
    body: bytes = b""
    never: bool = False


@dataclass(slots=True)
class Cloud:
    """One lot in a vendor's cloud. `page_most` bounds a page, whatever was asked."""

    app_id: str
    secret: str = field(repr=False)
    lot_key: str
    page_most: int = 1000
    fault: CloudFault = CloudFault.NONE
    asked: int = 0
    admissions: Admissions = field(default_factory=Admissions)
    _kept: list[Kept] = field(default_factory=list)
    _nonces: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def keep(self, crossings: Iterable[tuple[Crossed, str]], known_at: datetime) -> None:
        """The lot tells its cloud of crossings, each with the lane's name."""
        with self._lock:
            self._kept += [Kept(crossing, lane, known_at) for crossing, lane in crossings]

    def between(self, since: datetime, until: datetime, now: datetime) -> list[Kept]:
        """What is known now of what passed from `since` to `until`, in order of time."""
        with self._lock:
            found = [
                kept for kept in self._kept if kept.known_at <= now and since <= kept.crossing.at <= until
            ]
        return sorted(found, key=lambda kept: (kept.crossing.at, kept.crossing.number))

    def is_new(self, nonce: str) -> bool:
        """Whether this nonce was never used; from now on it was."""
        with self._lock:
            known = nonce in self._nonces
            self._nonces.add(nonce)
            return not known


class Vendor(Protocol):
    """How one vendor's cloud reads a question and writes an answer."""

    def answer(
        self, cloud: Cloud, path: str, query: Mapping[str, str], body: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]: ...


def ask(
    vendor: Vendor, cloud: Cloud, path: str, query: Mapping[str, str], body: bytes, now: datetime
) -> CloudAnswer:
    """What a cloud answers to a POST."""
    if (amiss := misbehaved(cloud)) is not None:
        return amiss
    try:
        question = orjson.loads(body)
    except orjson.JSONDecodeError:
        question = None
    if not isinstance(question, dict):
        return CloudAnswer(400, b"")
    return CloudAnswer(body=orjson.dumps(vendor.answer(cloud, path, query, question, now)))


def misbehaved(cloud: Cloud) -> CloudAnswer | None:
    """What a cloud that cannot answer at present says to anything."""
    cloud.asked += 1
    if cloud.fault is CloudFault.SILENT:
        return CloudAnswer(never=True)
    if cloud.fault is CloudFault.BROKEN:
        return CloudAnswer(502, "<html>网关错误</html>".encode())
    return None


def secret_of(cloud: Cloud) -> str:
    """A cloud where somebody changed our secret refuses what we sign."""
    return f"{cloud.secret}-changed" if cloud.fault is CloudFault.WRONG_SIGNATURE else cloud.secret


class Keytop:
    """POST /api/wec/GetCarInoutInfo: code, message, data with detailList; and its cards."""

    def answer(
        self, cloud: Cloud, path: str, query: Mapping[str, str], body: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        is_card = is_card_path(path)
        if not is_card and (path != KEYTOP_PATH or body.get("serviceCode") != "getCarInoutInfo"):
            return _keytop(404, "接口不存在")
        if str(body.get("appId")) != cloud.app_id or body.get("key") != _keytop_sign(body, secret_of(cloud)):
            return _keytop(401, "签名错误")
        if is_card:
            return _keytop(*card(cloud.lot_key, cloud.admissions, path, body))
        if body.get("parkId") != cloud.lot_key:
            return _keytop(500, "车场不存在")
        page, size = int(body["pageIndex"]), min(int(body["pageSize"]), cloud.page_most)
        known = cloud.between(_wall(body["startTime"]), _wall(body["endTime"]), now)
        rows = _page(cloud, known, page, size)
        data = {
            "pageIndex": page,
            "pageSize": size,
            "totalCount": len(known),
            "detailList": [_keytop_row(kept) for kept in rows],
        }
        return _keytop(0, "success", data)


class Hikvision:
    """POST /getVehicleRecords?token=: errorCode, errorMessage, data with list."""

    def answer(
        self, cloud: Cloud, path: str, query: Mapping[str, str], body: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        wrong = self._wrong(cloud, path, query, body, now)
        if wrong is not None:
            return {"errorCode": wrong[0], "errorMessage": wrong[1], "data": None}
        page, size = int(body["pageNo"]), min(int(body["pageSize"]), cloud.page_most)
        known = cloud.between(_epoch(body["startTime"]), _epoch(body["endTime"]), now)
        rows = [_hikvision_row(cloud, kept) for kept in _page(cloud, known, page, size)]
        data = {"total": len(known), "pageNo": page, "pageSize": size, "list": rows}
        return {"errorCode": 0, "errorMessage": "success", "data": data}

    def _wrong(
        self, cloud: Cloud, path: str, query: Mapping[str, str], body: Mapping[str, Any], now: datetime
    ) -> tuple[int, str] | None:
        if path != HIKVISION_PATH or not isinstance(body.get("pageNo"), int):
            return 1001, "参数错误"
        if body.get("appkey") != cloud.app_id:
            return 1002, "appkey错误"
        if abs(int(body.get("time", 0)) - now.timestamp() * 1000) > _HIK_WINDOW_MS:
            return 1003, "time错误"
        if query.get("token") != _hikvision_token(body, secret_of(cloud)):
            return 1004, "token错误"
        if not cloud.is_new(str(body.get("nonce"))):
            return 1006, "请求重放"
        return (1009, "停车场不存在") if body.get("parkCode") != cloud.lot_key else None


VENDORS: Mapping[str, Vendor] = {"keytop": Keytop(), "hikvision_cloud": Hikvision()}


def _page(cloud: Cloud, known: list[Kept], page: int, size: int) -> list[Kept]:
    """One page; a cloud that repeats itself sends the first for every number."""
    number = 1 if cloud.fault is CloudFault.REPEATED_PAGES else page
    return known[(number - 1) * size : number * size]


def _keytop(code: int, message: str, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "data": data}


def _keytop_row(kept: Kept) -> dict[str, Any]:
    return {
        "plateNo": kept.crossing.plate or "无牌车",
        "capFlag": 1 if kept.crossing.leads == "entry" else 2,
        "capTime": _clock(kept.crossing.at),
        "passType": 1,
        "nodeName": kept.lane,
        "cardNo": "",
        "operName": "",
    }


def _hikvision_row(cloud: Cloud, kept: Kept) -> dict[str, Any]:
    return {
        "unid": f"{cloud.lot_key}-{kept.crossing.number}",
        "plateNo": kept.crossing.plate or "无牌车",
        "plateColor": 4 if kept.crossing.is_electric else 0,
        "passTime": _clock(kept.crossing.at),
        "parkCode": cloud.lot_key,
        "gateCode": "G1",
        "laneNo": kept.lane,
        "carType": 1,
        "direct": 0 if kept.crossing.leads == "entry" else 1,
        "berthCode": None,
    }


def _keytop_sign(body: Mapping[str, Any], secret: str) -> str:
    told = {
        key: value
        for key, value in body.items()
        if key not in ("key", "appId") and value not in (None, "") and not isinstance(value, dict | list)
    }
    return _md5("&".join(f"{key}={told[key]}" for key in sorted(told)) + f"&{secret}")


def _hikvision_token(body: Mapping[str, Any], secret: str) -> str:
    told = {key: value for key, value in body.items() if value is not None}
    return _md5("".join(f"{key}={told[key]}&" for key in sorted(told)) + f"secret={secret}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest().upper()  # noqa: S324 - theirs


def _clock(at: datetime) -> str:
    return at.astimezone(ZONE).strftime(_TIME)


def _wall(text: str) -> datetime:
    return datetime.strptime(text, _TIME).replace(tzinfo=ZONE)


def _epoch(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(0, ZONE) + timedelta(milliseconds=milliseconds)
