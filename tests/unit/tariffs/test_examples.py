"""Do the worked examples of published tariffs come out, to the fen?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from parking.city.rules import Calendar
from parking.kernel.vocabulary import PlateColour
from parking.tariffs.rules import words
from parking.tariffs.rules.document import read, write
from parking.tariffs.rules.quotes import Stay, quote
from parking.tariffs.rules.tariff import vehicle_of
from tests.unit.tariffs import documents as doc

SHANGHAI = ZoneInfo(doc.ZONE)
ROAD, CARRIED = doc.SUZHOU_ROAD, doc.jicui("carry")
CUT = doc.jicui("restart_unit")
GREEN = {"vehicle": vehicle_of(PlateColour.GREEN)}


def at(clock: str) -> datetime:
    """A time like 09:30 or 09:30:00 on a Wednesday; after "1 " on the day after."""
    days, _, time = clock.rpartition(" ")
    midnight = datetime(2026, 10, 14 + int(days or 0), tzinfo=SHANGHAI)
    hour, minute, *seconds = map(int, time.split(":"))
    return midnight.replace(hour=hour, minute=minute, second=sum(seconds))


EXAMPLES: list[tuple[str, dict[str, Any], str, str | int, int, dict[str, Any]]] = [
    ("1 free minutes inclusive", ROAD, "09:00", "09:30", 0, {}),
    ("2 free minutes counted back", ROAD, "09:00", "09:31", 800, {}),
    ("3", ROAD, "09:00", "10:01", 1100, {}),
    ("4", ROAD, "09:00", "12:10", 2300, {}),
    ("5 capped", ROAD, "08:00", "20:00", 5000, {}),
    ("6 night is free", ROAD, "20:10", "1 07:50", 0, {}),
    ("7 free minutes per service day", ROAD, "19:40", "1 08:50", 800, {}),
    ("8 per visit", doc.SUZHOU_VISIT, "09:00", "17:00", 700, {}),
    ("9 within", CUT, "10:00", "10:30", 0, {}),
    ("9 over", CUT, "10:00", "10:31", 200, {}),
    ("10", CUT, "18:00", "21:00", 300, {}),
    ("11 a unit restarts at the edge", CUT, "18:50", "20:05", 200, {}),
    ("11 a unit is carried over", CARRIED, "18:50", "20:05", 150, {}),
    ("12", CUT, "10:00", 1440, 2000, {}),
    ("13 zone 1", doc.SUIZHOU, "09:00", 31, 300, {"zone": "1"}),
    ("13 zone 1, longer", doc.SUIZHOU, "09:00", 130, 700, {"zone": "1"}),
    ("13 zone 1, capped", doc.SUIZHOU, "09:00", 1000, 2000, {"zone": "1"}),
    ("14 zone 2", doc.SUIZHOU, "09:00", 540, 1000, {"zone": "2"}),
    ("14 zone 3", doc.SUIZHOU, "09:00", 600, 800, {"zone": "3"}),
    ("15 free", doc.WITH_NEW_ENERGY, "09:00", 90, 0, {}),
    ("15 first step", doc.WITH_NEW_ENERGY, "09:00", 91, 500, {}),
    ("15 second step", doc.WITH_NEW_ENERGY, "09:00", 121, 600, {}),
    ("15", doc.WITH_NEW_ENERGY, "09:00", 300, 800, {}),
    ("15 capped", doc.WITH_NEW_ENERGY, "09:00", 1440, 2000, {}),
    ("16 free", doc.WITH_NEW_ENERGY, "09:00", 180, 0, GREEN),
    ("16 first step", doc.WITH_NEW_ENERGY, "09:00", 181, 250, GREEN),
    ("16 second step", doc.WITH_NEW_ENERGY, "09:00", 270, 350, GREEN),
    ("17 carried over, seconds count", doc.LIANYING, "05:20:00", "07:10:02", 400, {}),
    ("20 first hour", doc.FOURPYUN, "09:00", 60, 400, {}),
    ("20", doc.FOURPYUN, "09:00", 185, 700, {}),
    ("20 capped", doc.FOURPYUN, "09:00", 720, 1000, {}),
]


@pytest.mark.parametrize(
    ("document", "entered", "until", "fee", "how"),
    [pytest.param(*example, id=name) for name, *example in EXAMPLES],
)
def test_a_worked_example_comes_out(document, entered, until, fee, how):
    rules = read(document)
    entered_at = at(entered)
    until_at = entered_at + timedelta(minutes=until) if isinstance(until, int) else at(until)
    found = quote(rules, Stay(entered_at, until_at, **how), Calendar())
    assert found.fee_fen == fee == sum(line.fen for line in found.lines)


def test_every_example_reads_back_as_it_was_written():
    for document in {id(each[1]): each[1] for each in EXAMPLES}.values():
        rules = read(document)
        assert read(write(rules)) == rules
        assert write(read(write(rules))) == write(rules)


def test_a_quote_tells_its_lines_and_when_it_costs_more():
    found = quote(read(ROAD), Stay(at("09:00"), at("1 08:20")), Calendar())
    assert [(line.fen, line.params) for line in found.lines] == [
        (800, {"from": "08:00", "until": "20:00", "units": 1, "minutes": 60, "unit_fen": 800}),
        (6000, {"from": "08:00", "until": "20:00", "units": 20, "minutes": 30, "unit_fen": 300}),
        (-1800, {"cap_fen": 5000}),
        (0, {"minutes": 30}),
    ]
    assert (found.next_change_at, found.next_fee_fen) == (at("1 08:31"), 5800)


def test_a_week_is_told_by_its_days_alike_in_a_row():
    rest = doc.all_day({"fen": 100, "unit_minutes": 60}, cap_fen=1000, days=["weekend"])
    work = doc.all_day({"fen": 200, "unit_minutes": 60}, cap_fen=2000)
    days = {"cycle": {"kind": "day", "from": "00:00"}, "schedules": [rest, work]}
    found = quote(
        read(doc.document(lot=days)), Stay(at("09:00"), at("7 09:00")), Calendar(years=frozenset({2026}))
    )
    assert [(line.text, line.fen) for line in found.lines] == [
        (words.UNITS, 3000),
        (words.CYCLE_CAP, -1000),
        (words.WHOLE, 4000),
        (words.WHOLE, 2000),
        (words.WHOLE, 4000),
        (words.UNITS, 1800),
    ]
    assert found.lines[3].params == {"count": 2, "cycle_fen": 1000}
    assert (found.fee_fen, found.next_change_at, found.next_fee_fen) == (13_800, at("7 09:01"), 14_000)


def test_what_a_cap_takes_off_is_a_line():
    found = quote(read(doc.LIANYING), Stay(at("06:00"), at("20:00")), Calendar())
    assert [(line.text, line.fen) for line in found.lines] == [(words.UNITS, 2800), (words.BAND_CAP, -200)]
    assert found.lines[1].params == {"from": "06:00", "until": "20:00", "cap_fen": 2600}
    most = doc.document(lot={"most_fen": 900, "schedules": [doc.all_day({"fen": 400, "unit_minutes": 60})]})
    found = quote(read(most), Stay(at("09:00"), at("12:00")), Calendar())
    assert found.lines[-1] == (words.STAY_CAP, -300, {"cap_fen": 900})
    assert (found.fee_fen, found.next_change_at, found.next_fee_fen) == (900, None, None)


def test_where_seconds_count_a_second_more_begins_a_unit():
    rules = read(doc.LIANYING)
    found = quote(rules, Stay(at("09:00:20"), at("10:00:20")), Calendar())
    assert (found.fee_fen, found.next_change_at, found.next_fee_fen) == (200, at("10:00:21"), 400)
    free = quote(rules, Stay(at("09:00:20"), at("09:30:20")), Calendar())
    assert (free.fee_fen, free.next_change_at, free.next_fee_fen) == (0, at("09:30:21"), 200)
    cut = quote(read(doc.LIANYING | {"seconds": False}), Stay(at("09:00:20"), at("10:00:59")), Calendar())
    assert (cut.fee_fen, cut.next_change_at) == (200, at("10:01"))
