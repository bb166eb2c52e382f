"""Is ParkAPI v1 read as its description and its real feeds have it?"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.registry import SOURCE_ADAPTERS
from parking.boundary.feeds import ParseContext, Parsed, ProblemKind
from parking.kernel.vocabulary import LotKind, SpaceClass

NOW = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
LOT = {
    "id": "p1",
    "name": "Markt",
    "coords": {"lat": 48.6, "lng": 8.87},
    "total": 90,
    "free": 12,
    "state": "many",
}


def parse(
    *lots: Any, last_updated: object = "2026-11-21T00:29:41.123456", zone: str = "Asia/Shanghai"
) -> Parsed:
    body = json.dumps({"last_updated": last_updated, "lots": lots}).encode()
    return SOURCE_ADAPTERS["parkapi_v1"].parse(body, ParseContext(NOW, zone))


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "UTC"])
def test_times_without_an_offset_are_utc_whatever_the_zone_of_the_source(zone: str) -> None:
    (count,) = parse(LOT, zone=zone).counts
    assert count.as_of == datetime(2026, 11, 21, 0, 29, 41, 123456, UTC)


def test_local_time_sent_as_utc_is_noticed_where_the_clock_runs_ahead() -> None:
    parsed = parse(LOT, last_updated="2026-11-21T08:29:41")
    assert parsed.counts == ()
    assert [(p.record, p.kind) for p in parsed.problems] == [("document", ProblemKind.FUTURE_TIME)]


def test_a_document_without_a_time_still_describes_its_lots() -> None:
    parsed = parse(LOT, last_updated=None)
    assert (len(parsed.lots), parsed.counts) == (1, ())
    assert [p.kind for p in parsed.problems] == [ProblemKind.MISSING_FIELD]


@pytest.mark.parametrize("state", ["nodata", "unknown", "closed"])
@pytest.mark.parametrize("free", [0, 12, None])
def test_a_state_without_numbers_is_normal_and_gives_no_count(state: str, free: int | None) -> None:
    parsed = parse(LOT | {"state": state, "free": free})
    assert len(parsed.lots) == 1
    assert (parsed.counts, parsed.problems) == ((), ())


@pytest.mark.parametrize("state", ["open", "many", "few", "full"])
def test_a_state_with_a_number_counts(state: str) -> None:
    assert [(c.free, c.occupied, c.capacity) for c in parse(LOT | {"state": state}).counts] == [
        (12, None, 90)
    ]


@pytest.mark.parametrize("state", ["geöffnet", "", None, 7, ["many"], {"a": 1}])
def test_an_unknown_state_is_told_and_gives_no_count(state: object) -> None:
    parsed = parse(LOT | {"state": state}, LOT | {"id": "p2"})
    assert [count.external_id for count in parsed.counts] == ["p2"]
    assert [(p.record, p.kind, p.field) for p in parsed.problems] == [("p1", ProblemKind.BAD_VALUE, "state")]


def test_spaces_for_disabled_drivers_stand_beside_the_total() -> None:
    lots = parse(
        LOT | {"total:disabled": 4},
        LOT | {"id": "p2", "total": 0, "total:disabled": 1, "state": "nodata"},
    ).lots
    assert [dict(lot.spaces) for lot in lots] == [
        {SpaceClass.GENERAL: 90, SpaceClass.ACCESSIBLE: 4},
        {SpaceClass.GENERAL: 0, SpaceClass.ACCESSIBLE: 1},
    ]


def test_a_lot_of_no_spaces_is_a_place_holder_and_never_full() -> None:
    parsed = parse(LOT | {"total": 0, "free": 0, "state": "open"})
    assert [dict(lot.spaces) for lot in parsed.lots] == [{}]
    assert parsed.counts == ()
    assert {p.kind for p in parsed.problems} == {ProblemKind.PLACEHOLDER}


def test_a_lot_without_a_total_is_refused_and_still_counts() -> None:
    parsed = parse({key: value for key, value in LOT.items() if key != "total"})
    assert parsed.lots == ()
    assert [count.free for count in parsed.counts] == [12]
    assert [(p.kind, p.field) for p in parsed.problems] == [(ProblemKind.MISSING_FIELD, "total")]


@pytest.mark.parametrize(
    ("told", "hours", "note"),
    [
        ("24/7", "24/7", None),
        ("Mo - Su 08:00-17:00", "Mo-Su 08:00-17:00", None),
        ("Mo-Fr 07:30-22:00; PH off", "Mo-Fr 07:30-22:00; PH off", None),
        ("rund um die Uhr", None, "rund um die Uhr"),
        ("x" * 5000, None, "x" * 200),
        (["24/7"], None, None),
    ],
)
def test_opening_hours_are_osm_text_or_a_note(told: object, hours: str | None, note: str | None) -> None:
    parsed = parse(LOT | {"opening_hours": told})
    assert [(lot.opening_hours, lot.hours_note) for lot in parsed.lots] == [(hours, note)]
    assert [p.kind for p in parsed.problems] == ([] if hours else [ProblemKind.UNPARSED_HOURS])


@pytest.mark.parametrize(
    ("told", "kind"),
    [("Parkhaus", LotKind.OFF_STREET), ("Tiefgarage", LotKind.OFF_STREET), ("Park-Ride", None)],
)
def test_only_words_that_leave_no_doubt_say_where_a_lot_lies(told: str, kind: LotKind | None) -> None:
    assert [lot.kind for lot in parse(LOT | {"lot_type": told}).lots] == [kind]


@pytest.mark.parametrize("entry", [None, 7, "lot", [], [LOT], True])
def test_an_entry_that_is_no_lot_is_told_by_its_place(entry: object) -> None:
    parsed = parse(LOT, entry)
    assert len(parsed.lots) == 1
    assert [(p.record, p.kind) for p in parsed.problems] == [("#2", ProblemKind.BAD_VALUE)]


@pytest.mark.parametrize("coords", [None, [], "48.6,8.87", {"lat": 48.6}, {"lat": True, "lng": 8.8}])
def test_a_lot_without_a_place_is_refused_and_still_counts(coords: object) -> None:
    parsed = parse(LOT | {"coords": coords})
    assert (parsed.lots, len(parsed.counts), len(parsed.problems)) == ((), 1, 1)


def test_numbers_that_are_texts_are_read_and_truth_values_are_not() -> None:
    assert [c.free for c in parse(LOT | {"free": "12"}).counts] == [12]
    assert [p.kind for p in parse(LOT | {"free": True}).problems] == [ProblemKind.BAD_VALUE]
