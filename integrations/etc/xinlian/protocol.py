"""How does Shandong Xinlian's plate-based deduction write, sign and answer? See README.md for each field."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from integrations.charging import NotTheirs, fen_or_none, json_object, standing_of, text_of, text_or_none
from parking.boundary.charges import ChargeAnswer, ChargeAsk, ChargeStanding, NetworkEntry
from parking.kernel.vocabulary import PlateColour

VERSION = "1.0"
ASK, QUERY, REFUND = "etc.parking.cloud.fee", "etc.parking.cloud.query", "etc.parking.cloud.refund"
LIST, NOTIFY = "etc.parking.cloud.bill", "etc.parking.cloud.notify"
_PARKING_TYPE = 11
_TIME = "%Y%m%d%H%M%S"
_LONGEST_NAME = 40

# The colours of the ministry's ETC code, which are not those of cameras.
COLOURS: Mapping[PlateColour, int] = MappingProxyType(
    {
        PlateColour.BLUE: 0,
        PlateColour.YELLOW: 1,
        PlateColour.BLACK: 2,
        PlateColour.WHITE: 3,
        PlateColour.GREEN: 4,
        PlateColour.YELLOW_GREEN: 5,
        PlateColour.UNKNOWN: 9,
    }
)
STANDINGS: Mapping[int, ChargeStanding] = MappingProxyType(
    {
        0: ChargeStanding.PENDING,
        1: ChargeStanding.PAID,
        2: ChargeStanding.REFUSED,
        3: ChargeStanding.REFUNDED,
        9: ChargeStanding.UNKNOWN,
    }
)


class Signer:
    """SHA256withRSA over the base64 of the data text, itself in base64; ours to sign, theirs to verify.

    Raises ValueError for what is no RSA key in PEM.
    """

    def __init__(self, private_key: str, public_key: str) -> None:
        ours = load_pem_private_key(private_key.encode(), None)
        theirs = load_pem_public_key(public_key.encode())
        if not isinstance(ours, RSAPrivateKey) or not isinstance(theirs, RSAPublicKey):
            raise ValueError("needs RSA keys")
        self._ours, self._theirs = ours, theirs

    def sign(self, data: str) -> str:
        """The signature of a data text."""
        return b64encode(self._ours.sign(b64encode(data.encode()), PKCS1v15(), SHA256())).decode()

    def verify(self, data: str, signature: str) -> None:
        """Raises NotTheirs."""
        try:
            self._theirs.verify(
                b64decode(signature, validate=True), b64encode(data.encode()), PKCS1v15(), SHA256()
            )
        except (InvalidSignature, Error, ValueError):
            raise NotTheirs from None


def envelope(signer: Signer, app_id: str, biz_id: str, waste_sn: str, params: Mapping[str, Any]) -> bytes:
    """A signed message: `data` is a text, and what is signed is that very text."""
    data = orjson.dumps({"biz_id": biz_id, "waste_sn": waste_sn, "params": params}).decode()
    return orjson.dumps({"versions": VERSION, "appid": app_id, "data": data, "sign": signer.sign(data)})


def opened(signer: Signer, app_id: str, body: bytes) -> tuple[str, Mapping[str, Any]]:
    """(biz_id, params) of the network's message. Raises NotTheirs; ValueError where it cannot be read."""
    outer = json_object(body)
    data, signature = outer.get("data"), outer.get("sign")
    if not isinstance(data, str) or not isinstance(signature, str):
        raise ValueError("no data or no sign")
    signer.verify(data, signature)
    if outer.get("appid") != app_id:
        raise NotTheirs
    inner = json_object(data)
    params = inner.get("params")
    if not isinstance(params, dict):
        raise ValueError("no params")
    return text_of(inner, "biz_id"), params


def ask_params(ask: ChargeAsk, zone: ZoneInfo) -> dict[str, Any]:
    """The fields of a deduction. The payment's number is our charge id, the same at every attempt."""
    return {
        "lane_id": ask.lane_key or "",
        "lane_name": ask.lot_name[:_LONGEST_NAME],
        "pay_serial_no": ask.charge_id,
        "trans_amount": ask.amount_fen,
        "vehplate_color": COLOURS[ask.colour],
        "vehplate_no": ask.plate or "",
        "park_time": park_time(ask.left_at - ask.entered_at),
        "enter_time": ask.entered_at.astimezone(zone).strftime(_TIME),
        "leave_time": ask.left_at.astimezone(zone).strftime(_TIME),
        "plate_type_code": 0,
        "parking_type_code": _PARKING_TYPE,
        "notify_url": ask.notify_url or "",
    }


def park_time(stay: timedelta) -> str:
    """2时5分37秒."""
    seconds = max(int(stay.total_seconds()), 0)
    return f"{seconds // 3600}时{seconds // 60 % 60}分{seconds % 60}秒"


def waste_sn(now: datetime, zone: ZoneInfo, random_digits: int) -> str:
    """The number of one message: its time and eight digits."""
    return f"{now.astimezone(zone).strftime(_TIME)}{random_digits % 10**8:08d}"


def read_answer(params: Mapping[str, Any], zone: ZoneInfo) -> ChargeAnswer:
    """What became of a charge. Raises ValueError."""
    return ChargeAnswer(
        charge_id=text_of(params, "pay_serial_no"),
        standing=standing_of(STANDINGS, params, "trans_status"),
        reference=text_or_none(params, "trade_no"),
        amount_fen=fen_or_none(params, "trans_amount"),
        reason=text_or_none(params, "reason"),
        at=_time(params, "trade_time", zone),
    )


def read_entries(params: Mapping[str, Any], zone: ZoneInfo) -> tuple[tuple[NetworkEntry, ...], bool]:
    """A page of the day's list, and whether there is another. Raises ValueError: half a list is none."""
    rows = params.get("list")
    if not isinstance(rows, list):
        raise ValueError("list")
    return tuple(_entry(row, zone) for row in rows), params.get("more") is True


def _entry(row: Any, zone: ZoneInfo) -> NetworkEntry:
    if not isinstance(row, dict):
        raise ValueError("row")
    fen, at = fen_or_none(row, "trans_amount"), _time(row, "trade_time", zone)
    if fen is None or at is None:
        raise ValueError("row")
    return NetworkEntry(text_of(row, "pay_serial_no"), text_of(row, "trade_no"), fen, at)


def _time(fields: Mapping[str, Any], key: str, zone: ZoneInfo) -> datetime | None:
    text = text_or_none(fields, key)
    return None if text is None else datetime.strptime(text, _TIME).replace(tzinfo=zone)
