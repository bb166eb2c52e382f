"""Is what is no document of its kind a clear failure for every adapter, and too much of it bounded?"""

import re

import pytest

from integrations.sources.datex2 import protocol as datex2
from integrations.sources.mapped import protocol as mapped
from integrations.sources.parkapi_v1 import protocol as parkapi_v1
from integrations.sources.plain import protocol as plain
from parking.boundary.feeds import BreakReason, FeedBroken, ProblemKind
from tests.adapters.dialects import ADAPTERS, DIALECTS, ROWS, Dialect, every_dialect, parse, row

B = BreakReason


def broken(adapter: str, document: str | bytes) -> BreakReason:
    with pytest.raises(FeedBroken) as caught:
        parse(adapter, document)
    return caught.value.reason


@every_dialect
@pytest.mark.parametrize("nothing", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_an_answer_without_a_word_is_broken_and_gives_nothing(
    adapter: str, dialect: Dialect, nothing: bytes
) -> None:
    assert broken(adapter, nothing) is B.EMPTY


# A line less is a good CSV file too.
@pytest.mark.parametrize(("adapter", "dialect"), [d for d in DIALECTS if d[1].ends_visibly], ids=str)
def test_a_document_that_breaks_off_anywhere_gives_nothing(adapter: str, dialect: Dialect) -> None:
    for build in (dialect.lots, dialect.counts):
        whole = build(ROWS[:2]).encode()
        for end in range(1, len(whole) - 1, 7):
            assert broken(adapter, whole[:end]) in (B.NOT_XML, B.NOT_JSON, B.WRONG_ENCODING)


HTML = b"<!DOCTYPE html><html><head><title>502</title></head><body><p>Bad gateway<br></body></html>"


XHTML = b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'


OF_ANOTHER_TYPE: list[tuple[str, bytes, BreakReason]] = [
    ("datex2", b'{"lots": []}', B.NOT_XML),
    ("datex2", b"[]", B.NOT_XML),
    ("datex2", HTML, B.NOT_XML),
    ("datex2", b"lots;free\n1;2", B.NOT_XML),
    ("datex2", b'{"parking": "1", "lots": []}', B.NOT_XML),
    ("datex2", b"\x1f\x8b\x08\x00\x00\x00", B.NOT_XML),
    ("datex2", XHTML, B.UNKNOWN_DOCUMENT),
    ("datex2", b'<d2LogicalModel xmlns="http://datex2.eu/schema/3/d2Payload"/>', B.UNKNOWN_DOCUMENT),
    *(
        (adapter, body, B.NOT_JSON)
        for adapter in ("parkapi_v1", "plain")
        for body in (HTML, XHTML, b"lots;free", b"{")
    ),
    *((adapter, b"\x1f\x8b\x08\x00\x00\x00", B.WRONG_ENCODING) for adapter in ("parkapi_v1", "plain")),
    *(
        (adapter, body, B.UNKNOWN_DOCUMENT)
        for adapter in ("parkapi_v1", "plain")
        for body in (b"[]", b"null", b"1", b'"lots"', b"{}", b'{"lots": {}}', b'{"lots": null}')
    ),
    *(("mapped:json", body, B.NOT_JSON) for body in (HTML, XHTML, b"lots;free", b"{")),
    *(
        ("mapped:json", body, B.UNKNOWN_DOCUMENT)
        for body in (b"[]", b"null", b"1", b"{}", b'{"data": {"park": 1}}')
    ),
    *(("mapped:xml", body, B.NOT_XML) for body in (HTML, b"[]", b"lots;free")),
    ("mapped:xml", XHTML, B.UNKNOWN_DOCUMENT),
    *(("mapped:csv", body, B.UNKNOWN_DOCUMENT) for body in (b"[]", XHTML, b"lots;free\n1;2")),
    # Its quotes end in the middle of a cell.
    ("mapped:csv", b'id,name\n"1"x,2\n', B.NOT_CSV),
    ("plain", b'{"lots": []}', B.UNKNOWN_DOCUMENT),
    ("plain", b'{"parking": "2", "lots": []}', B.UNKNOWN_DOCUMENT),
]


@pytest.mark.parametrize(("adapter", "body", "reason"), OF_ANOTHER_TYPE)
def test_peer_fault_10_a_document_of_another_type_is_a_clear_failure(
    adapter: str, body: bytes, reason: BreakReason
) -> None:
    assert broken(adapter, body) is reason


@every_dialect
def test_a_document_in_the_wrong_encoding_is_a_clear_failure(adapter: str, dialect: Dialect) -> None:
    rows = [row(1, name="Österreichischer Platz, 南门停车场和东门停车场")]
    document = re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), dialect.lots(rows))
    assert parse(adapter, document).lots[0].name == rows[0]["name"]
    assert broken(adapter, document.encode("gb18030")) is B.WRONG_ENCODING
    assert broken(adapter, document.replace("停车场", "").encode("latin-1", "replace")) is B.WRONG_ENCODING


