"""Is a row of a file read as it was meant, and refused with the right reason?"""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from parking.city.rules import CityView, DistrictView
from parking.kernel.geo import Box, distance_m, from_wgs84
from parking.kernel.vocabulary import Access, Datum, LotKind, LotType, SpaceClass
from parking.lots.errors import UnreadableFile
from parking.lots.rules import (
    EntranceDraft,
    EntranceUse,
    LotDraft,
    RowsRead,
    read_rows,
    read_table,
    write_table,
)
from parking.lots.rules.columns import CLASS_ACCESS, CLASS_ACCESS_ZH, COLUMNS, column_of
from parking.lots.rules.tables import MOST_UNPACKED_BYTES

CITY = CityView(
    name_zh="试城市",
    name_en="Test City",
    code="320999",
    time_zone="Asia/Shanghai",
    boxes=(Box("市域", 31.9, 120.4, 32.2, 120.9),),
    districts=(DistrictView("320999001", "城东街道", "Chengdong", 32.06, 120.64),),
)
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


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (as_csv(FULL), ".csv"),
        (as_csv(FULL, encoding="utf-8"), ".csv"),
        (as_csv(FULL, encoding="gb18030"), ".CSV"),
        (as_csv(FULL, sign=";"), ".csv"),
        (as_csv(FULL, sign="\t"), ".csv"),
        (as_csv(ENGLISH), ".csv"),
        (as_xlsx(FULL), ".xlsx"),
        (as_xlsx(FULL | {"纬度": 32.06, "经度": 120.62, "限高": 210.0, "普通": 120}), ".xlsx"),
        (as_xlsx(FULL | {"ETC开通日期": datetime(2023, 7, 3)}), ".xlsx"),  # noqa: DTZ001 - so openpyxl tells it
        (as_geojson({"type": "Feature", "geometry": None, "properties": FULL}), ".geojson"),
    ],
)
def test_a_full_row_is_read_alike_from_every_kind_of_file(data, suffix):
    found = read(data, suffix)
    assert found.problems == ()
    assert [draft for _, draft in found.drafts] == [DRAFT]


def test_a_row_with_only_what_is_needed_is_a_public_lot_off_street():
    draft = one()
    assert (draft.kind, draft.type, draft.access) == (LotKind.OFF_STREET, LotType.PUBLIC, Access.PUBLIC)
    assert draft.spaces == {} and draft.bay_length_m is None and draft.told == frozenset()


