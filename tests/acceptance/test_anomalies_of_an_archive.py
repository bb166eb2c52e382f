"""Nine days of real car parks are their past: are the next ones called odd, and once they are spoilt?"""

from __future__ import annotations

import csv
import gzip
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from parking.guidance.rules.health import counters as rules
from parking.guidance.rules.health.counters import Past, Still
from parking.guidance.rules.health.habits import SLOTS_OF_DAY, habit_of
from parking.guidance.rules.health.kinds import Seen
from parking.guidance.rules.health.limits import Limits

pytestmark = pytest.mark.real_data
LIMITS, BERLIN, QUARTER_S = Limits(), ZoneInfo("Europe/Berlin"), 900
PAST = 9 * SLOTS_OF_DAY
# Nine in the morning of the eleventh day, by the archive's clock.
SPOILT_FROM = PAST + SLOTS_OF_DAY + 36
Course = list[int | None]


@pytest.fixture(scope="module")
def archive() -> tuple[datetime, dict[str, tuple[int, Course]]]:
    """Its beginning, and of each lot with a known week the capacity and the occupied spaces by quarter."""
    folder = Path(os.environ["PARKING_REAL_DATA"]) / "eu" / "germany_archive"
    with (folder / "meta-data.csv").open(newline="") as lines:
        spaces = {row["place_id"]: int(row["num_all"] or 0) for row in csv.DictReader(lines)}
    told: dict[str, dict[int, int]] = {lot: {} for lot, number in spaces.items() if number}
    for file in sorted(folder.glob("2022-*.csv.gz")):
        with gzip.open(file, "rt", newline="") as lines:
            for row in csv.DictReader(lines):
                at = datetime.fromisoformat(row.pop("timestamp")).replace(tzinfo=UTC)
                quarter = -int(-at.timestamp() // QUARTER_S)
                for lot, cell in row.items():
                    if cell and int(cell) >= 0 and lot in told:
                        told[lot][quarter] = min(max(spaces[lot] - int(cell), 0), spaces[lot])
    first = min(min(course) for course in told.values() if course)
    last = max(max(course) for course in told.values() if course)
    courses = {lot: [told[lot].get(quarter) for quarter in range(first, last + 1)] for lot in told}
    known = {lot for lot, course in courses.items() if sum(v is not None for v in course[:PAST]) >= 7 * 96}
    begin = datetime.fromtimestamp(first * QUARTER_S, UTC)
    return begin, {lot: (spaces[lot], courses[lot]) for lot in sorted(known)}


def odd(begin: datetime, capacity: int, course: Course, of: Course, ends: range) -> dict[str, int]:
    """The first quarter at which each rule sees something, judged by the past of another course."""
    keys = []
    for slot in range(len(course)):
        local = (begin + (slot - 1) * timedelta(seconds=QUARTER_S)).astimezone(BERLIN)
        keys.append(local.hour + (24 if local.weekday() >= 5 else 0))
    occupied = np.array([-1 if value is None else value for value in of[:PAST]])
    habit = habit_of(occupied, np.full(PAST, capacity), np.array(keys[:PAST]))
    found: dict[str, int] = {}
    for end in ends:
        day = slice(end - SLOTS_OF_DAY, end)
        past = Past(course[day], keys[day], begin + end * timedelta(seconds=QUARTER_S), capacity, habit)
        still, _ = rules.still_slots(course[:end])
        verdicts = {
            "frozen": rules.frozen(past, Still(still, past.until_at), 0, LIMITS),
            "jump": rules.jump(past, LIMITS),
            "reversed": rules.reversed_(past, LIMITS, stands=False),
        }
        for kind, verdict in verdicts.items():
            if isinstance(verdict, Seen):
                found.setdefault(kind, end)
    return found


def test_four_days_of_real_car_parks_raise_next_to_no_alarm(archive):
    begin, lots = archive
    assert len(lots) > 30
    ends = range(PAST + SLOTS_OF_DAY, len(next(iter(lots.values()))[1]), 4)
    told = {lot: odd(begin, capacity, course, course, ends) for lot, (capacity, course) in lots.items()}
    # One told "empty" from one quarter to the next.
    assert [(lot, list(kinds)) for lot, kinds in told.items() if kinds] == [
        ("kiel-parken-ZOB-Bahnhof", ["jump"])
    ]


@pytest.mark.parametrize(("kind", "hours", "share"), [("frozen", 8, 0.9), ("reversed", 24, 0.75)])
def test_most_of_them_are_found_once_they_are_spoilt(archive, kind, hours, share):
    begin, lots = archive
    ends = range(SPOILT_FROM + 4, SPOILT_FROM + hours * 4 + 1, 2)
    found = 0
    for capacity, course in lots.values():
        stands = rules.newest(course[:SPOILT_FROM])
        later = [
            value if value is None else stands if kind == "frozen" else capacity - value
            for value in course[SPOILT_FROM:]
        ]
        found += kind in odd(begin, capacity, course[:SPOILT_FROM] + later, course, ends)
    assert found >= share * len(lots), found
