"""What are the columns and words of a register file called, in Chinese and in English?"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar
from unicodedata import normalize

from parking.kernel.vocabulary import Access, Datum, LotKind, LotType, SpaceClass
from parking.lots.rules.drafts import EntranceUse

Word = TypeVar("Word", bound=StrEnum)

# In the order in which a file is written; the English name is the key.
COLUMNS: Mapping[str, str] = {
    "code": "编号",
    "name": "名称",
    "name_en": "英文名",
    "kind": "类别",
    "type": "类型",
    "district_code": "区划代码",
    "address": "地址",
    "operator_name": "经营单位",
    "lat": "纬度",
    "lon": "经度",
    "datum": "坐标系",
    "access": "权限",
    "opening_hours": "开放时间",
    "hours_note": "开放说明",
    "max_height_cm": "限高",
    "filing_no": "备案编号",
    "etc_since_on": "ETC开通日期",
    "general": "普通",
    "accessible": "无障碍",
    "charging": "充电",
    "mechanical": "机械",
    "civil_defence": "人防",
    "truck": "货车",
    "bus": "大客车",
    "motorcycle": "摩托车",
    "e_bike": "电动自行车",
    "bicycle": "自行车",
    "bay_length_m": "非机动车线米数",
    "entrances": "出入口",
}
REQUIRED = ("code", "name", "lat", "lon")
# Written only where a lot has a class that other people may use than the lot itself.
CLASS_ACCESS: Mapping[str, SpaceClass] = {f"{space_class}_access": space_class for space_class in SpaceClass}
CLASS_ACCESS_ZH: Mapping[str, str] = {
    name: f"{COLUMNS[space_class]}权限" for name, space_class in CLASS_ACCESS.items()
}

# What a row of a workbook was when it was taken out; nobody edits it.
MARK = "mark"

KINDS = {LotKind.OFF_STREET: "路外", LotKind.ON_STREET: "路内"}
TYPES = {
    LotType.PUBLIC: "公共",
    LotType.ANCILLARY: "配建",
    LotType.DEDICATED: "专用",
    LotType.TEMPORARY: "临时",
}
ACCESSES = {
    Access.PUBLIC: "公众",
    Access.CUSTOMERS: "顾客",
    Access.RESIDENTS: "住户",
    Access.STAFF: "员工",
    Access.PERMIT: "许可证",
}
USES = {EntranceUse.ENTRY: "入口", EntranceUse.EXIT: "出口", EntranceUse.BOTH: "出入口"}
DATUMS = {Datum.WGS84: "wgs84", Datum.CGCS2000: "cgcs2000", Datum.GCJ02: "gcj02", Datum.BD09: "bd09"}

# How the columns are called in a workbook for readers of English.
ENGLISH = {name: name.replace("_", " ").capitalize() for name in (*COLUMNS, *CLASS_ACCESS)} | {
    "name_en": "English name",
    "district_code": "District",
    "operator_name": "Operator",
    "lat": "Latitude",
    "lon": "Longitude",
    "max_height_cm": "Max height (cm)",
    "filing_no": "Filing no.",
    "etc_since_on": "ETC since",
    "e_bike": "E-bike",
    "e_bike_access": "E-bike access",
    "bay_length_m": "Bay length (m)",
}

_ALSO = {
    "max_height": "max_height_cm",
    "限高厘米": "max_height_cm",
    "限高(厘米)": "max_height_cm",
    "限高(cm)": "max_height_cm",
    "镇街代码": "district_code",
    "etc开通时间": "etc_since_on",
    "latitude": "lat",
    "longitude": "lon",
    "lng": "lon",
    "区划": "district_code",
    "版本标记": MARK,
    "version mark": MARK,
}


@lru_cache(maxsize=10_000)
def plain(text: str) -> str:
    """A header without the differences that people do not see: full width, case, blanks."""
    return "".join(normalize("NFKC", text).casefold().split())


_BY_HEADER = {
    **{plain(name): name for name in (*COLUMNS, *CLASS_ACCESS)},
    **{plain(chinese): name for name, chinese in (*COLUMNS.items(), *CLASS_ACCESS_ZH.items())},
    **{plain(header): name for name, header in ENGLISH.items()},
    **{plain(header): name for header, name in _ALSO.items()},
}


def column_of(header: str) -> str | None:
    """The column that a header means, in either language; None for one that we do not know."""
    return _BY_HEADER.get(plain(header))


def english_word(value: StrEnum) -> str:
    """A value of an enumeration as a cell says it to readers of English."""
    return value.value.replace("_", " ")


def word_of(text: str, words: Mapping[Word, str]) -> Word | None:
    """The value that a Chinese or English word means; None for a word that we do not know."""
    wanted = plain(text).replace("-", "").replace("_", "")
    for value, chinese in words.items():
        if wanted in (plain(chinese), value.value.replace("_", "")):
            return value
    return None
