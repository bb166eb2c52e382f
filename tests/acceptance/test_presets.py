"""Is every recorded feed read by configuration alone, and is what was left out known one by one?"""

import csv
import gzip
import json
import os
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from integrations.sources.mapped.presets import PRESETS
from integrations.sources.mapped.protocol import parse
from parking.boundary.feeds import BreakReason, FeedBroken, ParseContext, Parsed, ProblemKind
from parking.kernel.geo import distance_m, to_wgs84
from parking.kernel.vocabulary import Datum, SpaceClass
from tests.acceptance.preset_table import DOCUMENT, line_of

pytestmark = pytest.mark.real_data
P = ProblemKind
LOTS, COUNTS, BOTH = ("lots",), ("counts",), ("lots", "counts")
# Where feeds were recorded; of the archives of many days one stands for all, and the replay reads the others.
FEEDS = (
    "feeds/*.[cgjx]*", "sg/*availability*", "sg/hdb_carpark_information_20*", "hk/carparks*", "hk/*03-02*",
    "taiwan/taipei*", "eu/parkapi_v1_feeds/*", "eu/germany_archive/meta*", "eu/germany_archive/*06-18*",
    "eu/malaga/*", "eu/trimmed*/*", "shenzhen/*lot*",
)  # fmt: skip
NO_PRESET = {
    # The other adapters read these.
    "feeds/aachen-static.xml", "feeds/aachen-realtime.xml", "feeds/herrenberg.json",
    # The recorder's own list.
    "feeds/manifest.json",
    # The city alone, and HTML.
    "eu/parkapi_v1_feeds/frankfurt.static.geojson", "eu/parkapi_v1_feeds/hamburg.static.geojson",
    "eu/parkapi_v1_feeds/ingolstadt.html",
    # Told reading by reading below.
    "eu/germany_archive/2022-06-18.csv.gz",
}  # fmt: skip
LATER = "2026-11-21T12:00:00Z"
V1 = "eu/parkapi_v1_feeds"
LIVE = "eu/trimmed_live_captures_2026-10-05"

