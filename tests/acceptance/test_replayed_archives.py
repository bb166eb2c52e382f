"""Weeks of real counts through the real ingest: is each dirty reading told, and none of them ever public?"""

from __future__ import annotations

import csv
import gzip
import os
from collections import Counter
from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path

import pytest

from bench.replay import GERMANY, HONG_KONG, Archive, Replay, Tally
from parking.boundary.feeds import ProblemKind
from parking.kernel.db.engine import Sessions

pytestmark = pytest.mark.real_data
P = ProblemKind
TAKEN, UNKNOWN, SNAPSHOTS = "taken", "unknown", "snapshots"
Told = Counter[str]


def rows_of(file: Path) -> Iterator[dict[str, str]]:
    with gzip.open(file, "rt", newline="") if file.suffix == ".gz" else file.open(newline="") as lines:
        yield from csv.DictReader(lines)


def germany(folder: Path, file: Path, most: int | None) -> Told:
    """What a day of the wide table holds, counted cell by cell."""
    spaces = {row["place_id"]: int(row["num_all"] or 0) for row in rows_of(folder / GERMANY.lots)}
    told: Told = Counter()
    for row in islice(rows_of(file), most):
        told[SNAPSHOTS] += 1
        del row["timestamp"]
        for lot, cell in row.items():
            if cell == "":
                told[UNKNOWN] += 1
            elif int(cell) < 0:
                told[P.NEGATIVE] += 1
            elif lot not in spaces:
                told[P.UNKNOWN_LOT] += 1
            else:
                told[TAKEN] += 1
                told[P.ABOVE_CAPACITY] += int(cell) > spaces[lot] > 0
    return told


def hong_kong(folder: Path, file: Path, most: int | None) -> Told:
    """What a day of Hong Kong holds, number by number; a closed lot's are not read, and hide nothing."""
    columns = dict(zip(("private_car", "motorcycle", "lgv"), HONG_KONG.spaces.values(), strict=True))
    told: Told = Counter()
    for _, rows in islice(groupby(rows_of(file), lambda row: row["scraped_at"]), most):
        told[SNAPSHOTS] += 1
        for row in rows:
            for name, spaces in columns.items():
                cell = row[f"{name}_vacancy"]
                assert cell in ("", "-1") or int(cell) >= 0
                if row["opening_status"] == "CLOSED":
                    continue
                if cell in ("", "-1"):
                    told[UNKNOWN] += 1
                elif not row["last_update"]:
                    told[P.MISSING_FIELD] += 1
                else:
                    told[TAKEN] += 1
                    told[P.ABOVE_CAPACITY] += int(cell) > spaces
    return told


BY_HAND = {GERMANY: germany, HONG_KONG: hong_kong}


def as_told(tally: Tally) -> Told:
    return Counter(
        {
            SNAPSHOTS: tally.snapshots,
            TAKEN: tally.taken,
            UNKNOWN: tally.told_unknown,
            **{str(kind): number for kind, number in tally.problems.items()},
        }
    )


def replayed(sessions: Sessions, archive: Archive, days: int | None, most: int | None) -> tuple[Tally, Told]:
    """The first days of an archive, of each the first snapshots; and what these hold by a count by hand."""
    folder = Path(os.environ["PARKING_REAL_DATA"])
    replay, by_hand = Replay(sessions, archive, folder), Counter[str]()
    for file in archive.files(folder)[:days]:
        replay.day(file, most)
        by_hand += BY_HAND[archive](folder, file, most)
    return replay.tally, by_hand


def test_the_first_snapshots_of_the_archive_are_told_as_they_are(sessions: Sessions) -> None:
    tally, by_hand = replayed(sessions, GERMANY, 1, 3)
    assert (as_told(tally), tally.impossible) == (by_hand, [])
    assert min(tally.problems[P.NEGATIVE], tally.problems[P.ABOVE_CAPACITY], tally.suspect_full) > 0


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("archive", BY_HAND, ids=lambda archive: archive.preset)
def test_no_impossible_number_of_weeks_is_ever_public(sessions: Sessions, archive: Archive) -> None:
    tally, by_hand = replayed(sessions, archive, None, None)
    assert (as_told(tally), tally.impossible) == (by_hand, [])
    assert tally.public > 0
    if archive is GERMANY:
        known = (tally.readings, tally.problems[P.NEGATIVE], tally.problems[P.ABOVE_CAPACITY])
        assert known == (627_699, 3_583, 14_423)
