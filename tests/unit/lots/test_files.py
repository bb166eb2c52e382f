"""Is what is no register refused as a whole, and does no spreadsheet run what we write into it?"""

from __future__ import annotations

import csv
import io
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.lots.errors import UnreadableFile
from parking.lots.rules import (
    read_table,
    write_table,
)
from parking.lots.rules.columns import CLASS_ACCESS, CLASS_ACCESS_ZH, COLUMNS, column_of
from parking.lots.rules.xlsx import MOST_UNPACKED_BYTES
from tests.unit.lots.register_files import (
    FULL,
    GOOD,
    as_csv,
    as_xlsx,
    read,
)


def test_a_workbook_that_would_fill_the_memory_is_refused_before_it_is_unpacked():
    packed = io.BytesIO(as_xlsx(FULL))
    with ZipFile(packed, "a", ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings2.xml", bytes(MOST_UNPACKED_BYTES))
    assert len(packed.getvalue()) < 1_000_000
    with pytest.raises(UnreadableFile) as refusal:
        read_table(packed.getvalue(), ".xlsx")
    assert refusal.value.problems[0].code == "too_large_unpacked"


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet'),
        (b'<row r="2"', b'<row r="x"'),
        (b"</worksheet>", b""),
    ],
)
def test_a_workbook_with_something_wrong_inside_is_refused(was, becomes):
    with pytest.raises(UnreadableFile) as refusal:
        read_table(_with_sheet(was, becomes), ".xlsx")
    assert refusal.value.problems[0].code == "not_xlsx"


def test_a_row_that_claims_to_be_far_below_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("parking.lots.rules.xlsx._MOST_LINES", 1_000)
    assert read_table(_with_sheet(b'<row r="2"', b'<row r="2000000000"'), ".xlsx").rows == ()


def _with_sheet(was: bytes, becomes: bytes) -> bytes:
    """A workbook of one lot whose sheet somebody wrote anew."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(as_xlsx(FULL))) as whole, ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            content = whole.read(name)
            archive.writestr(name, content.replace(was, becomes) if "sheet1" in name else content)
    return made.getvalue()


def test_a_file_of_more_rows_than_any_register_is_refused(monkeypatch):
    monkeypatch.setattr("parking.lots.rules.tables.MOST_ROWS", 2)
    rows = [GOOD | {"编号": f"A-{number}"} for number in range(3)]
    assert len(read(as_xlsx(*rows[:2]), ".xlsx").drafts) == 2
    for data, suffix in ((as_xlsx(*rows), ".xlsx"), (as_csv(*rows), ".csv")):
        with pytest.raises(UnreadableFile) as refusal:
            read_table(data, suffix)
        assert refusal.value.problems[0].code == "too_many_rows"


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


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(str.strip)


DANGEROUS = st.sampled_from(["=", "+", "-", "@", "'=", "''=", "'", ""]).flatmap(
    lambda sign: TEXTS.map(sign.__add__)
)


@given(text=DANGEROUS.filter(str.strip), suffix=st.sampled_from([".csv", ".geojson"]))
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