# Preset, file, what is asked, when it came: lots, candidates, counts, numbers told to be unknown, problems.
READ = [
    ("basel", "feeds/basel.json", BOTH, LATER, 16, 0, 16, 0, {P.MISSING_FIELD: 1}),
    ("freiburg", "feeds/freiburg.geojson", LOTS, LATER, 20, 0, 0, 0, {P.PLACEHOLDER: 1}),
    ("freiburg", "feeds/freiburg.json", COUNTS, LATER, 0, 0, 18, 0, {P.PLACEHOLDER: 1}),
    ("freiburg", f"{V1}/freiburg.json", COUNTS, LATER, 0, 0, 14, 0, {P.PLACEHOLDER: 1}),
    ("freiburg_2016", f"{V1}/freiburg.static.geojson", LOTS, LATER, 15, 0, 0, 0, {}),
    ("freiburg_layer", "feeds/freiburg.json", BOTH, LATER, 19, 0, 18, 0, {P.PLACEHOLDER: 2}),
    ("heilbronn_goldbeck", "feeds/heilbronn_goldbeck_facilities.json", LOTS, LATER, 33, 0, 0, 0, {}),
    (
        "heilbronn_goldbeck", "feeds/heilbronn_goldbeck_occupancies.json", COUNTS, LATER,
        0, 0, 9, 0, {P.NO_COUNT: 1},
    ),
    (
        "bielefeld", "feeds/bielefeld.csv", BOTH, LATER,
        853, 0, 20, 0, {P.UNPARSED_FEES: 544, P.UNPARSED_HOURS: 6},
    ),
    ("goldbeck", "feeds/goldbeck.xlsx", LOTS, LATER, 11, 0, 0, 0, {P.UNPARSED_FEES: 11}),
    ("opendata_swiss", "feeds/opendata_swiss.json", LOTS, LATER, 649, 0, 0, 0, {}),
    (
        "stuttgart", "feeds/stuttgart-static.xml", LOTS, LATER,
        48, 0, 0, 0, {P.PLACEHOLDER: 10, P.OUT_OF_RANGE: 1},
    ),
    ("stuttgart", "feeds/stuttgart-realtime.xml", COUNTS, LATER, 0, 0, 38, 0, {P.OUT_OF_RANGE: 2}),
    (
        "singapore_register", "sg/hdb_carpark_information_2019-07.csv", LOTS, LATER,
        2111, 0, 0, 0, {P.UNPARSED_FEES: 1537, P.UNPARSED_HOURS: 10},
    ),
    (
        "singapore_register", "sg/hdb_carpark_information_2025-07.csv", LOTS, LATER,
        2258, 0, 0, 0, {P.UNPARSED_FEES: 1663, P.UNPARSED_HOURS: 38},
    ),
    (
        "singapore_availability", "sg/carpark_availability_2020-09-30T1505+08.json", COUNTS, LATER,
        0, 0, 2070, 0, {P.PLACEHOLDER: 29},
    ),
    (
        "singapore_availability", "sg/carpark_availability_2024-02-17T2106+08.json", COUNTS, LATER,
        0, 0, 2332, 0, {},
    ),
    (
        "singapore_snapshots", "sg/hdb_availability_snapshots_2026-05a.csv.gz", COUNTS, LATER,
        0, 0, 1992, 0, {},
    ),
    ("hong_kong", "hk/carparks_static.csv", LOTS, LATER, 556, 0, 0, 0, {}),
    ("hong_kong", "hk/vacancy_2026-03-02.csv.gz", COUNTS, LATER, 0, 0, 337, 26063, {P.MISSING_FIELD: 58}),
    (
        "taipei", "taiwan/taipei_lots_2025-12-30.json", LOTS, LATER,
        1763, 0, 0, 0, {P.UNPARSED_FEES: 1763, P.UNPARSED_HOURS: 310, P.OUT_OF_RANGE: 2},
    ),
    (
        "germany_archive", "eu/germany_archive/meta-data.csv", LOTS, LATER,
        88, 651, 0, 0, {P.NO_PLACE: 651},
    ),
    (
        "malaga", "eu/malaga/malaga_2022-12-14.csv.gz", BOTH, "2022-12-14T23:59:00Z",
        10, 4, 10, 1962, {P.NO_PLACE: 436},
    ),
    (
        "malaga", "eu/malaga/malaga_2023-10-20.csv.gz", BOTH, "2023-10-20T23:59:00Z",
        10, 4, 10, 1836, {P.NO_PLACE: 408},
    ),
    ("malaga_catalogue", "eu/malaga/catalogo.csv", LOTS, LATER, 10, 0, 0, 0, {}),
    ("brussels", f"{LIVE}/brussels.geojson", LOTS, LATER, 4, 0, 0, 0, {}),
    ("salzburg", f"{LIVE}/salzburg.geojson", BOTH, LATER, 5, 0, 3, 2, {}),
    ("shenzhen_card", "shenzhen/baihui_lot.json", LOTS, LATER, 1, 0, 0, 0, {P.UNPARSED_FEES: 1}),
    ("shenzhen_lots", "shenzhen/shenzhen_lots.csv", LOTS, LATER, 5475, 0, 0, 0, {P.BAD_VALUE: 1}),
    ("aarhus", f"{V1}/aarhus.static.geojson", LOTS, LATER, 9, 0, 0, 0, {}),
    ("aarhus", f"{V1}/aarhus.json", COUNTS, LATER, 0, 0, 12, 0, {P.PLACEHOLDER: 1}),
    ("frankfurt", f"{V1}/frankfurt.xml", COUNTS, LATER, 0, 0, 21, 0, {P.PLACEHOLDER: 1}),
    (
        "hamburg", f"{V1}/hamburg.xml", BOTH, LATER,
        124, 1, 46, 0, {P.UNPARSED_FEES: 105, P.UNPARSED_HOURS: 67, P.NO_PLACE: 1},
    ),
    ("heidelberg", f"{V1}/heidelberg.static.geojson", LOTS, LATER, 20, 0, 0, 0, {}),
    ("heidelberg", f"{V1}/heidelberg.json", COUNTS, LATER, 0, 0, 18, 0, {}),
    ("ingolstadt", f"{V1}/ingolstadt.static.geojson", LOTS, LATER, 13, 0, 0, 0, {}),
    ("kaiserslautern", f"{V1}/kaiserslautern.static.geojson", LOTS, LATER, 11, 0, 0, 0, {}),
    ("kaiserslautern", f"{V1}/kaiserslautern.xml", COUNTS, LATER, 0, 0, 9, 0, {}),
    ("rosenheim", f"{V1}/rosenheim.static.geojson", LOTS, LATER, 11, 0, 0, 0, {}),
    ("rosenheim", f"{V1}/rosenheim.json", COUNTS, LATER, 0, 0, 10, 1, {}),
]  # fmt: skip


