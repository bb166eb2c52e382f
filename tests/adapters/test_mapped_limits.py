"""Is what would pass a limit by another way of writing it refused too, with its reason?"""

from __future__ import annotations

import io
import zipfile

import pytest
from openpyxl import Workbook

from integrations.documents import xml_tree
from integrations.sources.mapped import sheets
from integrations.sources.mapped.protocol import read_preview
from parking.boundary.feeds import BreakReason, FeedBroken, Parsed, ProblemKind
from tests.adapters.dialects import NOW

B = BreakReason
HIDDEN_TYPE = b'<?xml version="1.0" encoding="%s"?>+ADwAIQ-DOCTYPE r [<!ENTITY a "7">]><r><p id="&a;"/></r>'
LOTS = """version = 1
[document]
format = "{form}"
[lots]
records = "*"
id = "{id}"
name = "name"
lat = "lat"
lon = "lon"
max_height_m = "height"
"""


def read(body: bytes, form: str, told_id: str = "id") -> Parsed:
    return read_preview(body, LOTS.format(form=form, id=told_id), NOW)


def refused(body: bytes, encoding: str | None = None) -> tuple[BreakReason, str]:
    with pytest.raises(FeedBroken) as caught:
        xml_tree(body, encoding)
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize(
    "name", [b"utf-7", b"UTF7", b"unicode-1-1-utf-7", b"IBM037", b"HZ-GB-2312", b"zip", b"x\xff"]
)
def test_xml_in_an_encoding_that_could_hide_a_document_type_is_refused(name: bytes) -> None:
    for mark, quote in ((b"", b'"'), (b"\xef\xbb\xbf", b"'")):
        body = mark + (HIDDEN_TYPE % name).replace(b'"%s"' % name, quote + name + quote, 1)
        assert refused(body)[0] is B.WRONG_ENCODING
    later = HIDDEN_TYPE.replace(b" encoding", b" " * 5_000 + b"encoding") % name
    assert refused(later) == (B.NOT_XML, "line 1")


def test_what_the_reader_of_xml_saw_as_a_document_type_is_refused_however_it_was_written(monkeypatch) -> None:
    monkeypatch.setattr("integrations.documents._refuse_what_is_no_plain_xml", lambda *_: None)
    assert refused(HIDDEN_TYPE % b"utf-7") == (B.NOT_XML, "a document type is not allowed")


def test_a_mapping_may_know_the_encoding_better_than_the_document_that_names_none_we_know() -> None:
    body = '<?xml version="1.0" encoding="x-gbk"?><r><p>停车场</p></r>'.encode("gb18030")
    assert refused(body)[0] is B.WRONG_ENCODING
    assert xml_tree(body, "gb18030") == {"r": {"p": "停车场"}}
    assert refused(HIDDEN_TYPE % b"utf-7", "utf-8")[0] is B.NOT_XML


@pytest.mark.parametrize(
    "number", ["1e999", "-1e999", "1" + "0" * 5_000, "1e400", "12345678901234567890123", "1e22"]
)
def test_a_number_that_nobody_can_tell_exactly_becomes_no_id_and_no_name(number: str) -> None:
    place = '"lat": 32.06, "lon": 120.62'
    body = f'[{{"id": {number}, "name": "A", {place}}}, {{"id": "2", "name": {number}, {place}}}]'.encode()
    parsed = read(body, "json")
    assert parsed.lots == ()
    assert [(p.row, p.kind, p.field) for p in parsed.problems] == [
        (1, ProblemKind.BAD_VALUE, "id"),
        (2, ProblemKind.BAD_VALUE, "name"),
    ]
    assert all(p.detail.endswith(" is no text") for p in parsed.problems)
    # Nor a part of one: two lots of one name would be left.
    joined = LOTS.format(form="json", id="id").replace('id = "id"', 'id = { paths = ["name", "id"] }')
    [first, _] = read_preview(body, joined, NOW).problems
    assert (first.row, first.kind) == (1, ProblemKind.BAD_VALUE)


def test_a_height_beyond_every_number_is_a_bad_value_and_no_accident() -> None:
    body = b'[{"id": 1, "name": "A", "lat": 32.06, "lon": 120.62, "height": 1e308}]'
    parsed = read(body, "json")
    assert len(parsed.lots) == 1
    assert [(p.field, p.kind) for p in parsed.problems] == [("height", ProblemKind.BAD_VALUE)]


def a_workbook(number: str) -> bytes:
    """Two lots, the first of which has this number as its id."""
    book, out = Workbook(), io.BytesIO()
    for row in (["id", "name", "lat", "lon"], [4711, "A", 32.06, 120.62], ["2", "B", 32.06, 120.62]):
        book.active.append(row)
    book.save(out)
    changed = io.BytesIO()
    with zipfile.ZipFile(out) as sound, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as other:
        for name in sound.namelist():
            other.writestr(name, sound.read(name).replace(b">4711<", f">{number}<".encode()))
    return changed.getvalue()


def test_a_cell_beyond_every_number_is_no_id() -> None:
    for number in ("1e999", "1" * 300, "1e22"):
        assert [lot.external_id for lot in read(a_workbook(number), "xlsx").lots] == ["2"]
    with pytest.raises(FeedBroken):
        read(a_workbook("1" * 5_000), "xlsx")


@pytest.mark.parametrize("blank", [b"\n", b",,,\n", b'""\n'])
def test_a_file_of_blank_rows_is_refused(monkeypatch, blank: bytes) -> None:
    monkeypatch.setattr(sheets, "MOST_BLANK_ROWS", 100)
    good = b"id,name,lat,lon\n1,A,32.06,120.62\n"
    assert len(read(good + blank * 100 + b"2,B,32.06,120.62\n", "csv").lots) == 2
    with pytest.raises(FeedBroken, match="more than 100 blank rows") as caught:
        read(good + blank * 101, "csv")
    assert caught.value.reason is B.TOO_LARGE


def test_rows_past_the_most_that_are_read_are_not_even_walked(monkeypatch) -> None:
    monkeypatch.setattr("integrations.sources.mapped.protocol.MAX_RECORDS", 2)
    lines = b"".join(b"%d,A,32.06,120.62\n" % n for n in range(3))
    # Whoever walked on would meet a quote that never ends.
    parsed = read(b"id,name,lat,lon\n" + lines + b'"', "csv")
    assert [lot.external_id for lot in parsed.lots] == ["0", "1"]
    assert [(p.row, p.kind, p.detail) for p in parsed.problems] == [
        (4, ProblemKind.TOO_LARGE, "more than 2 records")
    ]