@pytest.mark.parametrize(
    ("adapter", "dialect"), [d for d in DIALECTS if d[0] in ("datex2", "mapped:xml")], ids=str
)
@pytest.mark.parametrize(
    "encoding", ["UTF-8", "UTF-16", "UTF-16LE", "GB18030", "GBK", "GB2312", "ISO-8859-1", "windows-1252"]
)
def test_an_encoding_that_xml_declares_is_kept(adapter: str, dialect: Dialect, encoding: str) -> None:
    name = "Österreich" if "8859" in encoding or "windows" in encoding else "南门停车场"
    document = dialect.lots([row(1, name=name)]).replace('"UTF-8"', f'"{encoding}"')
    assert [lot.name for lot in parse(adapter, document.encode(encoding)).lots] == [name]


@every_dialect
def test_a_byte_order_mark_is_borne(adapter: str, dialect: Dialect) -> None:
    document = dialect.lots(ROWS)
    for encoding in ("utf-8-sig", "utf-16"):
        marked = document.replace('"UTF-8"', f'"{encoding.removesuffix("-sig").upper()}"')
        assert len(parse(adapter, marked.encode(encoding)).lots) == len(ROWS)


@every_dialect
def test_a_source_whose_coordinate_system_nobody_knows_is_a_clear_failure(
    adapter: str, dialect: Dialect
) -> None:
    for crs in ("EPSG:999999", "mars", "EPSG:25832; DROP", ""):
        with pytest.raises(FeedBroken, match="coordinate system"):
            parse(adapter, dialect.lots(ROWS), crs=crs)


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize(
    "bomb",
    [
        b"[" * 500_000,
        b'{"parking": "1", "lots": ' + b"[" * 100_000,
        b'{"lots":' * 100_000,
        b"<a>" * 200_000,
        b'<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><d2LogicalModel>&b;</d2LogicalModel>',
        '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'.encode(
            "utf-16"
        ),
        b"<d2LogicalModel " + b" ".join(b'a%d="1"' % n for n in range(100_000)) + b"/>",
    ],
    ids=lambda bomb: repr(bomb[:20]),
)
def test_a_bomb_is_refused(adapter: str, bomb: bytes) -> None:
    assert broken(adapter, bomb) in B


@pytest.mark.parametrize(
    ("adapter", "body"),
    [
        ("plain", b"[" * 10_000 + b"]" * 10_000),
        ("plain", '{"停车场":'.encode("utf-16") + '{"":'.encode("utf-16-le") * 10_000),
        ("datex2", b"<a>" * 5_000 + b"</a>" * 5_000),
    ],
    ids=["JSON", "wide JSON", "XML"],
)
def test_what_is_nested_too_deeply_is_told_so(adapter: str, body: bytes) -> None:
    with pytest.raises(FeedBroken) as refused:
        parse(adapter, body)
    assert (refused.value.reason, refused.value.detail) == (B.TOO_LARGE, "nested too deeply")


@every_dialect
def test_a_flood_of_bad_records_leaves_a_bounded_list_of_problems(adapter: str, dialect: Dialect) -> None:
    parsed = parse(adapter, dialect.counts([row(n, free=-1) for n in range(5_000)]))
    assert len(parsed.problems) == 1000
    assert parsed.problem_counts == {ProblemKind.NEGATIVE: 5000}
    assert parsed.faulty == 5000


@every_dialect
def test_a_flood_of_records_is_cut_and_told(
    adapter: str, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (datex2, mapped, parkapi_v1, plain):
        monkeypatch.setattr(module, "MAX_RECORDS", 20)
    parsed = parse(adapter, dialect.counts([row(n) for n in range(23)]))
    assert len(parsed.counts) == 20
    # A mapped one does not count what it does not read.
    told = "more than 20 records" if adapter.startswith("mapped") else "23 records, 20 read"
    assert [(p.kind, p.detail) for p in parsed.problems] == [(ProblemKind.TOO_LARGE, told)]
