"""What did somebody answer on one page of the task list, and which of it cannot be read?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import Any

from parking.city.rules import CityView
from parking.filings.rules.fields import Field, FieldType, Group
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.geo import to_wgs84
from parking.kernel.texts import HIDDEN, HIDDEN_TOLD
from parking.kernel.vocabulary import Datum
from parking.lots.errors import UnreadableHours
from parking.lots.rules import validate

_PHONE = re.compile(r"\+?[0-9][0-9 ()\-]{4,19}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINES = re.compile(r"[\t\n\r]")
_YES = {
    "yes": True,
    "true": True,
    "1": True,
    "是": True,
    "no": False,
    "false": False,
    "0": False,
    "否": False,
}

# Beyond these a date is a slip of the keyboard.
_FIRST_YEAR, _LAST_YEAR = 1949, 2149

Answers = dict[str, Any]


class _Unreadable(Exception):
    """A field that cannot be read: code, Chinese sentence, values."""

    def __init__(self, code: str, sentence: str, /, **params: object) -> None:
        self.code = code
        self.sentence = sentence
        self.params = params


def read_answers(
    group: Group, raw: Mapping[str, str], city: CityView, answers: Mapping[str, Any]
) -> tuple[Answers, list[FieldProblem]]:
    """Read a posted page: (values, problems). `answers` is what stands, for conditions on other pages.

    `values` has every readable field of the group; None empties it, as does a field that is not asked. A
    field that was not answered is no problem here: an operator may save and come back. Texts are kept as
    they are, markup and formulas included; whoever shows or exports them treats them as text.
    """
    values: Answers = {}
    problems: list[FieldProblem] = []
    for field in group.fields:
        if not field.is_asked({**answers, **values}):
            values[field.key] = None
            continue
        try:
            values[field.key] = _read(field, raw, city)
        except _Unreadable as why:
            problems.append(FieldProblem(field.key, why.code, why.sentence, why.params))
    return values, problems


def _read(field: Field, raw: Mapping[str, str], city: CityView) -> Any:
    if field.type is FieldType.PLACE:
        return _place(field, raw, city)
    text = raw.get(field.key, "").strip()
    if not text:
        return None
    if field.type is FieldType.INT:
        return _whole_number(text, field.most)
    if field.type is FieldType.BOOL:
        return _yes_or_no(text)
    if field.type is FieldType.DATE:
        return _date(text)
    if field.type is FieldType.CHOICE:
        return _choice(field, text)
    return _text(field, text, city)


def _text(field: Field, text: str, city: CityView) -> str:
    if len(text) > field.most:
        raise _Unreadable("too_long", N_("超过 %(most)s 个字"), most=field.most)
    if _CONTROL.search(text) or (field.type is not FieldType.LONG_TEXT and _LINES.search(text)):
        raise _Unreadable("control_character", N_("含有换行等控制字符"))
    if HIDDEN.search(text):
        raise _Unreadable(*HIDDEN_TOLD)
    if field.type is FieldType.PHONE and not _PHONE.fullmatch(text):
        raise _Unreadable("not_a_phone", N_("电话号码应为 5 至 20 位数字，可含 + - ( ) 和空格"))
    if field.type is FieldType.DISTRICT and not city.has_district(text):
        raise _Unreadable("unknown_district", N_("本市没有代码为 %(district)s 的镇街"), district=text)
    if field.type is FieldType.HOURS:
        try:
            validate(text)
        except UnreadableHours as why:
            raise _Unreadable("unreadable", UnreadableHours.text, text=text) from why
    return text


def _whole_number(text: str, most: int) -> int:
    if not text.isdecimal():
        raise _Unreadable("not_a_number", N_("请填写不小于零的整数"))
    # Digits beyond any bound are not turned into a number at all.
    number = int(text) if len(text) <= 12 else most + 1
    if number > most:
        raise _Unreadable("too_large", N_("超过上限 %(most)s"), most=most)
    return number


def _yes_or_no(text: str) -> bool:
    if text.lower() not in _YES:
        raise _Unreadable("not_yes_or_no", N_("请选择“是”或“否”"))
    return _YES[text.lower()]


def _date(text: str) -> str:
    try:
        told = date.fromisoformat(text)
    except ValueError as why:
        raise _Unreadable("not_a_date", N_("日期应写成 2026-11-21 的形式")) from why
    if not _FIRST_YEAR <= told.year <= _LAST_YEAR:
        years = {"first": _FIRST_YEAR, "last": _LAST_YEAR}
        raise _Unreadable("date_out_of_range", N_("年份应在 %(first)s 至 %(last)s 之间"), **years)
    return told.isoformat()


def _choice(field: Field, text: str) -> str:
    for choice in field.choices:
        if text == choice.value or text == choice.label:
            return choice.value
    raise _Unreadable("unknown_choice", N_("请从列出的选项中选择"))


def _place(field: Field, raw: Mapping[str, str], city: CityView) -> dict[str, Any] | None:
    told = [raw.get(f"{field.key}_{part}", "").strip() for part in ("lat", "lon")]
    if not any(told):
        return None
    try:
        lat, lon = (float(text) for text in told)
        datum = Datum(raw.get(f"{field.key}_datum", "").strip() or Datum.WGS84)
    except ValueError as why:
        raise _Unreadable("not_degrees", N_("经纬度应为数字，例如 32.060000 和 120.620000")) from why
    check_place(lat, lon, datum, city)
    return {"lat": lat, "lon": lon, "datum": str(datum)}


def check_place(lat: float, lon: float, datum: Datum, city: CityView) -> None:
    """Refuse a place outside the city's bounds, and say so where latitude and longitude were swapped."""
    if not (isfinite(lat) and isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        if isfinite(lat) and isfinite(lon) and city.contains(*_wgs84(lon, lat, datum)):
            raise _Unreadable("swapped", N_("经度与纬度写反了：纬度 %(lat)s，经度 %(lon)s"), lat=lat, lon=lon)
        raise _Unreadable("not_degrees", N_("经纬度应为数字，例如 32.060000 和 120.620000"))
    if city.contains(*_wgs84(lat, lon, datum)):
        return
    if abs(lon) <= 90 and city.contains(*_wgs84(lon, lat, datum)):
        raise _Unreadable("swapped", N_("经度与纬度写反了：纬度 %(lat)s，经度 %(lon)s"), lat=lat, lon=lon)
    raise _Unreadable("outside_city", N_("位置不在本市范围内：纬度 %(lat)s，经度 %(lon)s"), lat=lat, lon=lon)


def _wgs84(lat: float, lon: float, datum: Datum) -> tuple[float, float]:
    return to_wgs84(lat, lon, datum)
