"""How does a register look in a file of each kind, and what is read of it?"""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

from openpyxl import Workbook

from parking.city.rules import CityView, DistrictView
from parking.kernel.geo import Box
from parking.kernel.vocabulary import Access, Datum, LotKind, LotType, SpaceClass
from parking.lots.rules import (
    EntranceDraft,
    EntranceUse,
    LotDraft,
    RowsRead,
    read_rows,
    read_table,
)
from parking.lots.rules.columns import column_of

CITY = CityView(
    name_zh="试城市",
    name_en="Test City",
    code="320999",
    time_zone="Asia/Shanghai",
    boxes=(Box("市域", 31.9, 120.4, 32.2, 120.9),),
    districts=(DistrictView("320999001", "城东街道", "Chengdong", 32.06, 120.64),),
)


NASTY = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "'=1", "00012", "1001.0", "a\tb\nc\r\nd"]
NASTY += ["\x0b\x1f\x7f", "全角＝１＋１", "😀" * 16_383, "x" * 32_767, "2026-10-01", "TRUE", "#N/A", "\ufffe"]
NASTY += ["_x000D_", "_x005F_x000D_"]

GOOD: dict[str, Any] = {"编号": "A-1", "名称": "东站停车场", "纬度": "32.06", "经度": "120.62"}


def as_csv(*rows: dict[str, Any], encoding: str = "utf-8-sig", sign: str = ",") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)), delimiter=sign)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(*rows: dict[str, Any]) -> bytes:
    book = Workbook()
    sheet = book.active
    names = list(dict.fromkeys(key for row in rows for key in row))
    sheet.append(names)
    for row in rows:
        sheet.append([row.get(name) for name in names])
    return saved(book)


def saved(book: Workbook) -> bytes:
    """A workbook as a file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_geojson(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def read(data: bytes, suffix: str = ".csv", datum: Datum = Datum.WGS84, city: CityView = CITY) -> RowsRead:
    return read_rows(read_table(data, suffix), city, datum)


def one(**cells: Any) -> LotDraft:
    found = read(as_csv(GOOD | cells))
    assert found.problems == ()
    return found.drafts[0][1]


def refused(**cells: Any) -> list[tuple[str, str]]:
    found = read(as_csv(GOOD | cells))
    assert found.drafts == ()
    assert {problem.row for problem in found.problems} == {2}
    assert all(problem.sentence and "%(" not in problem.sentence for problem in found.problems)
    return [(problem.problem.field, problem.problem.code) for problem in found.problems]


FULL = {
    "编号": "A-1",
    "名称": "东站停车场",
    "英文名": "East Station",
    "类别": "路内",
    "类型": "配建",
    "区划代码": "320999001",
    "地址": "站前路 1 号",
    "经营单位": "城投公司",
    "纬度": "32.06",
    "经度": "120.62",
    "坐标系": "GCJ-02",
    "权限": "顾客",
    "开放时间": "Mo-Fr 07:00-22:00; PH off",
    "限高": "210",
    "备案编号": "备〔2025〕1号",
    "ETC开通日期": "2023-07-03",
    "普通": "120",
    "无障碍": "3",
    "充电": "",
    "自行车": "0",
    "非机动车线米数": "85",
    "充电权限": "住户",
    "出入口": "北门 32.0612,120.6231 entry; 东门 32.061,120.625 both",
}


ENGLISH = {column_of(header): value for header, value in FULL.items()} | {
    "kind": "on_street",
    "type": "ancillary",
    "access": "customers",
    "datum": "gcj02",
    "charging_access": "residents",
}


_NEVER_UNTOLD = {"code", "name", "lat", "lon", "datum", "bay_length_m", "charging_access", *SpaceClass}


DRAFT = LotDraft(
    code="A-1",
    name="东站停车场",
    source_lat=32.06,
    source_lon=120.62,
    source_datum=Datum.GCJ02,
    name_en="East Station",
    kind=LotKind.ON_STREET,
    type=LotType.ANCILLARY,
    district_code="320999001",
    address="站前路 1 号",
    operator_name="城投公司",
    access=Access.CUSTOMERS,
    opening_hours="Mo-Fr 07:00-22:00; PH off",
    max_height_cm=210,
    filing_no="备〔2025〕1号",
    etc_since_on=date(2023, 7, 3),
    entrances=(
        EntranceDraft("北门", 32.0612, 120.6231, EntranceUse.ENTRY),
        EntranceDraft("东门", 32.061, 120.625, EntranceUse.BOTH),
    ),
    spaces={SpaceClass.GENERAL: 120, SpaceClass.ACCESSIBLE: 3, SpaceClass.BICYCLE: 0},
    class_access={SpaceClass.CHARGING: Access.RESIDENTS},
    bay_length_m=85,
    told=frozenset(ENGLISH) - _NEVER_UNTOLD | {"class_access"},
)
