"""Is a row of a file read as it was meant, and refused with the right reason?"""

from __future__ import annotations

from datetime import datetime

import pytest

from parking.city.rules import CityView
from parking.kernel.geo import Box, distance_m, from_wgs84
from parking.kernel.vocabulary import Access, Datum, LotKind, LotType
from parking.lots.rules import (
    read_table,
)
from parking.lots.rules.columns import column_of
from tests.unit.lots.register_files import (
    DRAFT,
    ENGLISH,
    FULL,
    GOOD,
    as_csv,
    as_geojson,
    as_xlsx,
    one,
    read,
    refused,
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


def test_full_width_digits_are_the_numbers_that_they_show():
    draft = one(普通="１２", 限高="２１０", 纬度="３２．０６")
    assert (draft.spaces, draft.max_height_cm, draft.source_lat) == ({"general": 12}, 210, 32.06)


def test_a_number_beyond_all_bounds_is_told_as_it_was_written():
    [problem] = read(as_xlsx(GOOD | {"普通": 1e308}), ".xlsx").problems
    assert (problem.problem.code, problem.problem.params["count"]) == ("too_large", "1e+308")


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
        ({"开放时间": "Feb 30 10:00-12:00"}, ("opening_hours", "unreadable")),
        ({"限高": "2.1"}, ("max_height_cm", "not_whole")),
        ({"限高": "21"}, ("max_height_cm", "out_of_range")),
        ({"普通": "-5"}, ("general", "negative")),
        ({"普通": "1000001"}, ("general", "too_large")),
        ({"普通": "约 50"}, ("general", "not_a_number")),
        ({"普通": "1_000"}, ("general", "not_a_number")),
        ({"普通": "1e308"}, ("general", "too_large")),
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


@pytest.mark.parametrize("feature", [None, 5, {}, {"properties": None}, {"geometry": {"type": "Point"}}])
def test_a_feature_that_is_none_is_a_bad_row(feature):
    found = read(as_geojson(feature), ".geojson")
    assert found.drafts == () and {problem.row for problem in found.problems} == {1}


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
