"""Does a profile (the parsed TOML of one city) say what a city needs, without contradictions?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from parking.city.errors import ProfileRefused
from parking.city.rules.view import DistrictView, LandmarkView
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.geo import Box

# Sections of plain values, each kept as a dated fact `section.key`.
_SECTIONS = (
    "site",
    "limits",
    "accounts",
    "filings",
    "inspections",
    "tariffs",
    "charges",
    "complaints",
    "sharing",
    "health",
)
# Lists of what the bureau asks and says, each kept as one dated fact; the feature that reads a list knows
# more of its fields than a key and two names.
_LISTS: Mapping[str, tuple[str, str]] = {
    "documents": ("name_zh", "name_en"),
    "reasons": ("text_zh", "text_en"),
    "inspection_items": ("name_zh", "name_en"),
    "score_criteria": ("name_zh", "name_en"),
}
_PARTS = frozenset({"city", "bounds", "districts", "landmarks", *_SECTIONS, *_LISTS})
_CITY_KEYS = ("name_zh", "name_en", "code", "time_zone")
_CITY_CODE = re.compile(r"\d{6}")  # GB/T 2260
_DISTRICT_CODE = re.compile(r"\d{9}")  # GB/T 10114


def part_of(key: str) -> str | None:
    """The part of a profile that a named value stands in: "limits" for "limits.x"; None for [city]."""
    section = key.partition(".")[0]
    return section if section in _PARTS and section != "city" else None


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile that was read. A part that the file does not have is None and leaves the rows as they are."""

    facts: Mapping[str, Any]
    boxes: tuple[Box, ...] | None
    districts: tuple[DistrictView, ...] | None
    landmarks: tuple[LandmarkView, ...] | None


class _Problems:
    """What is wrong so far; every part is read to its end so that all is told at once."""

    def __init__(self) -> None:
        self.found: list[FieldProblem] = []

    def add(self, field: str, code: str, text: str, **params: object) -> None:
        self.found.append(FieldProblem(field, code, text, params))

    def text(self, where: str, table: Mapping[str, Any], key: str) -> str:
        value = table.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.add(f"{where}.{key}", "missing", N_("缺少或不是文字"))
        return ""

    def degrees(self, where: str, table: Mapping[str, Any], key: str, most: float) -> float:
        value = table.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most:
            return float(value)
        self.add(f"{where}.{key}", "not_degrees", N_("不是 -%(most)s 到 %(most)s 之间的度数"), most=most)
        return 0.0


def read_profile(profile: Mapping[str, Any]) -> Profile:
    """Check a parsed TOML file: [city], [[bounds]], [[districts]], [[landmarks]], the sections of plain
    values (`_SECTIONS`) and the lists (`_LISTS`).

    Raises ProfileRefused with every problem by field ("districts[3].code").
    """
    problems = _Problems()
    for part in sorted(set(profile) - _PARTS):
        problems.add(part, "unknown", N_("未知的部分"))
    read = Profile(
        facts=_facts(profile, problems),
        boxes=_boxes(profile, problems),
        districts=_districts(profile, problems),
        landmarks=_landmarks(profile, problems),
    )
    if problems.found:
        raise ProfileRefused(problems=problems.found, count=len(problems.found))
    return read


def _facts(profile: Mapping[str, Any], problems: _Problems) -> dict[str, Any]:
    city = profile.get("city")
    if not isinstance(city, Mapping):
        problems.add("city", "missing", N_("缺少 [city]"))
        return {}
    for key in sorted(set(city) - set(_CITY_KEYS)):
        problems.add(f"city.{key}", "unknown", N_("未知的部分"))
    facts: dict[str, Any] = {key: problems.text("city", city, key) for key in _CITY_KEYS}
    if facts["code"] and not _CITY_CODE.fullmatch(facts["code"]):
        problems.add("city.code", "not_a_code", N_("不是六位行政区划代码"))
    if facts["time_zone"] and not _is_zone(facts["time_zone"]):
        problems.add("city.time_zone", "unknown_zone", N_("不是已知的时区"))
    for section in _SECTIONS:
        facts |= _section(profile, section, problems)
    for part, names in _LISTS.items():
        tables = _tables(profile, part, problems)
        if tables is not None:
            facts[part] = _list(part, names, tables, problems)
    return facts


