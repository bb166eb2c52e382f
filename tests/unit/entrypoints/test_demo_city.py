"""Is the fictional city of a piece: do its files agree with each other and with what the platform takes?"""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import UTC, datetime
from itertools import combinations, pairwise

import pytest

from integrations.registry import SOURCE_ADAPTERS
from parking.boundary.feeds import ParseContext
from parking.city.rules.profile import read_profile
from parking.city.rules.view import CityView
from parking.entrypoints import demo_city
from parking.entrypoints.simulator.city import (
    Document,
    Play,
    PlayedSource,
    connected_counters,
    read_city,
    read_offers,
)
from parking.entrypoints.simulator.plays import live_answer, static_answer
from parking.kernel.geo import distance_m
from parking.kernel.vocabulary import Datum, LotKind
from parking.lots.rules import LotDraft, read_rows, read_table

NOW = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
SOURCES = read_city()
ADAPTER_OF = {Document.PLAIN: "plain", Document.PARKAPI_V1: "parkapi_v1"}


@pytest.fixture(scope="module")
def city() -> CityView:
    profile = read_profile(tomllib.loads(demo_city.PROFILE.read_text("utf-8")))
    return CityView(
        name_zh=profile.facts["name_zh"],
        name_en=profile.facts["name_en"],
        code=profile.facts["code"],
        time_zone=profile.facts["time_zone"],
        boxes=profile.boxes or (),
        districts=profile.districts or (),
        landmarks=profile.landmarks or (),
    )


@pytest.fixture(scope="module")
def lots(city: CityView) -> list[LotDraft]:
    read = read_rows(read_table(demo_city.LOTS.read_bytes(), ".csv"), city)
    assert not read.problems
    return [draft for _, draft in read.drafts]


def _inside(ring: list[list[float]], lat: float, lon: float) -> bool:
    inside = False
    for (lon_a, lat_a), (lon_b, lat_b) in pairwise(ring):
        if (lat_a > lat) != (lat_b > lat) and lon < (lon_b - lon_a) * (lat - lat_a) / (lat_b - lat_a) + lon_a:
            inside = not inside
    return inside


def test_the_city_has_ten_towns_and_sub_districts_with_codes_of_its_own(city: CityView) -> None:
    assert len(city.districts) == 10
    assert all(district.code.startswith(city.code) for district in city.districts)
    assert all(district.name_zh.endswith(("镇", "街道")) for district in city.districts)


def test_each_outline_holds_its_centre_and_no_other(city: CityView) -> None:
    for district in city.districts:
        holders = [d.code for d in city.districts if _inside(d.outline[0], district.lat, district.lon)]
        assert holders == [district.code]


def test_neighbouring_outlines_share_their_border_exactly(city: CityView) -> None:
    edges = Counter(
        frozenset(map(tuple, edge)) for district in city.districts for edge in pairwise(district.outline[0])
    )
    assert set(edges.values()) == {1, 2}
    outer = [edge for edge, used in edges.items() if used == 1]
    ends = Counter(point for edge in outer for point in edge)
    assert set(ends.values()) == {2}, "the city's own border is one closed line, with no gap between towns"


def test_every_lot_lies_in_the_district_whose_code_it_has(city: CityView, lots: list[LotDraft]) -> None:
    outlines = {district.code: district.outline[0] for district in city.districts}
    strays = [lot.code for lot in lots if not _inside(outlines[str(lot.district_code)], *lot.place)]
    assert strays == []


def test_every_landmark_lies_in_a_district(city: CityView) -> None:
    assert len(city.landmarks) >= 25
    for place in city.landmarks:
        assert any(_inside(district.outline[0], place.lat, place.lon) for district in city.districts), place


def test_lots_have_names_and_places_of_their_own(lots: list[LotDraft]) -> None:
    assert len(lots) >= 300
    for names in ([lot.name for lot in lots], [lot.name_en for lot in lots]):
        assert [name for name, used in Counter(names).items() if used > 1] == []
    for (a, at), (b, other) in combinations([(lot.name, lot.place) for lot in lots], 2):
        assert distance_m(at, other) > 20, (a, b)