def test_a_workbook_that_would_fill_the_memory_is_refused_before_it_is_unpacked():
    packed = io.BytesIO(as_xlsx(FULL))
    with ZipFile(packed, "a", ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings2.xml", bytes(MOST_UNPACKED_BYTES))
    assert len(packed.getvalue()) < 1_000_000
    with pytest.raises(UnreadableFile) as refusal:
        read_table(packed.getvalue(), ".xlsx")
    assert refusal.value.problems[0].code == "too_large_unpacked"


def test_a_file_of_more_rows_than_any_register_is_refused(monkeypatch):
    monkeypatch.setattr("parking.lots.rules.tables.MOST_ROWS", 2)
    rows = [GOOD | {"编号": f"A-{number}"} for number in range(3)]
    assert len(read(as_xlsx(*rows[:2]), ".xlsx").drafts) == 2
    for data, suffix in ((as_xlsx(*rows), ".xlsx"), (as_csv(*rows), ".csv")):
        with pytest.raises(UnreadableFile) as refusal:
            read_table(data, suffix)
        assert refusal.value.problems[0].code == "too_many_rows"


def test_peer_fault_12_longitude_of_an_xlsx_is_longitude():
    """A peer mapped the longitude of an xlsx to its latitude."""
    data = as_xlsx({"经度": 120.62, "名称": "甲", "纬度": 32.06, "编号": "X-1"})
    draft = read(data, ".xlsx").drafts[0][1]
    assert (draft.source_lat, draft.source_lon) == (32.06, 120.62)
    english = as_xlsx({"code": "X-1", "longitude": 120.62, "name": "A", "latitude": 32.06})
    assert read(english, ".xlsx").drafts[0][1].place == (32.06, 120.62)


def test_peer_fault_12_a_city_on_the_equator_has_its_bounds():
    """A peer ignored a box one of whose bounds equals 0."""
    equator = CityView("", "", "", "UTC", (Box("赤道", 0.0, 100.0, 0.5, 100.5),))
    assert read(as_csv(GOOD | {"纬度": "0.2", "经度": "100.2"}), city=equator).problems == ()
    below = read(as_csv(GOOD | {"纬度": "-0.2", "经度": "100.2"}), city=equator)
    assert [problem.problem.code for problem in below.problems] == ["outside_city"]


@pytest.mark.parametrize("lon", [2.3, 89.5, 90.5, 120.6, 151.2, -122.4])
def test_peer_fault_9_a_lot_of_any_continent_is_taken_where_the_city_is(lon):
    """A peer refused coordinates outside Europe."""
    there = CityView("", "", "", "UTC", (Box("", -34.0, lon - 0.1, -33.0, lon + 0.1),))
    found = read(as_csv(GOOD | {"纬度": "-33.5", "经度": str(lon)}), city=there)
    assert found.problems == () and found.drafts[0][1].place == (-33.5, lon)


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_a_shifted_pair_is_kept_and_placed(datum):
    lat, lon = from_wgs84(32.06, 120.62, datum)
    told = one(纬度=repr(lat), 经度=repr(lon), 坐标系=datum.value)
    default = read(as_csv(GOOD | {"纬度": repr(lat), "经度": repr(lon)}), datum=datum).drafts[0][1]
    for draft in (told, default):
        assert (draft.source_lat, draft.source_lon, draft.source_datum) == (lat, lon, datum)
        assert distance_m(draft.place, (32.06, 120.62)) < 0.01


def test_geojson_is_wgs84_whatever_the_default():
    point = {"type": "Point", "coordinates": [120.62, 32.06]}
    data = as_geojson({"type": "Feature", "geometry": point, "properties": {"code": "G", "name": "甲"}})
    draft = read(data, ".geojson", datum=Datum.GCJ02).drafts[0][1]
    assert draft.place == (32.06, 120.62) and draft.source_datum is Datum.WGS84


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"编号": ""}, ("code", "missing")),
        ({"名称": " "}, ("name", "missing")),
        ({"名称": "长" * 121}, ("name", "too_long")),
        ({"名称": "两\n行"}, ("name", "control_character")),
        ({"名称": "人民\u200b医院"}, ("name", "hidden_character")),
        ({"地址": "\u202e门北\u202c 8 号"}, ("address", "hidden_character")),
        ({"出入口": "北\u2066门 32.0612,120.6231 entry"}, ("entrances", "hidden_character")),
        ({"纬度": ""}, ("lat", "missing")),
        ({"纬度": "北纬32"}, ("lat", "not_a_number")),
        ({"经度": "nan"}, ("lon", "not_a_number")),
        ({"纬度": "120.62", "经度": "32.06"}, ("lat", "swapped")),
        ({"纬度": "120.62", "经度": "32.06", "坐标系": "gcj02"}, ("lat", "swapped")),
        ({"纬度": "0", "经度": "0"}, ("lat", "zero")),
        ({"纬度": "480"}, ("lat", "outside_city")),
        ({"纬度": "1e300", "经度": "-1e300", "坐标系": "bd09"}, ("lat", "outside_city")),
        ({"经度": "121.62"}, ("lat", "outside_city")),
        ({"坐标系": "ED50"}, ("datum", "unknown_word")),
        ({"类别": "地下"}, ("kind", "unknown_word")),
        ({"类型": "私有"}, ("type", "unknown_word")),
        ({"权限": "谁都行"}, ("access", "unknown_word")),
        ({"充电权限": "谁都行"}, ("charging_access", "unknown_word")),
        ({"区划代码": "320999009"}, ("district_code", "unknown_district")),
        ({"开放时间": "早八点到晚十点"}, ("opening_hours", "unreadable")),
        ({"限高": "2.1"}, ("max_height_cm", "not_whole")),
        ({"限高": "21"}, ("max_height_cm", "out_of_range")),
        ({"普通": "-5"}, ("general", "negative")),
        ({"普通": "1000001"}, ("general", "too_large")),
        ({"普通": "约 50"}, ("general", "not_a_number")),
        ({"非机动车线米数": "-1"}, ("bay_length_m", "negative")),
        ({"ETC开通日期": "去年"}, ("etc_since_on", "not_a_date")),
        ({"ETC开通日期": "2023-02-30"}, ("etc_since_on", "not_a_date")),
        ({"出入口": "北门"}, ("entrances", "not_an_entrance")),
        ({"出入口": "北门 32.06,120.62 sideways"}, ("entrances", "not_an_entrance")),
        ({"出入口": "北门 32.6,120.62"}, ("entrances", "outside_city")),
        ({"出入口": "北门 32.15,120.62"}, ("entrances", "too_far")),
    ],
)
def test_a_bad_row_is_refused_with_its_field(cells, problem):
    assert refused(**cells) == [problem]


