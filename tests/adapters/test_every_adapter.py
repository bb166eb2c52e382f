"""Does every adapter of the registry take what is good and name what is not, whatever it is sent?"""

import re
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.registry import SOURCE_ADAPTERS
from parking.boundary.feeds import Parsed, ProblemKind
from parking.kernel.vocabulary import SpaceClass
from tests.adapters.dialects import ADAPTERS, DIALECTS, NOW, ROWS, Dialect, every_dialect, parse, row

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "data" / "feeds"
MAPPED = ROOT / "tests" / "data" / "mappings"
P = ProblemKind


def kinds(parsed: Parsed) -> list[ProblemKind]:
    return [problem.kind for problem in parsed.problems]


@pytest.mark.parametrize(
    "file", sorted(RECORDED.glob("*/*")), ids=lambda file: f"{file.parent.name}/{file.name}"
)
def test_a_recorded_document_is_read_without_a_problem(file: Path) -> None:
    crs = re.search(r"epsg(\d+)", file.name)
    mapping = MAPPED / f"{file.stem}.toml"
    parsed = parse(
        file.parent.name,
        file.read_bytes(),
        crs=f"EPSG:{crs[1]}" if crs else "wgs84",
        mapping=mapping.read_text() if mapping.exists() else None,
    )
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
    # Of a sheet a row is called as people see it, the heading being the first.
    assert {problem.record for problem in parsed.problems} <= {
        "Q009",
        "#3" if adapter == "mapped:csv" else "#2",
    }
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


class TestTheRegistry:
    def test_every_adapter_stands_under_its_own_name(self) -> None:
        assert {name: adapter.manifest.name for name, adapter in SOURCE_ADAPTERS.items()} == {
            name: name for name in ("datex2", "mapped", "parkapi_v1", "plain")
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
        assert {name.partition(":")[0] for name in ADAPTERS} == set(SOURCE_ADAPTERS)