def _section(profile: Mapping[str, Any], section: str, problems: _Problems) -> dict[str, Any]:
    values = profile.get(section, {})
    if not isinstance(values, Mapping):
        problems.add(section, "not_a_table", N_("[%(part)s] 不是表"), part=section)
        return {}
    for key, value in values.items():
        if not isinstance(value, str | int | float | bool | list):
            problems.add(f"{section}.{key}", "not_plain", N_("不是数字、文字或列表"))
    return {f"{section}.{key}": value for key, value in values.items()}


def _list(
    part: str, names: tuple[str, str], tables: list[tuple[str, Mapping[str, Any]]], problems: _Problems
) -> list[dict[str, Any]]:
    keys = []
    for where, table in tables:
        keys.append(problems.text(where, table, "key"))
        for name in names:
            problems.text(where, table, name)
        for key, value in table.items():
            if not isinstance(value, str | int | float | bool | list):
                problems.add(f"{where}.{key}", "not_plain", N_("不是数字、文字或列表"))
    _once(part, "key", keys, problems)
    return [dict(table) for _, table in tables]


def _boxes(profile: Mapping[str, Any], problems: _Problems) -> tuple[Box, ...] | None:
    tables = _tables(profile, "bounds", problems)
    if tables is None:
        return None
    boxes = []
    for where, table in tables:
        box = Box(
            problems.text(where, table, "name"),
            problems.degrees(where, table, "south", 90),
            problems.degrees(where, table, "west", 180),
            problems.degrees(where, table, "north", 90),
            problems.degrees(where, table, "east", 180),
        )
        if box.south > box.north or box.west > box.east:
            problems.add(where, "inside_out", N_("南界高于北界，或西界大于东界"))
        boxes.append(box)
    _once("bounds", "name", (box.name for box in boxes), problems)
    return tuple(boxes)


def _districts(profile: Mapping[str, Any], problems: _Problems) -> tuple[DistrictView, ...] | None:
    tables = _tables(profile, "districts", problems)
    if tables is None:
        return None
    districts = []
    for where, table in tables:
        district = DistrictView(
            problems.text(where, table, "code"),
            problems.text(where, table, "name_zh"),
            problems.text(where, table, "name_en"),
            problems.degrees(where, table, "lat", 90),
            problems.degrees(where, table, "lon", 180),
            table.get("outline"),
        )
        if district.code and not _DISTRICT_CODE.fullmatch(district.code):
            problems.add(f"{where}.code", "not_a_code", N_("不是九位镇街代码"))
        if district.outline is not None and not _is_outline(district.outline):
            problems.add(f"{where}.outline", "not_an_outline", N_("不是由 [经度, 纬度] 组成的闭合环"))
        districts.append(district)
    _once("districts", "code", (district.code for district in districts), problems)
    return tuple(districts)


def _landmarks(profile: Mapping[str, Any], problems: _Problems) -> tuple[LandmarkView, ...] | None:
    tables = _tables(profile, "landmarks", problems)
    if tables is None:
        return None
    landmarks = tuple(
        LandmarkView(
            problems.text(where, table, "id"),
            problems.text(where, table, "name_zh"),
            problems.text(where, table, "name_en"),
            problems.degrees(where, table, "lat", 90),
            problems.degrees(where, table, "lon", 180),
        )
        for where, table in tables
    )
    _once("landmarks", "id", (landmark.id for landmark in landmarks), problems)
    return landmarks


def _tables(
    profile: Mapping[str, Any], part: str, problems: _Problems
) -> list[tuple[str, Mapping[str, Any]]] | None:
    tables = profile.get(part)
    if tables is None:
        return None
    if not isinstance(tables, Sequence) or not all(isinstance(table, Mapping) for table in tables):
        problems.add(part, "not_tables", N_("应写成 [[%(part)s]]"), part=part)
        return []
    return [(f"{part}[{place}]", table) for place, table in enumerate(tables, start=1)]


def _once(part: str, key: str, values: Iterable[str], problems: _Problems) -> None:
    seen: set[str] = set()
    for value in values:
        if value and value in seen:
            problems.add(f"{part}.{key}", "repeated", N_("重复出现：%(value)s"), value=value)
        seen.add(value)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _is_outline(rings: object) -> bool:
    return isinstance(rings, list) and bool(rings) and all(_is_ring(ring) for ring in rings)


def _is_ring(ring: object) -> bool:
    return isinstance(ring, list) and len(ring) >= 4 and ring[0] == ring[-1] and all(map(_is_pair, ring))


def _is_pair(pair: object) -> bool:
    return (
        isinstance(pair, list)
        and len(pair) == 2
        and all(isinstance(number, int | float) for number in pair)
        and abs(pair[0]) <= 180
        and abs(pair[1]) <= 90
    )