def test_everything_wrong_with_a_row_is_told():
    assert refused(名称="", 普通="-1", 限高="x", 纬度="") == [
        ("lat", "missing"),
        ("max_height_cm", "not_a_number"),
        ("name", "missing"),
        ("general", "negative"),
    ]


def test_a_swapped_pair_is_said_to_be_swapped():
    found = read(as_csv(GOOD | {"纬度": "120.62", "经度": "32.06"}))
    assert found.problems[0].sentence == "经度与纬度写反了：纬度 120.62，经度 32.06"


def test_a_repeated_code_or_filing_number_is_refused_after_the_first():
    found = read(
        as_csv(
            GOOD | {"备案编号": "F1"},
            GOOD | {"备案编号": "F2"},
            GOOD | {"编号": "A-2", "备案编号": "F1"},
            GOOD | {"编号": "A-3", "备案编号": ""},
        )
    )
    assert [(p.row, p.code, p.problem.field) for p in found.problems] == [
        (3, "A-1", "code"),
        (4, "A-2", "filing_no"),
    ]
    assert [number for number, _ in found.drafts] == [2, 5]


def test_rows_are_numbered_as_a_spreadsheet_shows_them_and_blank_ones_skipped():
    data = "编号,名称,纬度,经度\nA,甲,32.06,120.62\n,,,\n\nB,乙,32.06,99\nC,丙,32.06,120.62,多\n".encode()
    found = read(data)
    assert [number for number, _ in found.drafts] == [2]
    assert [(p.row, p.problem.code) for p in found.problems] == [(5, "outside_city"), (6, "surplus_cells")]


def test_unknown_columns_are_named_and_ignored():
    table = read_table(as_csv(GOOD | {"联系电话": "1", "备注": "x"}), ".csv")
    assert table.ignored == ("联系电话", "备注")


def test_headers_may_differ_in_what_people_do_not_see():
    found = read(as_csv({" Code ": "1", "ＮＡＭＥ": "a", "Latitude": "32.06", "lng": "120.62"}))
    assert found.problems == () and found.drafts[0][1].code == "1"


@pytest.mark.parametrize(("cell", "code"), [(1001, "1001"), (1001.0, "1001"), ("007", "007")])
def test_a_code_that_a_spreadsheet_took_for_a_number_is_a_code(cell, code):
    data = as_xlsx({"code": cell, "name": "a", "lat": 32.06, "lon": 120.62})
    assert read(data, ".xlsx").drafts[0][1].code == code


