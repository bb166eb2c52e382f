"""Does a mapping read what the other adapters cannot, and is what would harm us refused with its reason?"""

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from openpyxl import Workbook

from integrations.sources.mapped.protocol import parse, read_preview, snapshots
from parking.boundary.feeds import BreakReason, FeedBroken, ParseContext, Parsed, ProblemKind
from parking.kernel.vocabulary import SpaceClass
from tests.adapters.dialects import MAPPINGS, NOW

B = BreakReason


def mapping(form: str, *, document: str = "", counts: str = "") -> str:
    """A mapping of lots in a sheet, with what a test says more of it."""
    lots = '[lots]\nid = "id"\nname = "name"\nlat = "lat"\nlon = "lon"\nspaces = "total"\n'
    return f'version = 1\n[document]\nformat = "{form}"\n{document}\n{lots}{counts}'


def broken(body: bytes, text: str) -> tuple[BreakReason, str]:
    with pytest.raises(FeedBroken) as caught:
        parse(body, ParseContext(NOW, mapping=text))
    return caught.value.reason, caught.value.detail


def read(body: bytes | str, text: str) -> Parsed:
    return read_preview(body if isinstance(body, bytes) else body.encode(), text, NOW)


def workbook(*sheets: tuple[str, list[list[object]]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


ROWS: list[list[object]] = [
    ["Car parks of the town"],
    ["id", "name", "lat", "lon", "total"],
    [3, "Klinik", 32.06, 120.62, 637],
    [7.0, 1866, "32.07", 120.63, 12.5],
]


class TestSheets:
    def test_a_workbook_is_read_and_a_wrong_cell_is_named_by_its_row(self) -> None:
        body = workbook(("About", [["nothing"]]), ("Lots", ROWS))
        parsed = read(body, mapping("xlsx", document='sheet = "Lots"\nheader = 2'))
        assert [(lot.external_id, lot.name, dict(lot.spaces)) for lot in parsed.lots] == [
            ("3", "Klinik", {SpaceClass.GENERAL: 637})
        ]
        [problem] = parsed.problems
        assert (problem.record, problem.row, problem.field, problem.kind) == (
            "7", 4, "total", ProblemKind.BAD_VALUE,
        )  # fmt: skip
        assert broken(body, mapping("xlsx", document='sheet = "Other"')) == (
            B.UNKNOWN_DOCUMENT,
            "no sheet Other",
        )
        assert broken(body, mapping("xlsx")) == (B.UNKNOWN_DOCUMENT, "no column id")

    def test_a_line_with_too_many_cells_is_not_read_into_other_fields(self) -> None:
        parsed = read("id,name,lat,lon,total\n1,A,B,32.1,120.6,5\n2,C,32.1,120.6,5,,\n", mapping("csv"))
        assert [lot.external_id for lot in parsed.lots] == ["2"]
        assert [(p.record, p.detail) for p in parsed.problems] == [("#2", "6 cells, 5 columns")]

    def test_columns_without_names_and_names_told_twice_can_be_read(self) -> None:
        by_position = mapping("csv", document="header = 0")
        for position, name in enumerate(("id", "name", "lat", "lon", "total"), 1):
            by_position = by_position.replace(f'= "{name}"', f'= "{position}"')
        assert read("1,A,32.1,120.6,5\n", by_position).lots[0].name == "A"
        twice = mapping("csv").replace('spaces = "total"', 'spaces = "total (2)"')
        assert dict(read("id,name,lat,lon,total,total\n1,A,32.1,120.6,5,6\n", twice).lots[0].spaces) == {
            SpaceClass.GENERAL: 6
        }

    def test_a_packed_file_is_unpacked_within_bounds(self) -> None:
        packed = mapping("csv", document='packed = "gzip"')
        body = b"id,name,lat,lon,total\n1,A,32.1,120.6,5\n"
        assert len(read(gzip.compress(body), packed).lots) == 1
        assert broken(gzip.compress(body)[:-9], packed)[0] is B.WRONG_ENCODING
        assert broken(gzip.compress(b"\n" * 30_000_000), packed)[0] is B.TOO_LARGE


def zip_bomb() -> bytes:
    """A workbook of which one part unpacks to a thousand times its size."""
    out = io.BytesIO()
    sound = zipfile.ZipFile(io.BytesIO(workbook(("Lots", ROWS))))
    with sound, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        for name in sound.namelist():
            bomb.writestr(name, sound.read(name))
        bomb.writestr("xl/worksheets/sheet2.xml", b" " * 30_000_000)
    return out.getvalue()


WIDE = b",".join(b"c%d" % n for n in range(100_000))
ENTITY = b'<?xml version="1.0"?><!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/passwd">]><City><Lots>&x;</Lots></City>'


@pytest.mark.parametrize(
    ("body", "text", "reason"),
    [
        (b'{"data": {"park": ' + b"[" * 10_000 + b"]" * 10_000 + b"}}", MAPPINGS["json"], B.TOO_LARGE),
        (ENTITY, MAPPINGS["xml"], B.NOT_XML),
        (b"<a>" * 10_000 + b"</a>" * 10_000, MAPPINGS["xml"], B.TOO_LARGE),
        (b"<City " + b" ".join(b'a%d="1"' % n for n in range(201)) + b"/>", MAPPINGS["xml"], B.TOO_LARGE),
        (WIDE + b"\n", MAPPINGS["csv"], B.TOO_LARGE),
        (b"id,name\n" + WIDE + b"\n", MAPPINGS["csv"], B.TOO_LARGE),
        (b'id,name\n"' + b"x" * 200_000, MAPPINGS["csv"], B.NOT_CSV),
        (zip_bomb(), mapping("xlsx"), B.TOO_LARGE),
        (b"PK\x03\x04 and no workbook", mapping("xlsx"), B.NOT_WORKBOOK),
        (b"", mapping("xlsx"), B.EMPTY),
    ],
    # Not made of the bodies: a workbook carries the second in which it was packed.
    ids=(
        "deep json",
        "entity",
        "deep xml",
        "many attributes",
        "wide header",
        "wide row",
        "open quote",
        "zip bomb",
        "no workbook",
        "empty",
    ),
)
def test_what_would_harm_us_is_refused_with_its_reason(body: bytes, text: str, reason: BreakReason) -> None:
    assert broken(body, text)[0] is reason


class TestTheMapping:
    def test_a_mapping_that_is_wrong_or_missing_breaks_the_feed_and_names_the_line(self) -> None:
        assert broken(b"[]", mapping("csv").replace('name = "name"', "")) == (
            B.MAPPING_WRONG, "line 5: lots missing_key",
        )  # fmt: skip
        assert broken(b"[]", "preset:nothing of this name")[0] is B.MAPPING_WRONG
        with pytest.raises(FeedBroken, match="there is no mapping"):
            parse(b"[]", ParseContext(NOW))

    def test_two_documents_are_read_each_by_its_pull_and_never_guessed(self) -> None:
        counts = (
            '[counts]\ndocument = { format = "json" }\nrecords = "*"\nid = "id"\ntime = { received = true }\n'
        )
        both = mapping("csv", counts=counts + '[[counts.counters]]\nfree = "free"\n')
        live = parse(b'[{"id": 1, "free": 4}]', ParseContext(NOW, mapping=both, wants_lots=False))
        assert [(count.external_id, count.free, count.as_of) for count in live.counts] == [("1", 4, NOW)]
        static = b"id,name,lat,lon,total\n1,A,32.1,120.6,5\n"
        assert len(parse(static, ParseContext(NOW, mapping=both, wants_counts=False)).lots) == 1
        assert broken(static, both) == (B.UNKNOWN_DOCUMENT, "lots and counts come in two documents")

    def test_a_lot_without_a_place_is_a_candidate_and_never_at_zero(self) -> None:
        parsed = read("id,name,lat,lon,total\n1,A,,,5\n2,B,0,0,5\n", mapping("csv"))
        assert parsed.lots == ()
        assert [(lot.external_id, dict(lot.spaces)) for lot in parsed.candidates] == [
            ("1", {SpaceClass.GENERAL: 5})
        ]
        assert [p.kind for p in parsed.problems] == [ProblemKind.NO_PLACE, ProblemKind.PLACEHOLDER]


SNAPSHOTS = """version = 1
[document]
format = "csv"
[lots]
id = "id"
name = "name"
snapshot = "seen"
[counts]
id = "id"
time = "at"
snapshot = "seen"
[[counts.counters]]
free = "free"
"""
HISTORY = """seen,id,name,free,at
1,P1,Old,10,2026-11-20T08:00:00+08:00
1,P2,Two,5,2026-11-20T08:00:00+08:00
1,P2,Two,6,2026-11-20T08:00:00+08:00
2,P1,New,-4,2026-11-20T09:00:00+08:00
2,P2,Two,7,2026-11-20T07:00:00+08:00
3,P1,New,12,2026-11-20T10:00:00+08:00
"""


UNKNOWN_WORDS = """version = 1
unknown = ["-1", 999]
[document]
format = "json"
[counts]
records = "*"
id = "id"
time = { received = true }
where = [{ path = "state", is = [1] }]
[[counts.counters]]
free = "free"
"""


def test_a_word_that_means_unknown_is_found_as_a_number_and_as_a_text() -> None:
    told = [(-1, 1), ("-1", "1"), ("999", 1), (999.0, 1), (5, "1"), (6, 2), ([-1], 1), (None, 1)]
    lots = [{"id": position, "free": free, "state": state} for position, (free, state) in enumerate(told)]
    parsed = read(json.dumps(lots), UNKNOWN_WORDS)
    assert [count.free for count in parsed.counts] == [5]
    assert parsed.told_unknown == 4
    assert [(p.row, p.kind) for p in parsed.problems] == [
        (7, ProblemKind.BAD_VALUE),
        (8, ProblemKind.NO_COUNT),
    ]


def test_a_record_that_the_mapping_passes_over_is_none_of_those_that_it_reads() -> None:
    counters = (
        '[[counts.counters]]\nclass = { path = "class", map = { C = "general", L = "" } }\nfree = "free"\n'
    )
    text = 'version = 1\n[document]\nformat = "csv"\n[counts]\nid = "id"\ntime = { received = true }\n'
    text += 'where = [{ path = "state", is = ["open"] }]\n' + counters
    text += 'where = [{ path = "free", not = ["closed"] }]\n'
    rows = ["id,state,class,free", *["P1,shut,C,sixty"] * 9, "P2,open,L,sixty", "P3,open,C,closed"]
    parsed = read("\n".join([*rows, "P4,open,C,sixty", "P5,open,C,7", ",open,L,7"]), text)
    assert (parsed.records, parsed.faulty) == (3, 2)
    assert [(p.row, p.record) for p in parsed.problems] == [(13, "P4"), (15, "#15")]


class TestSnapshots:
    def test_a_live_pull_takes_the_newest_number_of_each_counter(self) -> None:
        parsed = read(HISTORY, SNAPSHOTS)
        assert {count.external_id: count.free for count in parsed.counts} == {"P1": 12, "P2": 7}
        assert {lot.external_id: lot.name for lot in parsed.candidates} == {"P1": "New", "P2": "Two"}
        assert [(p.row, p.kind) for p in parsed.problems if p.kind is not ProblemKind.NO_PLACE] == [
            (4, ProblemKind.REPEATED), (4, ProblemKind.REPEATED), (5, ProblemKind.NEGATIVE),
        ]  # fmt: skip

    def test_a_replay_gets_one_snapshot_after_the_other(self) -> None:
        context = ParseContext(NOW, mapping=SNAPSHOTS)
        told = [
            (label, [count.free for count in parsed.counts], len(parsed.problems))
            for label, parsed in snapshots(HISTORY.encode(), context)
        ]
        assert told == [("1", [10], 1), ("2", [7], 1), ("3", [12], 0)]


@pytest.mark.parametrize(
    ("value", "form", "as_of"),
    [
        (1764000000, "epoch_s", datetime(2025, 11, 24, 16, tzinfo=UTC)),
        ("1764000000000", "epoch_ms", datetime(2025, 11, 24, 16, tzinfo=UTC)),
        (
            "Mon, 15 Jul 2019 21:12:00 +0200",
            "%a, %d %b %Y %H:%M:%S %z",
            datetime(2019, 7, 15, 19, 12, tzinfo=UTC),
        ),
        ("Tue Dec 30 00:00:00 CST 2025", "%a %b %d %H:%M:%S CST %Y", datetime(2025, 12, 29, 16, tzinfo=UTC)),
        # NOW is half past eight in the morning there.
        ("08:15", "%H:%M", NOW - timedelta(minutes=15)),
        ("23:50", "%H:%M", datetime(2026, 11, 20, 15, 50, tzinfo=UTC)),
        ("1e400", "epoch_s", ProblemKind.BAD_VALUE),
        (True, "epoch_s", ProblemKind.BAD_VALUE),
        ("31.02.2026 10:00", "%d.%m.%Y %H:%M", ProblemKind.BAD_VALUE),
        ("21.11.2026 23:00", "%d.%m.%Y %H:%M", ProblemKind.FUTURE_TIME),
    ],
)
def test_a_time_is_read_by_its_format_or_is_a_problem(
    value: object, form: str, as_of: datetime | ProblemKind
) -> None:
    text = (
        'version = 1\ntime_zone = "Asia/Shanghai"\n[document]\nformat = "json"\n[counts]\nrecords = "*"\n'
        f'id = "id"\ntime = {{ path = "at", format = "{form}" }}\n[[counts.counters]]\nfree = "free"\n'
    )
    now = datetime(2026, 11, 21, 14, tzinfo=UTC) if as_of is ProblemKind.FUTURE_TIME else NOW
    parsed = read_preview(json.dumps([{"id": "P1", "free": 3, "at": value}]).encode(), text, now)
    assert [*(c.as_of for c in parsed.counts), *(p.kind for p in parsed.problems)] == [as_of]