def data(file: str) -> Path:
    return Path(os.environ["PARKING_REAL_DATA"], file)


def asking(preset: str, asked: tuple[str, ...] = BOTH, at: str = LATER) -> ParseContext:
    """What a pull of such a source asks for."""
    return ParseContext(
        datetime.fromisoformat(at),
        mapping=f"preset:{preset}",
        wants_lots="lots" in asked,
        wants_counts="counts" in asked,
    )


def read(preset: str, file: str, asked: tuple[str, ...] = BOTH, at: str = LATER) -> Parsed:
    return parse(data(file).read_bytes(), asking(preset, asked, at))


@pytest.mark.parametrize("row", READ, ids=lambda row: f"{row[0]}-{Path(row[1]).name}")
def test_a_file_is_read_by_its_preset(row: tuple[Any, ...]) -> None:
    preset, file, asked, at, lots, candidates, counts, unknown, problems = row
    parsed = read(preset, file, asked, at)
    found = (len(parsed.lots), len(parsed.candidates), len(parsed.counts), parsed.told_unknown)
    assert found == (lots, candidates, counts, unknown)
    assert parsed.problem_counts == problems
    assert line_of(preset, file, parsed) in DOCUMENT.read_text()


def test_every_preset_that_ships_reads_a_file_and_no_file_is_left_out() -> None:
    assert {row[0] for row in READ} == set(PRESETS)
    root = data(".")
    found = {str(file.relative_to(root)) for feed in FEEDS for file in root.glob(feed)}
    assert found - {row[1] for row in READ} == NO_PRESET


@pytest.mark.parametrize("preset", PRESETS)
def test_an_empty_answer_is_told_as_such(preset: str) -> None:
    for asked in (LOTS, COUNTS):
        try:
            # Nothing to read where the preset has no such part.
            assert parse(b"", asking(preset, asked)) == Parsed()
        except FeedBroken as broken:
            assert broken.reason in (BreakReason.EMPTY, BreakReason.WRONG_ENCODING)


def normalised(name: str) -> dict[str, dict[str, Any]]:
    return {row["uid"]: row for row in json.loads(data(f"feeds/peer_normalised/{name}.json").read_text())}


@pytest.mark.parametrize(
    ("preset", "file", "ours_alone", "other_spaces"),
    [
        ("basel", "basel.json", 0, 0),
        # The peer lays the numbers of the live layer over those of the list.
        ("freiburg", "freiburg.geojson", 0, 13),
        # 24 charging places without counters; the spaces of the 9 others are told by the other call.
        ("heilbronn_goldbeck", "heilbronn_goldbeck_facilities.json", 24, 9),
        # No number, or a 0, is a lot of 0 spaces for the peer.
        ("bielefeld", "bielefeld.csv", 0, 387),
        ("goldbeck", "goldbeck.xlsx", 0, 0),
        ("opendata_swiss", "opendata_swiss.json", 0, 0),
        ("stuttgart", "stuttgart-static.xml", 0, 10),
    ],
)
def test_lots_are_those_of_the_peer_but_for(
    preset: str, file: str, ours_alone: int, other_spaces: int
) -> None:
    ours = {lot.external_id: lot for lot in read(preset, f"feeds/{file}", LOTS).lots}
    theirs = normalised(f"{preset}.static")
    assert (theirs.keys() - ours.keys(), len(ours.keys() - theirs.keys())) == (set(), ours_alone)
    other = 0
    for uid, row in theirs.items():
        lot = ours[uid]
        assert lot.name == row["name"].strip()
        assert distance_m((lot.lat, lot.lon), (float(row["lat"]), float(row["lon"]))) < 1
        assert row.get("max_height") in (None, lot.max_height_cm)
        other += lot.spaces.get(SpaceClass.GENERAL) != row["capacity"]
    assert other == other_spaces