@pytest.mark.parametrize(
    ("data", "suffix", "code"),
    [
        (b"", ".csv", "empty"),
        (b"\n\n", ".csv", "empty"),
        ("编号,名称\nA,甲\n".encode(), ".csv", "missing_columns"),
        ("编号,名称,纬度,经度,code\n".encode(), ".csv", "repeated_columns"),
        (b"\xff\xfe\xff", ".csv", "unknown_encoding"),
        ("编号,名称,纬度,经度\n".encode() + b"x" * 200_000, ".csv", "not_csv"),
        (b"not a workbook", ".xlsx", "not_xlsx"),
        (as_xlsx(GOOD)[:1000], ".xlsx", "not_xlsx"),
        (b"", ".xlsx", "not_xlsx"),
        (b"{", ".geojson", "not_json"),
        (b"[]", ".geojson", "not_geojson"),
        (b'{"type": "FeatureCollection"}', ".json", "not_geojson"),
        (as_csv(GOOD), ".txt", "unknown_kind"),
    ],
)
def test_a_file_that_is_no_register_is_refused_as_a_whole(data, suffix, code):
    with pytest.raises(UnreadableFile) as refusal:
        read_table(data, suffix)
    assert [problem.code for problem in refusal.value.problems] == [code]


@pytest.mark.parametrize("feature", [None, 5, {}, {"properties": None}, {"geometry": {"type": "Point"}}])
def test_a_feature_that_is_none_is_a_bad_row(feature):
    found = read(as_geojson(feature), ".geojson")
    assert found.drafts == () and {problem.row for problem in found.problems} == {1}


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(str.strip)
DANGEROUS = st.sampled_from(["=", "+", "-", "@", "'=", "''=", "'", ""]).flatmap(
    lambda sign: TEXTS.map(sign.__add__)
)


@given(text=DANGEROUS.filter(str.strip), suffix=st.sampled_from([".csv", ".xlsx", ".geojson"]))
def test_no_text_becomes_a_formula_and_every_text_comes_back(text, suffix):
    row = {"code": "A", "name": text, "lat": -1.5, "lon": 2.0, "wgs84_lat": -1.5, "wgs84_lon": 2.0}
    data = write_table([row], suffix)
    if suffix == ".csv":
        cell = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))[1][1]
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    table = read_table(data, suffix)
    assert table.rows[0].cells["name"] == text
    assert float(table.rows[0].cells["lat"]) == -1.5
    assert float(table.rows[0].cells["lon"]) == 2.0


def test_every_column_has_a_header_of_its_own_in_both_languages():
    headers = [*COLUMNS, *COLUMNS.values(), *CLASS_ACCESS, *CLASS_ACCESS_ZH.values()]
    assert {column_of(header) for header in headers} == {*COLUMNS, *CLASS_ACCESS}
    for names in (COLUMNS, CLASS_ACCESS_ZH):
        assert all(column_of(header) == name for name, header in names.items())


def test_a_formula_without_its_result_is_told_and_not_read_as_blank():
    found = read(as_xlsx(GOOD | {"普通": "=30+20"}, GOOD | {"编号": "A-2", "普通": 50}), ".xlsx")
    assert [(each.row, each.problem.field, each.problem.code) for each in found.problems] == [
        (2, "general", "uncalculated")
    ]
    assert [draft.code for _, draft in found.drafts] == ["A-2"]


@pytest.mark.parametrize("odd", [["A-1"], {"is": "A-1"}, []])
@pytest.mark.parametrize("column", ["编号", "名称", "纬度", "普通"])
def test_a_list_or_an_object_is_no_text(column, odd):
    point = {"type": "Point", "coordinates": [120.62, 32.06]}
    feature = {"type": "Feature", "geometry": point, "properties": GOOD | {column: odd}}
    found = read(as_geojson(feature), ".geojson")
    assert found.drafts == ()
    assert [(each.problem.field, each.problem.code) for each in found.problems] == [
        (column_of(column), "not_plain")
    ]
