"""Does every adapter of the registry take what is good and name what is not, whatever it is sent?"""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.registry import SOURCE_ADAPTERS
from integrations.sources.datex2 import protocol as datex2
from integrations.sources.parkapi_v1 import protocol as parkapi_v1
from integrations.sources.plain import protocol as plain
from parking.boundary.feeds import BreakReason, FeedBroken, ParseContext, Parsed, ProblemKind
from parking.kernel.vocabulary import SpaceClass
from tests.adapters.dialects import DIALECTS, Dialect, row

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "data" / "feeds"
NOW = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
ROWS = [row(number) for number in range(1, 6)]
B, P = BreakReason, ProblemKind

every_dialect = pytest.mark.parametrize(("adapter", "dialect"), DIALECTS, ids=str)


def parse(adapter: str, document: str | bytes, *, now: datetime = NOW, crs: str = "wgs84") -> Parsed:
    body = document.encode() if isinstance(document, str) else document
    return SOURCE_ADAPTERS[adapter].parse(body, ParseContext(now, crs=crs))


def broken(adapter: str, document: str | bytes) -> BreakReason:
    with pytest.raises(FeedBroken) as caught:
        parse(adapter, document)
    return caught.value.reason


def kinds(parsed: Parsed) -> list[ProblemKind]:
    return [problem.kind for problem in parsed.problems]


@pytest.mark.parametrize(
    "file", sorted(RECORDED.glob("*/*")), ids=lambda file: f"{file.parent.name}/{file.name}"
)
def test_a_recorded_document_is_read_without_a_problem(file: Path) -> None:
    crs = re.search(r"epsg(\d+)", file.name)
    parsed = parse(file.parent.name, file.read_bytes(), crs=f"EPSG:{crs[1]}" if crs else "wgs84")
    assert parsed.problems == ()
    ids = {entry.external_id for entry in (*parsed.lots, *parsed.counts)}
    assert {"Q001", "Q002", "Q003"} <= ids
    for lot in parsed.lots:
        assert (round(lot.lat, 2), round(lot.lon, 2)) in {
            (32.06, 120.62),
            (32.06, 120.64),
            (32.07, 120.61),
            (32.09, 120.62),
        }


@every_dialect
def test_good_documents_say_the_same_in_every_dialect(adapter: str, dialect: Dialect) -> None:
    lots = parse(adapter, dialect.lots(ROWS)).lots
    assert [(x.external_id, x.name, x.lat, x.lon, dict(x.spaces)) for x in lots] == [
        (r["id"], r["name"], r["lat"], r["lon"], {SpaceClass.GENERAL: r["total"]}) for r in ROWS
    ]
    counts = parse(adapter, dialect.counts(ROWS)).counts
    assert [(x.external_id, x.space_class, x.free, x.as_of) for x in counts] == [
        (r["id"], SpaceClass.GENERAL, r["free"], NOW - timedelta(seconds=19)) for r in ROWS
    ]


@every_dialect
def test_free_spaces_are_never_read_as_occupied(adapter: str, dialect: Dialect) -> None:
    (read,) = parse(adapter, dialect.counts([row(1, total=100, free=3)])).counts
    assert (read.free, read.occupied) == (3, None)


@every_dialect
def test_a_document_without_a_lot_is_empty_and_no_error(adapter: str, dialect: Dialect) -> None:
    assert parse(adapter, dialect.lots([])) == Parsed()
    assert parse(adapter, dialect.counts([])) == Parsed()