def test_a_lot_named_after_a_landmark_is_near_it(city: CityView, lots: list[LotDraft]) -> None:
    named = [
        (lot, place)
        for lot in lots
        for place in city.landmarks
        if lot.name.startswith(place.name_zh.removeprefix(city.name_zh)) and lot.kind is LotKind.OFF_STREET
    ]
    assert len(named) > 40
    for lot, place in named:
        assert distance_m(lot.place, (place.lat, place.lon)) < 800, (lot.name, place.name_zh)


def test_the_file_has_lots_of_every_sort_and_datum(lots: list[LotDraft]) -> None:
    assert len({lot.type for lot in lots}) == 4
    assert len({lot.access for lot in lots}) == 5
    assert {str(lot.source_datum) for lot in lots} == {datum.value for datum in Datum}
    assert sum(lot.kind is LotKind.ON_STREET for lot in lots) > 50
    assert any(lot.filing_no is None for lot in lots)


def test_hours_are_of_many_kinds_and_know_holidays(lots: list[LotDraft]) -> None:
    assert len({lot.opening_hours for lot in lots}) > 20
    assert any("PH" in str(lot.opening_hours) for lot in lots)


def test_three_quarters_of_the_lots_are_connected_and_most_sources_are_good(lots: list[LotDraft]) -> None:
    connected = [lot.code for source in SOURCES for lot in source.lots]
    assert len(connected) == len(set(connected))
    assert set(connected) <= {lot.code for lot in lots}
    assert 0.6 < len(connected) / len(lots) < 0.8
    assert sum(source.plays is Play.GOOD for source in SOURCES) >= 30
    assert {source.plays for source in SOURCES} == set(Play)
    assert {source.document for source in (*SOURCES, *read_offers())} == set(Document)
    assert all(1 <= len(source.lots) <= 15 for source in SOURCES)


def test_the_feed_that_nobody_connected_is_read_by_the_mapping_beside_it(lots: list[LotDraft]) -> None:
    [offer] = read_offers()
    assert not {lot.code for lot in offer.lots} & {lot.code for source in SOURCES for lot in source.lots}
    mapping = demo_city.MAPPING.read_text("utf-8")
    body = live_answer(offer, Play.GOOD, NOW, NOW, 1).body
    read = SOURCE_ADAPTERS["mapped"].parse(body, ParseContext(received_at=NOW, mapping=mapping))
    assert [lot.external_id for lot in read.lots] == [lot.external_id for lot in offer.lots]
    near = [
        each for each in read.lots if any(distance_m((each.lat, each.lon), lot.place) < 50 for lot in lots)
    ]
    assert (len(near), len(read.candidates), len(read.counts)) == (4, 1, 6)
    assert {problem.record for problem in read.problems} == {"SN16", "SN17"}


def test_every_counter_has_spaces() -> None:
    assert all(counter.capacity > 0 for counter in connected_counters())


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.slug)
def test_the_adapter_reads_in_a_good_feed_what_the_register_says(
    source: PlayedSource, lots: list[LotDraft]
) -> None:
    adapter = SOURCE_ADAPTERS[ADAPTER_OF.get(source.document, "datex2")]
    context = ParseContext(received_at=NOW)
    live = adapter.parse(live_answer(source, Play.GOOD, NOW, NOW, 1).body, context)
    static = adapter.parse(static_answer(source, Play.GOOD, NOW, NOW).body, context)

    told = {(count.external_id, str(count.space_class)) for count in live.counts}
    assert told == {(lot.external_id, name) for lot in source.lots for name in source.counted(lot)}
    assert not live.problems
    assert {problem.kind.value for problem in static.problems} <= {"unparsed_hours"}
    register = {lot.code: lot for lot in lots}
    by_id = {record.external_id: record for record in static.lots}
    assert by_id.keys() == {lot.external_id for lot in source.lots}
    for lot in source.lots:
        record, filed = by_id[lot.external_id], register[lot.code]
        assert record.name == filed.name
        assert distance_m((record.lat, record.lon), filed.place) < 2
        assert {str(name): number for name, number in record.spaces.items()}.items() <= lot.spaces.items()