@pytest.mark.parametrize(
    ("preset", "file", "theirs_alone"),
    [
        ("basel", "basel.json", 0),
        ("freiburg", "freiburg.json", 0),
        ("heilbronn_goldbeck", "heilbronn_goldbeck_occupancies.json", 0),
        # Nine tell a state and no number, two the time of 1970.
        ("stuttgart", "stuttgart-realtime.xml", 11),
    ],
)
def test_counts_are_those_of_the_peer_but_for(preset: str, file: str, theirs_alone: int) -> None:
    ours = {count.external_id: count for count in read(preset, f"feeds/{file}", COUNTS).counts}
    theirs = normalised(f"{preset}.realtime")
    assert (ours.keys() - theirs.keys(), len(theirs.keys() - ours.keys())) == (set(), theirs_alone)
    for uid, count in ours.items():
        free = count.free if count.free is not None else (count.capacity or 0) - (count.occupied or 0)
        assert free == theirs[uid]["realtime_free_capacity"]
        told = datetime.fromisoformat(theirs[uid]["realtime_data_updated_at"])
        assert abs((count.as_of - told).total_seconds()) < 1


def test_each_negative_reading_of_a_wide_table_is_told() -> None:
    file = "eu/germany_archive/2022-06-18.csv.gz"
    with gzip.open(data(file), "rt") as lines:
        rows = list(csv.reader(lines))
    negative = {
        (number, rows[0][column], cell)
        for number, row in enumerate(rows[1:], 2)
        for column, cell in enumerate(row)
        if cell.startswith("-")
    }
    parsed = read("germany_archive", file, COUNTS)
    assert (len(parsed.counts), parsed.told_unknown) == (493, 96702)
    assert line_of("germany_archive", file, parsed) in DOCUMENT.read_text()
    assert {(p.row, p.record, p.detail) for p in parsed.problems} == {(n, r[:40], v) for n, r, v in negative}


def test_the_lots_of_shenzhen_lie_on_its_charging_stations_in_one_pair_of_systems_alone() -> None:
    """Of all pairs only that of BD-09 (lots) and GCJ-02 (stations) lays the two lists over one another."""

    def cells(file: str, lat: str, lon: str) -> dict[Datum, Counter[tuple[int, int]]]:
        with data(file).open(encoding="utf-8-sig", newline="") as lines:
            told = [(float(row[lat]), float(row[lon])) for row in csv.DictReader(lines)]
        return {
            datum: Counter((round(at[0] * 2000), round(at[1] * 2000)) for at in places)
            for datum in (Datum.WGS84, Datum.GCJ02, Datum.BD09)
            for places in [[to_wgs84(*pair, datum) for pair in told]]
        }

    lots = cells("shenzhen/shenzhen_lots.csv", "lat", "lng")
    stations = cells("shenzhen/ev_public_stations.csv", "latitude", "longitude")
    met = {
        (a, b): sum(times * lots[a][cell] for cell, times in stations[b].items())
        for a in lots
        for b in stations
    }
    best, second = sorted(met.values())[-1], sorted(met.values())[-2]
    assert (met[Datum.BD09, Datum.GCJ02], best > 2 * second) == (best, True)
