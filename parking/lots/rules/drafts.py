"""What must a lot's data be before the register takes them?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from math import isfinite

from parking.city.rules import CityView
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.geo import distance_m, to_wgs84
from parking.kernel.texts import HIDDEN, HIDDEN_TOLD
from parking.kernel.vocabulary import Access, Datum, LotKind, LotType, SpaceClass
from parking.lots.errors import UnreadableHours
from parking.lots.rules.hours import validate

_MOST_SPACES = 100_000
_MOST_METRES = 1_000_000
_LONGEST = {"code": 64, "filing_no": 64, "name": 120, "name_en": 160, "address": 240, "operator_name": 160}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_IN_A_NAME = re.compile(r"[;；\x00-\x1f\x7f]")
_ENTRANCE_WITHIN_M = 5_000


class EntranceUse(StrEnum):
    """入口 / 出口 / 出入口."""

    ENTRY = "entry"
    EXIT = "exit"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class EntranceDraft:
    """A way in or out, in degrees of the datum of its lot's draft."""

    name: str
    source_lat: float
    source_lon: float
    use: EntranceUse = EntranceUse.BOTH


@dataclass(frozen=True, slots=True)
class LotDraft:
    """A lot as somebody tells it; coordinates as given, with their datum.

    `spaces` counts by class, `bay_length_m` is metres of non-motor bay line: what is absent is not told and
    stays as it is. `told` names the other fields that were told; None means all of them.
    """

    code: str
    name: str
    source_lat: float
    source_lon: float
    source_datum: Datum = Datum.WGS84
    name_en: str | None = None
    kind: LotKind = LotKind.OFF_STREET
    type: LotType = LotType.PUBLIC
    district_code: str | None = None
    address: str | None = None
    operator_name: str | None = None
    access: Access = Access.PUBLIC
    opening_hours: str | None = None
    hours_note: str | None = None
    max_height_cm: int | None = None
    filing_no: str | None = None
    etc_since_on: date | None = None
    entrances: tuple[EntranceDraft, ...] = ()
    spaces: Mapping[SpaceClass, int] = field(default_factory=dict)
    class_access: Mapping[SpaceClass, Access] = field(default_factory=dict)
    bay_length_m: int | None = None
    told: frozenset[str] | None = None

    @property
    def place(self) -> tuple[float, float]:
        """WGS-84 (lat, lon)."""
        return _wgs84(self.source_lat, self.source_lon, self.source_datum)

    def tells(self, name: str) -> bool:
        return self.told is None or name in self.told


# A draft is asked for its place once per rule.
_wgs84 = lru_cache(maxsize=20_000)(to_wgs84)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row of a file was not taken: its number there, its lot's code if it has one, the field."""

    row: int
    code: str | None
    problem: FieldProblem

    @property
    def sentence(self) -> str:
        """The Chinese sentence, its values filled in."""
        return self.problem.text % self.problem.params if self.problem.params else self.problem.text


def check_draft(draft: LotDraft, city: CityView) -> list[FieldProblem]:
    """Everything that is wrong with a draft, by field; empty when the register may take it."""
    return [
        *_texts(draft),
        *_place(draft, city),
        *_entrances(draft, city),
        *_numbers(draft),
        *_others(draft, city),
    ]


def _texts(draft: LotDraft) -> Iterator[FieldProblem]:
    for name in ("code", "name"):
        if not getattr(draft, name):
            yield FieldProblem(name, "missing", N_("缺少此项"))
    for name, most in _LONGEST.items():
        value = getattr(draft, name) or ""
        if len(value) > most:
            yield FieldProblem(name, "too_long", N_("超过 %(most)s 个字"), {"most": most})
        if _CONTROL.search(value):
            yield FieldProblem(name, "control_character", N_("含有换行等控制字符"))
        if HIDDEN.search(value):
            yield FieldProblem(name, *HIDDEN_TOLD)


def _place(draft: LotDraft, city: CityView) -> Iterator[FieldProblem]:
    lat, lon = draft.source_lat, draft.source_lon
    shown = {"lat": lat, "lon": lon}
    if not (isfinite(lat) and isfinite(lon)):
        yield FieldProblem("lat", "not_degrees", N_("经纬度不是数字"))
    elif city.contains(*draft.place):
        return
    elif lat == 0 and lon == 0:
        yield FieldProblem("lat", "zero", N_("经纬度为零"))
    elif city.contains(*to_wgs84(lon, lat, draft.source_datum)):
        yield FieldProblem("lat", "swapped", N_("经度与纬度写反了：纬度 %(lat)s，经度 %(lon)s"), shown)
    else:
        text = N_("位置不在本市范围内：纬度 %(lat)s，经度 %(lon)s")
        yield FieldProblem("lat", "outside_city", text, shown)


def _entrances(draft: LotDraft, city: CityView) -> Iterator[FieldProblem]:
    for entrance in draft.entrances:
        shown = {"name": entrance.name}
        if not entrance.name or _NOT_IN_A_NAME.search(entrance.name):
            text = N_("出入口“%(name)s”的名称为空，或含有分号、换行")
            yield FieldProblem("entrances", "bad_name", text, shown)
        if HIDDEN.search(entrance.name):
            yield FieldProblem("entrances", *HIDDEN_TOLD)
        lat, lon = entrance.source_lat, entrance.source_lon
        place = _wgs84(lat, lon, draft.source_datum) if isfinite(lat) and isfinite(lon) else None
        if place is None or not city.contains(*place):
            text = N_("出入口“%(name)s”不在本市范围内")
            yield FieldProblem("entrances", "outside_city", text, shown)
        elif city.contains(*draft.place) and distance_m(place, draft.place) > _ENTRANCE_WITHIN_M:
            text = N_("出入口“%(name)s”距停车场超过 5 公里")
            yield FieldProblem("entrances", "too_far", text, shown)


def _numbers(draft: LotDraft) -> Iterator[FieldProblem]:
    counts: list[tuple[str, int, int]] = [(name, count, _MOST_SPACES) for name, count in draft.spaces.items()]
    if draft.bay_length_m is not None:
        counts.append(("bay_length_m", draft.bay_length_m, _MOST_METRES))
    for name, count, most in counts:
        if count < 0:
            yield FieldProblem(str(name), "negative", N_("不能为负数：%(count)s"), {"count": count})
        elif count > most:
            params = {"count": count, "most": most}
            yield FieldProblem(str(name), "too_large", N_("%(count)s 超过上限 %(most)s"), params)
    height = draft.max_height_cm
    if height is not None and not 100 <= height <= 1000:
        text = N_("限高应为 100 至 1000 厘米：%(height)s")
        yield FieldProblem("max_height_cm", "out_of_range", text, {"height": height})


def _others(draft: LotDraft, city: CityView) -> Iterator[FieldProblem]:
    if draft.district_code is not None and not city.has_district(draft.district_code):
        text = N_("本市没有代码为 %(district)s 的镇街")
        yield FieldProblem("district_code", "unknown_district", text, {"district": draft.district_code})
    if draft.opening_hours is not None and not _is_readable(draft.opening_hours):
        params = {"text": draft.opening_hours}
        yield FieldProblem("opening_hours", "unreadable", UnreadableHours.text, params)


@lru_cache(maxsize=10_000)
def _is_readable(hours: str) -> bool:
    try:
        validate(hours)
    except UnreadableHours:
        return False
    return True