@every_dialect
@pytest.mark.parametrize("nothing", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_an_answer_without_a_word_is_broken_and_gives_nothing(
    adapter: str, dialect: Dialect, nothing: bytes
) -> None:
    assert broken(adapter, nothing) is B.EMPTY


BAD_LOTS: list[tuple[dict[str, Any], ProblemKind]] = [
    ({"id": None}, P.MISSING_FIELD),
    ({"id": "  "}, P.MISSING_FIELD),
    ({"id": "x" * 201}, P.TOO_LARGE),
    ({"name": None}, P.MISSING_FIELD),
    ({"name": "停" * 301}, P.TOO_LARGE),
    ({"name": "名\ue000字"}, P.BAD_VALUE),
    ({"lat": None}, P.MISSING_FIELD),
    ({"lon": "east"}, P.BAD_VALUE),
    ({"lat": 0, "lon": 0}, P.PLACEHOLDER),
    ({"lat": 120.6, "lon": 32.05}, P.OUT_OF_RANGE),
    ({"lat": 480}, P.OUT_OF_RANGE),
    ({"lon": -181}, P.OUT_OF_RANGE),
    ({"lat": "NaN"}, P.BAD_VALUE),
    ({"lat": "1e999"}, P.BAD_VALUE),
]
# What a feed says of the total is required only where the format requires it.
BAD_TOTALS: list[tuple[dict[str, Any], ProblemKind]] = [
    ({"total": -1}, P.NEGATIVE),
    ({"total": 100_001}, P.TOO_LARGE),
    ({"total": 10**30}, P.TOO_LARGE),
    ({"total": "many"}, P.BAD_VALUE),
    ({"total": 12.5}, P.BAD_VALUE),
]
BAD_COUNTS: list[tuple[dict[str, Any], ProblemKind]] = [
    ({"id": None}, P.MISSING_FIELD),
    ({"free": -3}, P.NEGATIVE),
    ({"free": 1_000_000}, P.TOO_LARGE),
    ({"free": "---"}, P.BAD_VALUE),
    ({"free": 3.7}, P.BAD_VALUE),
    ({"free": "Infinity"}, P.BAD_VALUE),
    # No double holds it, and the reader of JSON refuses the whole document.
    ({"free": 10**400}, P.BAD_VALUE),
    ({"free": None}, P.NO_COUNT),
]
BAD_TIMES: list[tuple[dict[str, Any], ProblemKind]] = [
    ({"as_of": None}, P.MISSING_FIELD),
    ({"as_of": "soon"}, P.BAD_VALUE),
    ({"as_of": "21.11.2026 08:30"}, P.BAD_VALUE),
    ({"as_of": "2026-13-21T08:30:00Z"}, P.BAD_VALUE),
    ({"as_of": "1764000000000"}, P.BAD_VALUE),
    ({"as_of": "1970-01-01T00:00:00Z"}, P.OUT_OF_RANGE),
    ({"as_of": "2026-11-21T08:30:00Z"}, P.FUTURE_TIME),
    ({"as_of": "9999-12-31T23:59:59Z"}, P.FUTURE_TIME),
]


def told(fault: tuple[dict[str, Any], ProblemKind]) -> str:
    return " ".join(f"{key}={str(value)[:12]!r}" for key, value in fault[0].items())


@every_dialect
@pytest.mark.parametrize("fault", BAD_LOTS, ids=told)
def test_a_bad_lot_is_named_and_the_others_are_taken(
    adapter: str, dialect: Dialect, fault: tuple[dict[str, Any], ProblemKind]
) -> None:
    values, kind = fault
    parsed = parse(adapter, dialect.lots([ROWS[0], row(9, **values), ROWS[1]]))
    assert [lot.external_id for lot in parsed.lots] == ["Q001", "Q002"]
    assert set(kinds(parsed)) == {kind}
    assert {problem.record for problem in parsed.problems} <= {"Q009", "#2"}
    assert all(len(problem.detail) < 120 for problem in parsed.problems)


@pytest.mark.parametrize(("adapter", "dialect"), [d for d in DIALECTS if d[0] != "plain"], ids=str)
@pytest.mark.parametrize("fault", BAD_TOTALS, ids=told)
def test_a_bad_total_is_named_and_the_other_lots_are_taken(
    adapter: str, dialect: Dialect, fault: tuple[dict[str, Any], ProblemKind]
) -> None:
    values, kind = fault
    parsed = parse(adapter, dialect.lots([ROWS[0], row(9, **values), ROWS[1]]))
    assert [lot.external_id for lot in parsed.lots] == ["Q001", "Q002"]
    assert set(kinds(parsed)) == {kind}


@every_dialect
@pytest.mark.parametrize("fault", BAD_COUNTS, ids=told)
def test_a_bad_count_is_named_and_the_others_are_taken(
    adapter: str, dialect: Dialect, fault: tuple[dict[str, Any], ProblemKind]
) -> None:
    values, kind = fault
    parsed = parse(adapter, dialect.counts([ROWS[0], row(9, **values), ROWS[1]]))
    assert [count.external_id for count in parsed.counts] == ["Q001", "Q002"]
    assert kinds(parsed) == [kind]


@every_dialect
@pytest.mark.parametrize("fault", BAD_TIMES, ids=told)
def test_a_bad_time_gives_no_count(
    adapter: str, dialect: Dialect, fault: tuple[dict[str, Any], ProblemKind]
) -> None:
    values, kind = fault
    bad = row(9, **values)
    parsed = parse(adapter, dialect.counts([bad, ROWS[0]] if dialect.own_times else [bad]))
    assert [count.external_id for count in parsed.counts] == (["Q001"] if dialect.own_times else [])
    assert kinds(parsed) == [kind]


@every_dialect
def test_a_clock_that_runs_a_little_ahead_is_borne(adapter: str, dialect: Dialect) -> None:
    ahead = NOW + timedelta(minutes=4)
    parsed = parse(adapter, dialect.counts([row(1, as_of=ahead.strftime("%Y-%m-%dT%H:%M:%SZ"))]))
    assert [count.as_of for count in parsed.counts] == [ahead]


@every_dialect
def test_a_repeated_lot_is_reported_and_the_first_is_kept(adapter: str, dialect: Dialect) -> None:
    parsed = parse(adapter, dialect.lots([row(1, name="先"), ROWS[1], row(1, name="后")]))
    assert [lot.name for lot in parsed.lots] == ["先", ROWS[1]["name"]]
    assert set(kinds(parsed)) == {P.REPEATED}


@every_dialect
@pytest.mark.parametrize(("again", "taken"), [(7, ["Q001", "Q002"]), (70, ["Q002"])])
def test_a_repeated_count_is_reported_and_taken_only_where_both_agree(
    adapter: str, dialect: Dialect, again: int, taken: list[str]
) -> None:
    counted = parse(adapter, dialect.counts([row(1, free=7), row(2, free=5), row(1, free=again)]))
    assert [count.external_id for count in counted.counts] == taken
    assert set(kinds(counted)) == {P.REPEATED}


@every_dialect
def test_the_order_of_records_changes_nothing(adapter: str, dialect: Dialect) -> None:
    moments = [f"2026-11-21T00:{minute:02}:00Z" for minute in (29, 3, 17, 11, 5)]
    rows = [row(n, as_of=moments[n - 1] if dialect.own_times else moments[0]) for n in range(1, 6)]
    for build in (dialect.lots, dialect.counts):
        forward, backward = parse(adapter, build(rows)), parse(adapter, build(rows[::-1]))
        assert sorted(forward.lots, key=str) == sorted(backward.lots, key=str)
        assert sorted(forward.counts, key=str) == sorted(backward.counts, key=str)


@every_dialect
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


@pytest.mark.parametrize(("adapter", "dialect"), DIALECTS[:2], ids=str)
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
@pytest.mark.parametrize(
    ("lat", "lon"),
    [(32.06, 120.62), (-33.87, 151.21), (64.15, -21.94), (1.29, 103.85), (-54.8, -68.3), (0, 9.45)],
)
def test_every_place_of_the_earth_is_accepted(adapter: str, dialect: Dialect, lat: float, lon: float) -> None:
    (lot,) = parse(adapter, dialect.lots([row(1, lat=lat, lon=lon)])).lots
    assert (lot.lat, lot.lon) == (lat, lon)


@every_dialect
def test_a_shifted_datum_of_the_source_is_undone_and_the_pair_is_kept(adapter: str, dialect: Dialect) -> None:
    (lot,) = parse(adapter, dialect.lots([row(1, lat=32.0599, lon=120.6263)]), crs="gcj02").lots
    assert (lot.source_datum, lot.source_lat, lot.source_lon) == ("gcj02", 32.0599, 120.6263)
    assert (round(lot.lat, 3), round(lot.lon, 3)) == (32.062, 120.622)


@every_dialect
def test_a_source_whose_coordinate_system_nobody_knows_is_a_clear_failure(
    adapter: str, dialect: Dialect
) -> None:
    for crs in ("EPSG:999999", "mars", "EPSG:25832; DROP", ""):
        with pytest.raises(FeedBroken, match="coordinate system"):
            parse(adapter, dialect.lots(ROWS), crs=crs)


@pytest.mark.parametrize("adapter", SOURCE_ADAPTERS)
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


@every_dialect
def test_a_flood_of_bad_records_leaves_a_bounded_list_of_problems(adapter: str, dialect: Dialect) -> None:
    parsed = parse(adapter, dialect.counts([row(n, free=-1) for n in range(5_000)]))
    assert len(parsed.problems) == 1001
    assert parsed.problems[-1].detail == "4000 more problems"


@every_dialect
def test_a_flood_of_records_is_cut_and_told(
    adapter: str, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (datex2, parkapi_v1, plain):
        monkeypatch.setattr(module, "MAX_RECORDS", 20)
    parsed = parse(adapter, dialect.counts([row(n) for n in range(23)]))
    assert len(parsed.counts) == 20
    assert [(p.kind, p.detail) for p in parsed.problems] == [(P.TOO_LARGE, "23 records, 20 read")]


def sane(parsed: Parsed) -> bool:
    """What everybody behind an adapter relies on."""
    for lot in parsed.lots:
        assert -90 <= lot.lat <= 90 and -180 <= lot.lon <= 180
        assert all(spaces >= 0 for spaces in lot.spaces.values())
        assert lot.max_height_cm is None or 100 <= lot.max_height_cm <= 1000
    for count in parsed.counts:
        assert count.as_of.utcoffset() == timedelta(0) and count.as_of <= NOW + timedelta(minutes=5)
        numbers = [n for n in (count.free, count.occupied, count.capacity) if n is not None]
        assert count.free is not None or count.occupied is not None
        assert all(0 <= n <= 100_000 for n in numbers)
    texts = [value for lot in parsed.lots for value in asdict(lot).values() if isinstance(value, str)]
    texts += [text for p in parsed.problems for text in (p.record, p.field or "", p.detail)]
    assert not any("\x00" in text for text in texts)
    ids = [lot.external_id for lot in parsed.lots]
    return len(ids) == len(set(ids))


def _damaged(body: bytes, at: float, cut: int, junk: bytes) -> bytes:
    start = int(at * len(body))
    return body[:start] + junk + body[start + cut :]


@every_dialect
@settings(max_examples=60)
@given(
    at=st.floats(0, 1, exclude_max=True),
    cut=st.integers(0, 40),
    junk=st.one_of(st.binary(max_size=20), st.text(max_size=10).map(lambda t: t.encode("utf-8", "ignore"))),
    which=st.booleans(),
)
def test_no_damage_brings_an_adapter_down(
    adapter: str, dialect: Dialect, at: float, cut: int, junk: bytes, which: bool
) -> None:
    build: Callable[..., str] = dialect.lots if which else dialect.counts
    try:
        parsed = parse(adapter, _damaged(build(ROWS[:2]).encode(), at, cut, junk))
    except FeedBroken:
        return
    assert sane(parsed)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["general", "many"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in [(value, key), *_places(value[key])]]


@pytest.mark.parametrize(("adapter", "dialect"), DIALECTS[2:], ids=str)
@settings(max_examples=100)
@given(data=st.data())
def test_no_value_in_any_place_brings_an_adapter_down(
    adapter: str, dialect: Dialect, data: st.DataObject
) -> None:
    document = json.loads(data.draw(st.sampled_from([dialect.lots, dialect.counts]))(ROWS[:2]))
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(_places(document)))
        container[key] = data.draw(_JSON)
    try:
        parsed = parse(adapter, json.dumps(document))
    except FeedBroken:
        return
    assert sane(parsed)


class TestTheRegistry:
    def test_every_adapter_stands_under_its_own_name(self) -> None:
        assert {name: adapter.manifest.name for name, adapter in SOURCE_ADAPTERS.items()} == {
            name: name for name in ("datex2", "parkapi_v1", "plain")
        }

    @pytest.mark.parametrize(
        "folder", sorted((ROOT / "integrations" / "sources").glob("[a-z]*/")), ids=lambda f: f.name
    )
    def test_every_folder_is_registered_and_has_its_papers(self, folder: Path) -> None:
        adapter = SOURCE_ADAPTERS[folder.name]
        assert all(asdict(adapter.manifest).values())
        assert {"__init__.py", "manifest.py", "protocol.py", "README.md"} <= {
            file.name for file in folder.iterdir()
        }
        assert re.search(r"^\|.*\| *our field *\|", (folder / "README.md").read_text(), flags=re.M)
        assert list((RECORDED / folder.name).iterdir())

    def test_every_dialect_of_the_suite_covers_an_adapter_and_none_is_left_out(self) -> None:
        assert {name for name, _ in DIALECTS} == set(SOURCE_ADAPTERS)
