"""How is Keytop's cloud told who may enter? By a monthly card for each pass, valid for its span.

Looked up first, so that what was added and never answered is not added twice and nobody else's card is
touched; then added, paid with nothing for the span, and deleted when the pass is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from integrations.gate_documents import json_object
from integrations.gate_values import Refused, text_or_none, whole_or, zone_of
from integrations.gates.keytop.protocol import clock, posted
from parking.boundary.allow_lists import EntryNotTaken, ListEntry, PushLink, PushManifest, Step
from parking.boundary.fetching import FetchRequest
from parking.boundary.gates import GateUnreadable, SignatureWrong

# Held: nobody has a card; ours was added; its number; it is valid for the span; it is gone.
_NO_CARD, _ADDED, _CARD, _VALID, _GONE = "no_card", "added", "card:", "valid:", "gone"
_SIGNATURE_WRONG = 401
_OPERATOR = 1
_MONTHLY = 2


class MonthlyCards:
    """The telling side; see `boundary.allow_lists.AllowListPush`."""

    manifest = PushManifest(
        name="keytop",
        vendor="科拓 Keytop",
        message="GetCarCardInfo, AddCarCardNo, PayCarCardFee, DelCarCardInfo",
        state="signature proven with a test vector; messages are taken from code, not from the vendor",
        forgets=True,
    )

    def ask(self, link: PushLink, entry: ListEntry) -> FetchRequest | None:
        """Look up, add, look up, make valid; or delete."""
        held = entry.held or ""
        if entry.plate is None:
            if held == _ADDED:
                raise EntryNotTaken("number_unknown")
            if not held.startswith((_CARD, _VALID)):
                return None
            return self._post(link, entry, "DelCarCardInfo", {"cardId": _number(held)})
        if held in ("", _ADDED):
            return self._post(link, entry, "GetCarCardInfo", {"plateNo": entry.plate})
        if held == _NO_CARD:
            return self._post(link, entry, "AddCarCardNo", _card(link, entry, entry.plate))
        if held.startswith(_CARD):
            return self._post(link, entry, "PayCarCardFee", _span(link, entry, held))
        return None

    def answer(self, link: PushLink, entry: ListEntry, body: bytes) -> Step:
        """What the answer to that request means."""
        told = json_object(body)
        held = entry.held or ""
        try:
            code = whole_or(-1, told.get("code"), "code")
            if code == _SIGNATURE_WRONG:
                raise SignatureWrong
            if code != 0:
                raise EntryNotTaken(str(code))
            if entry.plate is None:
                return Step(_GONE)
            if held.startswith(_CARD):
                return Step(_VALID + held.removeprefix(_CARD))
            return _added(told.get("data")) if held == _NO_CARD else _looked_up(told.get("data"), entry)
        except Refused as refused:
            raise GateUnreadable(refused.code, refused.field) from None

    @staticmethod
    def _post(link: PushLink, entry: ListEntry, call: str, fields: Mapping[str, Any]) -> FetchRequest:
        told = {
            "parkId": link.lot_key,
            "serviceCode": call[0].lower() + call[1:],
            "ts": int(entry.asked_at.timestamp() * 1000),
            "reqId": entry.nonce,
            **fields,
        }
        return posted(link.base_url, call, link.app_id, told, link.secret)


def _looked_up(data: object, entry: ListEntry) -> Step:
    """What stands for the plate. Raises EntryNotTaken where it is another's card, or may be."""
    card = _first(data)
    number = text_or_none(card.get("cardId"), "cardId")
    if entry.held == _ADDED:
        if number is None:
            raise EntryNotTaken("card_missing")
        return Step(_CARD + number)
    if number is None:
        return Step(_NO_CARD, lasting=False)
    if _name(card) != _name_of(entry):
        raise EntryNotTaken("plate_has_card")
    return Step(_CARD + number)


def _added(data: object) -> Step:
    number = text_or_none(_first(data).get("cardId"), "cardId")
    return Step(_ADDED if number is None else _CARD + number)


def _first(data: object) -> Mapping[str, Any]:
    """The first card of an answer: an object, a list, or the text of either; empty where there is none."""
    if isinstance(data, str) and data.strip():
        data = json_object(b'{"data":' + data.encode() + b"}")["data"]
    if isinstance(data, list):
        data = data[0] if data else None
    if not data:
        return {}
    if not isinstance(data, dict):
        raise GateUnreadable("not_an_object", "data")
    return data


def _name(card: Mapping[str, Any]) -> str | None:
    inner = card.get("cardInfo")
    told = card.get("cardName") or (inner.get("cardName") if isinstance(inner, dict) else None)
    return text_or_none(told, "cardName")


def _name_of(entry: ListEntry) -> str:
    return f"GX-{entry.pass_id}"


def _number(held: str) -> int | str:
    number = held.partition(":")[2]
    return int(number) if number.isdecimal() else number


def _card(link: PushLink, entry: ListEntry, plate: str) -> dict[str, Any]:
    """The three parts are texts of JSON by the vendor's rule, and so they are signed."""
    card = {"cardName": _name_of(entry), "useName": link.desk_name, "tel": link.desk_phone}
    return {
        "userId": _OPERATOR,
        "userName": link.desk_name,
        "cardInfo": _text(card),
        "carLotList": _text([]),
        "plateNoInfo": _text([{"plateNo": plate}]),
    }


def _span(link: PushLink, entry: ListEntry, held: str) -> dict[str, Any]:
    """Nothing is paid: the fee is no month's. The order's number is the pass, the same at every attempt."""
    return {
        "userId": _OPERATOR,
        "userName": link.desk_name,
        "cardId": _number(held),
        "orderNo": entry.pass_id,
        "carType": _MONTHLY,
        "payChannel": 1,
        "chargeMethod": 1,
        "chargeNumber": 1,
        "amount": 0,
        "freeNumber": 0,
        "validFrom": _clock(link, entry.from_at),
        "validTo": _clock(link, entry.until_at),
        "createTime": _clock(link, entry.asked_at),
    }


def _clock(link: PushLink, at: datetime) -> str:
    return clock(at, zone_of(link.time_zone))


def _text(value: object) -> str:
    return orjson.dumps(value).decode()
