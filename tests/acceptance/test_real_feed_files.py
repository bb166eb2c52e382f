"""Do the adapters read real feeds as their recorder says? Each difference is listed with its reason."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from integrations.registry import SOURCE_ADAPTERS
from parking.boundary.feeds import FeedBroken, ParseContext, Parsed, ProblemKind
from parking.kernel.geo import distance_m
from parking.kernel.vocabulary import SpaceClass

pytestmark = pytest.mark.real_data
P = ProblemKind

FILES = {
    "aachen": ("datex2", "wgs84", "aachen-static.xml", "aachen-realtime.xml", "2025-02-07T19:11:00Z"),
    "stuttgart": (
        "datex2",
        "EPSG:25832",
        "stuttgart-static.xml",
        "stuttgart-realtime.xml",
        "2023-10-07T01:46:00Z",
    ),
    "herrenberg": ("parkapi_v1", "wgs84", "herrenberg.json", "herrenberg.json", "2025-02-25T12:20:10Z"),
}

# Static records that the recorder refuses, and the reason that we give.
REFUSED = {
    "aachen": {
        "P13": (P.MISSING_FIELD, "parkingNumberOfSpaces"),
        "P17": (P.MISSING_FIELD, "parkingNumberOfSpaces"),
    },
    # Degrees in a feed of metres.
    "stuttgart": {"78241093": (P.OUT_OF_RANGE, "latitude")},
    "herrenberg": {"herrenbergparkgarageseelaender": (P.MISSING_FIELD, "total")},
}

# Lots that are said to have no spaces at all: the recorder takes the 0, we take them without a number.
NO_SPACES = {
    "12717450", "78319463", "78319401", "78319492", "78319371",
    "78357200", "78357190", "78319431", "78241073", "78357206",
}  # fmt: skip

# Live records that the recorder takes and we do not, and why.
NOT_COUNTED = {
    # 0 free of 0 spaces while the status is "unknown": the recorder reads a full lot.
    "aachen": {"P5": P.PLACEHOLDER, "P13": P.PLACEHOLDER},
    # The beginning of 1970 as the time of the count.
    "stuttgart": {"12717450": P.OUT_OF_RANGE, "12717244": P.OUT_OF_RANGE},
    "herrenberg": {},
}
# Live records of Stuttgart that say "statusUnknown" and no number: the recorder lists them without a value.
SAYS_UNKNOWN = {
    "78319463", "78319492", "78319431", "78319371", "78357200",
    "78241073", "78319401", "78357190", "78357206",
}  # fmt: skip


def data(*parts: str) -> Path:
    return Path(os.environ["PARKING_REAL_DATA"], *parts)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def parse(city: str, kind: str) -> Parsed:
    adapter, crs, static, live, now = FILES[city]
    # Stuttgart's table is younger than its status.
    received_at = moment(now) if kind == "live" else datetime(2026, 1, 1, tzinfo=UTC)
    body = data("feeds", static if kind == "static" else live).read_bytes()
    return SOURCE_ADAPTERS[adapter].parse(body, ParseContext(received_at, "Europe/Berlin", crs))


def manifest(city: str) -> dict[str, Any]:
    return next(
        entry for entry in json.loads(data("feeds", "manifest.json").read_text()) if entry["uid"] == city
    )


def normalised(city: str, kind: str) -> dict[str, dict[str, Any]]:
    rows = json.loads(data("feeds", "peer_normalised", f"{city}.{kind}.json").read_text())
    return {row["uid"]: row for row in rows}


every_city = pytest.mark.parametrize("city", FILES)


@every_city
def test_the_same_lots_are_taken_in_the_same_order(city: str) -> None:
    assert [lot.external_id for lot in parse(city, "static").lots] == manifest(city)["static_valid_uids"]


@every_city
def test_the_same_lots_are_refused_and_the_reason_is_told(city: str) -> None:
    parsed = parse(city, "static")
    taken = {lot.external_id for lot in parsed.lots}
    refused = {p.record: (p.kind, p.field) for p in parsed.problems if p.record not in taken}
    assert refused == REFUSED[city]
    assert set(refused) == set(manifest(city)["static_error_uids"])


@every_city
def test_every_value_of_a_lot_is_what_the_recorder_reads(city: str) -> None:
    expected = normalised(city, "static")
    for lot in parse(city, "static").lots:
        row = expected[lot.external_id]
        assert lot.name == row["name"]
        assert distance_m((lot.lat, lot.lon), (float(row["lat"]), float(row["lon"]))) < 0.1
        assert lot.address == row.get("address")
        if lot.external_id in NO_SPACES:
            assert (row["capacity"], dict(lot.spaces)) == (0, {})
            continue
        assert lot.spaces[SpaceClass.GENERAL] == row["capacity"]
        disabled = [r["capacity"] for r in row["restrictions"] if r["type"] == "DISABLED"]
        assert [lot.spaces[SpaceClass.ACCESSIBLE]] == disabled if disabled else len(lot.spaces) == 1


def test_the_lots_of_stuttgart_without_spaces_are_told() -> None:
    told = {p.record for p in parse("stuttgart", "static").problems if p.kind is P.PLACEHOLDER}
    assert told == NO_SPACES


def test_opening_hours_are_read_where_they_are_certain() -> None:
    # The recorder reads none for these two.
    assert {lot.opening_hours for lot in parse("aachen", "static").lots} == {"24/7"}
    stuttgart = parse("stuttgart", "static").lots
    assert [lot.opening_hours for lot in stuttgart].count("24/7") == 38
    assert [lot.hours_note for lot in stuttgart] == [None] * 48
    expected = normalised("herrenberg", "static")
    for lot in parse("herrenberg", "static").lots:
        assert lot.opening_hours == expected[lot.external_id].get("opening_hours")


def test_heights_of_stuttgart_are_read() -> None:
    heights = {lot.external_id: lot.max_height_cm for lot in parse("stuttgart", "static").lots}
    assert heights["12717375"] == 200
    assert sum(height is not None for height in heights.values()) == 29


def test_owners_are_not_taken_for_operators() -> None:
    # The recorder writes the owner, with a number before it, as the operator.
    assert {lot.operator_name for lot in parse("stuttgart", "static").lots} == {None}


@every_city
def test_the_same_counts_are_taken_but_for_those_listed(city: str) -> None:
    parsed = parse(city, "live")
    counted = {count.external_id for count in parsed.counts}
    expected = normalised(city, "realtime")
    missing = set(expected) - counted
    silent = {uid for uid in missing if "realtime_free_capacity" not in expected[uid]}
    assert counted <= set(expected)
    assert missing - silent == set(NOT_COUNTED[city])
    assert silent == (SAYS_UNKNOWN if city == "stuttgart" else set())
    if city != "herrenberg":
        assert {p.record: p.kind for p in parsed.problems} == NOT_COUNTED[city]


@every_city
def test_every_count_is_what_the_recorder_reads(city: str) -> None:
    expected = normalised(city, "realtime")
    for count in parse(city, "live").counts:
        row = expected[count.external_id]
        assert count.free == row["realtime_free_capacity"]
        assert count.as_of.replace(microsecond=0) == moment(row["realtime_data_updated_at"])
        if "realtime_capacity" in row:
            assert count.capacity == row["realtime_capacity"]
        if count.occupied is not None and count.capacity is not None:
            assert count.free + count.occupied == count.capacity


def test_two_live_records_of_aachen_have_no_lot() -> None:
    described = {lot.external_id for lot in parse("aachen", "static").lots}
    live = {count.external_id for count in parse("aachen", "live").counts}
    placeholders = {p.record for p in parse("aachen", "live").problems}
    assert (live | placeholders) - described == {"P13", "P17"}


def test_frankfurt_has_twenty_two_facilities_and_its_five_areas_are_no_lots() -> None:
    body = data("eu", "parkapi_v1_feeds", "frankfurt.xml").read_bytes()
    received_at = moment("2017-03-04T14:02:03Z")
    parsed = SOURCE_ADAPTERS["datex2"].parse(body, ParseContext(received_at, "Europe/Berlin"))
    assert len(parsed.counts) == 21
    # 0 of 0, nobody inside, the share not a number.
    assert [(p.record, p.kind) for p in parsed.problems] == [("18498[Interconti]", P.PLACEHOLDER)]
    karstadt = next(count for count in parsed.counts if count.external_id == "24278[Karstadt]")
    assert (karstadt.free, karstadt.occupied, karstadt.capacity) == (151, 506, 657)
    # Its stamps are two minutes ahead of its own publication.
    assert {count.as_of for count in parsed.counts} == {moment("2017-03-04T14:04:00Z")}


@pytest.mark.parametrize("adapter", SOURCE_ADAPTERS)
@pytest.mark.parametrize(
    "file", ["freiburg.json", "basel.json", "heilbronn_goldbeck_facilities.json", "goldbeck.xlsx"]
)
def test_feeds_of_other_formats_are_refused_as_a_whole(adapter: str, file: str) -> None:

    with pytest.raises(FeedBroken):
        SOURCE_ADAPTERS[adapter].parse(
            data("feeds", file).read_bytes(), ParseContext(datetime(2026, 1, 1, tzinfo=UTC))
        )
