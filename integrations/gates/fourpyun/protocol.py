"""What does a lot that speaks 4PYun push, and which answer does it understand? Fields: README.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from integrations.gate_dialects import Heard, json_reply
from integrations.gate_values import Refused, plate_or_none, text, text_or_none, whole
from integrations.sorted_signing import check_sign, joined, md5_upper, signed_form
from parking.boundary.gates import (
    CountTold,
    DialectContext,
    GateReading,
    GateReply,
    GateRequest,
    GateUnreadable,
    PassageTold,
    Verdict,
)
from parking.kernel.vocabulary import Direction, PlateColour, StayKind

# Pictures take part in the signature by their hash alone.
_PICTURES = ("_image_file",)
_LOT_KEYS = ("park_uuid", "merchant")
_NO_PLATE = frozenset({"无牌车", "无牌", "_无_", "无", "unknown"})
_COLOURS = {
    "1": PlateColour.BLUE,
    "2": PlateColour.YELLOW,
    "3": PlateColour.WHITE,
    "4": PlateColour.BLACK,
    "5": PlateColour.GREEN,
}
_STAYS = {"1": StayKind.CASUAL, "2": StayKind.MONTHLY, "4": StayKind.CASUAL}
_MOST_SPACES = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OK = {"code": "200", "message": "OK"}
_HINTS = {
    Verdict.SIGNATURE_WRONG: "签名验证不通过",
    Verdict.UNREADABLE: "请求参数错误",
    Verdict.QUARANTINED: "记录已留待人工核对，未计入",
    Verdict.UNKNOWN_DEVICE: "停车场未登记",
    Verdict.REPEATED: "重复的流水",
}


def serial_of(request: GateRequest) -> str | None:
    """The vendor's number of the lot."""
    try:
        return _lot_key(signed_form(request.body, _PICTURES))
    except (GateUnreadable, Refused):
        return None


def read(request: GateRequest, context: DialectContext) -> GateReading:
    """Read one entry or exit. Raises GateUnreadable, SignatureWrong."""
    fields = _verified(signed_form(request.body, _PICTURES), context)
    is_exit = "leave_time" in fields
    # What is signed says which of the two it is; the address is not signed.
    told = request.path.rstrip("/").rpartition("/")[2]
    if told not in ("enter", "leave"):
        raise GateUnreadable("unknown_path")
    if is_exit != (told == "leave"):
        raise GateUnreadable("missing" if told == "leave" else "not_an_entry", "leave_time")
    heard = Heard()
    if is_exit and fields.get("enter_gate"):
        # An exit may carry its entry along; one that was told before is the same event again.
        heard.keep(heard.attempt("#1", _passage, fields, Direction.ENTRY))
    crossing = heard.attempt("#1", _passage, fields, Direction.EXIT if is_exit else Direction.ENTRY)
    heard.keep(crossing)
    if crossing is not None:
        heard.keep(heard.attempt("#1", _count, fields, crossing))
    return heard.reading(lot_key=crossing.lot_key if crossing else None)


def signed(fields: Mapping[str, str], secret: str) -> dict[str, str]:
    """The fields with their `sign`; empty ones are neither signed nor sent."""
    told = {name: value for name, value in fields.items() if value}
    return {**told, "sign": _sign(joined(told), secret)}


def reply(_request: GateRequest, reading: GateReading | None, verdict: Verdict) -> GateReply:
    """Code 200 whatever became of the record, so that none blocks the queue; the hint says what was wrong."""
    if verdict is Verdict.BUSY:
        return json_reply({"code": "503", "message": "服务暂不可用"}, 503)
    hint = _HINTS.get(verdict)
    if hint and reading and reading.problems and reading.problems[0].field:
        hint = f"{hint}：{reading.problems[0].field}"
    return json_reply(_OK if hint is None else {"code": "200", "message": "已忽略当前请求", "hint": hint})


def _sign(plain: str, secret: str) -> str:
    return md5_upper(f"{plain}&app_secret={secret}")


def _verified(fields: Mapping[str, str], context: DialectContext) -> Mapping[str, str]:
    """The fields, once their signature holds; decoded where the sender says that he encoded them twice."""
    signed = {name: value for name, value in fields.items() if name != "sign"}
    plain = joined(signed)
    check_sign(fields.get("sign"), context.secrets, lambda secret: _sign(plain, secret))
    if signed.get("encoding", "").upper() == "URL":
        return {name: unquote(value) for name, value in signed.items()}
    return signed


def _lot_key(fields: Mapping[str, str]) -> str | None:
    told = next((fields[name] for name in _LOT_KEYS if fields.get(name)), None)
    return text_or_none(told, "park_uuid")


def _passage(fields: Mapping[str, str], direction: Direction) -> PassageTold:
    way = "enter" if direction is Direction.ENTRY else "leave"
    serial = text(fields.get("parking_serial"), "parking_serial", 56)
    lot_key = _lot_key(fields)
    if lot_key is None:
        raise Refused("missing", "park_uuid")
    return PassageTold(
        at=_instant(fields, f"{way}_time"),
        event_id=f"{serial}:{way}",
        direction=direction,
        plate=plate_or_none(fields.get("plate"), "plate", _NO_PLATE),
        colour=_COLOURS.get(fields.get("plate_color", ""), PlateColour.UNKNOWN),
        stay=_STAYS.get(fields.get("car_type", "")),
        stay_id=serial,
        lot_key=lot_key,
        lane_key=text_or_none(fields.get(f"{way}_gate"), f"{way}_gate"),
    )


def _count(fields: Mapping[str, str], crossing: PassageTold) -> CountTold | None:
    """The free spaces after the crossing; only where the number of all is told too, by the vendor's rule."""
    if not fields.get("remain_parking_space") or fields.get("total_parking_space", "0") in ("", "0"):
        return None
    return CountTold(
        at=crossing.at,
        free=whole(fields["remain_parking_space"], "remain_parking_space", largest=_MOST_SPACES),
        capacity=whole(fields["total_parking_space"], "total_parking_space", 1, _MOST_SPACES),
        lot_key=crossing.lot_key,
        event_id=crossing.event_id,
    )


def _instant(fields: Mapping[str, str], name: str) -> datetime:
    milliseconds = whole(fields.get(name), name, 0, 253_402_300_799_999)
    return _EPOCH + timedelta(milliseconds=milliseconds)
