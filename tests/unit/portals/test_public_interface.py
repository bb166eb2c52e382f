"""The public JSON over a model in memory: what is asked, what is refused, what is answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from parking.kernel.geo import distance_m, from_wgs84
from parking.kernel.vocabulary import Access, Datum, SpaceClass
from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.citizen import api
from tests.factories.lookup import CITY, LAT, LON, NOW, SetClock, a_card, a_model, a_view

NEARBY = f"/api/v1/lots/nearby?lat={LAT}&lon={LON}"
GEOJSON = {"Accept": "application/geo+json"}


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def client(clock: SetClock) -> FlaskClient:
    """Four lots, 111 m apart: 30 free, full, unknown, and one for residents."""
    cards = [
        a_card("free", name="第一停车场", name_en="First", max_height_cm=210, opening_hours="24/7"),
        a_card("full", LAT + 0.001, district_code="320999002"),
        a_card("silent", LAT + 0.002, spaces={SpaceClass.GENERAL: 10, SpaceClass.CHARGING: 4}),
        a_card("theirs", LAT + 0.003, access=Access.RESIDENTS),
    ]
    model = a_model(cards, [a_view("free", 30), a_view("full", 0), a_view("theirs", 5)])
    lookup = Lookup(None, None, clock, model=model)
    return create_app(
        PortalServices(None, clock, lookup), (), [api.blueprint], description=api.DESCRIPTION
    ).test_client()


def items(client: FlaskClient, url: str) -> list[dict[str, Any]]:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return answer.get_json()["items"]


def ids(client: FlaskClient, url: str) -> list[str]:
    return [item["id"] for item in items(client, url)]


def refused(client: FlaskClient, url: str, status: int = 422, **options: Any) -> dict[str, Any]:
    """The problem that answers a question, which is one by the book."""
    answer = client.get(url, **options)
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()
    assert {"type", "title", "status", "detail", "instance", "code", "request_id"} <= problem.keys()
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    return problem


def fields(problem: dict[str, Any]) -> dict[str, str]:
    return {error["field"]: error["code"] for error in problem["errors"]}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("lat=480&lon=120.62", {"lat": "out_of_range"}),
        ("lat=32.06&lon=480", {"lon": "out_of_range"}),
        ("lat=120.62&lon=32.06", {"lat": "swapped_coordinates"}),
        ("lat=32.06&lon=120.62&radius=-5", {"radius": "out_of_range"}),
        ("lat=32.06&lon=120.62&radius=0", {"radius": "out_of_range"}),
        ("lat=32.06&lon=120.62&radius=20001", {"radius": "out_of_range"}),
        ("lat=32.06&lon=120.62&limit=0", {"limit": "out_of_range"}),
        ("lat=32.06&lon=120.62&limit=101", {"limit": "out_of_range"}),
        ("lat=32.06&lon=120.62&limit=2.5", {"limit": "not_an_integer"}),
        ("lat=32.06&lon=120.62&limit=1_0", {"limit": "not_an_integer"}),
        ("lat=32.06&lon=120.62&limit=%D9%A5", {"limit": "not_an_integer"}),
        ("lat=3_2.06&lon=120.62", {"lat": "not_a_number"}),
        ("lat=32.06&lon=120.62&raduis=500", {"raduis": "unknown_parameter"}),
        ("lat=32.06&lat=32.07&lon=120.62", {"lat": "repeated"}),
        ("lat=32.06", {"lon": "missing"}),
        ("lat=&lon=120.62", {"lat": "not_a_number"}),
        ("lat=nan&lon=inf", {"lat": "not_a_number", "lon": "not_a_number"}),
        ("lat=32.06&lon=120.62&sort=dear", {"sort": "not_a_choice"}),
        ("lat=32.06&lon=120.62&sort=cheap", {"stay": "missing"}),
        ("lat=32.06&lon=120.62&max_fee_fen=500", {"stay": "missing"}),
        ("lat=32.06&lon=120.62&arrive=2026-11-21T18:30:00%2B08:00", {"stay": "missing"}),
        ("lat=32.06&lon=120.62&stay=120&arrive=2026-11-21T18:30", {"arrive": "not_an_instant"}),
        ("lat=32.06&lon=120.62&stay=0", {"stay": "out_of_range"}),
        ("lat=32.06&lon=120.62&stay=44641", {"stay": "out_of_range"}),
        ("lat=32.06&lon=120.62&stay=60&vehicle=tank", {"vehicle": "not_a_choice"}),
        ("lat=32.06&lon=120.62&class=rocket", {"class": "not_a_choice"}),
        ("lat=32.06&lon=120.62&crs=mars", {"crs": "not_a_choice"}),
        ("lat=32.06&lon=120.62&access=public,nobody", {"access": "not_a_choice"}),
        ("lat=32.06&lon=120.62&at=tomorrow", {"at": "not_an_instant"}),
        ("lat=32.06&lon=120.62&at=2026-11-21T18:30:00", {"at": "not_an_instant"}),
        ("lat=32.06&lon=120.62&open=perhaps", {"open": "not_a_boolean"}),
        ("lat=32.06&lon=120.62&min_free=-1", {"min_free": "out_of_range"}),
        ("lat=32.06&lon=120.62&height_cm=9", {"height_cm": "out_of_range"}),
        (
            "lat=480&lon=x&radius=-5",
            {"lat": "out_of_range", "lon": "not_a_number", "radius": "out_of_range"},
        ),
    ],
)  # fmt: skip
def test_peer_fault_10_bad_values_are_refused_with_their_field_named(client, query, expected):
    problem = refused(client, f"/api/v1/lots/nearby?{query}")
    assert problem["code"] == "invalid_input"
    assert fields(problem) == expected
    assert all(error["msg_zh"] and error["msg_en"] for error in problem["errors"])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/api/v1/lots?limit=0", {"limit": "out_of_range"}),
        ("/api/v1/lots?cursor=%21", {"cursor": "bad_cursor"}),
        ("/api/v1/lots?cursor=%E5%81%9C", {"cursor": "bad_cursor"}),
        ("/api/v1/lots?page=2", {"page": "unknown_parameter"}),
        ("/api/v1/lots?q=", {"q": "bad_length"}),
        ("/api/v1/lots/free?radius=5", {"radius": "unknown_parameter"}),
        ("/api/v1/places", {"q": "missing"}),
        ("/api/v1/places?q=" + "a" * 81, {"q": "bad_length"}),
    ],
)
def test_the_other_routes_refuse_as_strictly(client, url, expected):
    assert fields(refused(client, url)) == expected


def test_a_nul_is_refused_with_the_name_of_what_holds_it(client):
    problem = refused(client, "/api/v1/lots?limit=5&q=a%00b", 400)
    assert fields(problem) == {"q": "nul"}


def test_a_point_is_refused_only_when_its_circle_misses_the_city(client):
    outside = "/api/v1/lots/nearby?lat=32.06&lon=120.39"
    assert client.get(outside + "&radius=1000").status_code == 200
    problem = refused(client, outside + "&radius=900")
    assert problem["code"] == "outside_city"
    assert fields(problem) == {"lat": "outside_city", "lon": "outside_city"}
    assert CITY.name_zh in problem["detail"]


def test_zero_is_a_place_far_away(client):
    assert refused(client, "/api/v1/lots/nearby?lat=0&lon=0")["code"] == "outside_city"


def test_swapped_coordinates_are_told_where_both_could_be_right():
    here = a_model(
        [a_card("aachen", 50.77, 6.08)],
        city=type(CITY)(
            "亚琛", "Aachen", "000001", "Europe/Berlin", (type(CITY.boxes[0])("all", 50.6, 5.9, 50.9, 6.2),)
        ),
    )
    clock = SetClock()
    lookup = Lookup(None, None, clock, model=here)
    client = create_app(PortalServices(None, clock, lookup), (), [api.blueprint]).test_client()
    assert ids(client, "/api/v1/lots/nearby?lat=50.77&lon=6.08") == ["aachen"]
    problem = refused(client, "/api/v1/lots/nearby?lat=6.08&lon=50.77")
    assert fields(problem) == {"lat": "swapped_coordinates", "lon": "swapped_coordinates"}


def test_nearby_answers_in_the_order_asked_for(client):
    assert ids(client, NEARBY) == ["free", "silent", "full"]
    assert ids(client, NEARBY + "&sort=near") == ["free", "full", "silent"]
    assert ids(client, NEARBY + "&sort=near&limit=1") == ["free"]
    assert ids(client, NEARBY + "&radius=120&sort=free") == ["free", "full"]
    assert ids(client, NEARBY + "&min_free=1") == ["free"]
    assert ids(client, NEARBY + "&class=charging") == ["silent"]
    assert ids(client, NEARBY + "&height_cm=220&sort=near") == ["full", "silent"]
    assert ids(client, NEARBY + "&access=all&sort=near")[-1] == "theirs"
    assert ids(client, NEARBY + "&access=residents") == ["theirs"]
    assert ids(client, NEARBY + "&open=now&sort=near&at=2026-11-21T18:30:00+08:00")[0] == "free"


def test_nearby_is_a_page_without_a_next_one(client):
    answer = client.get(NEARBY).get_json()
    assert answer.keys() == {"items", "next"}
    assert answer["next"] is None
    assert [item["distance_m"] for item in answer["items"]] == [0, 222, 111]
    assert answer["items"][0].keys() == {
        "id", "name", "lat", "lon", "access", "district", "open_now", "counts", "distance_m", "shared",
    }  # fmt: skip


def test_pages_lead_from_one_to_the_next_and_keep_what_was_asked(client):
    seen, url = [], "/api/v1/lots?limit=1&district=320999001&access=all"
    while url:
        answer = client.get(url).get_json()
        seen += [item["id"] for item in answer["items"]]
        url = answer["next"]
    assert seen == ["free", "silent", "theirs"]


def test_a_district_that_the_city_does_not_have_is_refused_by_name(client):
    problem = refused(client, "/api/v1/lots?district=nowhere", 422)
    assert [(each["field"], each["code"]) for each in problem["errors"]] == [("district", "district_unknown")]


def test_one_lot_is_told_in_full(client):
    lot = client.get("/api/v1/lots/free").get_json()
    assert lot["name_en"] == "First"
    assert lot["district_name"] == "城东街道"
    assert lot["max_height_cm"] == 210
    assert lot["counts"][0]["free"] == 30
    assert {"entrances", "opening_hours", "address", "operator", "kind", "type"} <= lot.keys()


def test_an_unknown_lot_is_not_found(client):
    assert refused(client, "/api/v1/lots/nowhere", 404)["code"] == "lot_unknown"


def test_an_unknown_address_and_a_wrong_method_are_problems_too(client):
    assert refused(client, "/api/v1/nothing", 404)["code"] == "not_found"
    answer = client.post("/api/v1/lots")
    assert (answer.status_code, answer.get_json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_titles_are_in_the_readers_language(client):
    url = "/api/v1/lots/nearby?lat=480&lon=1"
    chinese = refused(client, url, headers={"Accept-Language": "zh-CN"})
    english = refused(client, url, headers={"Accept-Language": "en-GB,en;q=0.8"})
    assert chinese["title"] == "提交的内容有误"
    assert english["title"].isascii()
    assert chinese["errors"] == english["errors"]
    assert english["errors"][0]["msg_en"].isascii()


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_a_datum_holds_for_the_point_asked_and_the_points_answered(client, datum):
    lat, lon = from_wgs84(LAT, LON, datum)
    first = items(client, f"/api/v1/lots/nearby?lat={lat!r}&lon={lon!r}&crs={datum}&sort=near")[0]
    assert (first["id"], first["distance_m"]) == ("free", 0)
    assert distance_m((first["lat"], first["lon"]), (lat, lon)) < 0.05
    assert distance_m((first["lat"], first["lon"]), (LAT, LON)) > 100
    alone = client.get(f"/api/v1/lots/free?crs={datum}").get_json()
    assert (alone["lat"], alone["lon"]) == pytest.approx((first["lat"], first["lon"]), abs=1e-6)


def test_geojson_is_told_by_accept_and_in_wgs84_only(client):
    answer = client.get(NEARBY + "&sort=near", headers=GEOJSON)
    assert answer.content_type == "application/geo+json"
    collection = answer.get_json()
    assert collection["type"] == "FeatureCollection"
    feature = collection["features"][1]
    assert feature["geometry"] == {"type": "Point", "coordinates": [LON, LAT + 0.001]}
    assert feature["id"] == feature["properties"]["id"] == "full"
    assert feature["properties"]["counts"][0]["free"] == 0
    assert client.get("/api/v1/lots/full", headers=GEOJSON).get_json()["type"] == "Feature"
    problem = refused(client, NEARBY + "&crs=gcj02", 406, headers=GEOJSON)
    assert fields(problem) == {"crs": "geojson_is_wgs84"}
    assert client.get(NEARBY + "&crs=gcj02").status_code == 200


def test_peer_fault_5_a_value_of_2020_is_given_out_in_no_form(client, clock):
    clock.forward(days=6 * 365)
    for url in (NEARBY, "/api/v1/lots", "/api/v1/lots/free"):
        for headers in ({}, GEOJSON):
            text = client.get(url, headers=headers).text
            assert '"free":null' in text
            assert '"free":30' not in text
    assert ids(client, NEARBY + "&min_free=1") == []


@pytest.mark.parametrize("url", [NEARBY, "/api/v1/lots", "/api/v1/lots/free"])
@pytest.mark.parametrize("headers", [{}, GEOJSON])
def test_the_tag_stays_while_only_ages_grow(client, clock, url, headers):
    first = client.get(url, headers=headers)
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    clock.forward(seconds=60)
    again = client.get(url, headers={**headers, "If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert client.get(url, headers=headers).data != first.data
    clock.forward(seconds=600)
    assert client.get(url, headers={**headers, "If-None-Match": tag}).status_code == 200


def test_tags_differ_by_form_and_page(client):
    tags = [
        client.get(NEARBY).headers["ETag"],
        client.get(NEARBY, headers=GEOJSON).headers["ETag"],
        client.get(NEARBY + "&limit=1").headers["ETag"],
        client.get("/api/v1/lots?limit=1").headers["ETag"],
        client.get("/api/v1/lots?limit=1&access=all").headers["ETag"],
    ]
    assert len(set(tags)) == 5


def test_answers_may_be_kept_for_a_moment_and_differ_by_accept(client):
    headers = client.get(NEARBY).headers
    assert headers["Cache-Control"] == "public, max-age=2"
    assert "Accept" in headers["Vary"]


def test_places_are_found_by_words(client):
    found = items(client, "/api/v1/places?q=人民")
    assert [(place["kind"], place["id"]) for place in found] == [("landmark", "hospital")]
    assert items(client, "/api/v1/places?q=没有的地方") == []
    shifted = items(client, "/api/v1/places?q=hospital&crs=gcj02")
    assert not shifted or shifted[0]["lat"] != found[0]["lat"]


def test_a_look_up_that_is_still_empty_is_unavailable_not_empty():
    clock = SetClock()
    lookup = Lookup(None, None, clock)
    client = create_app(PortalServices(None, clock, lookup), (), [api.blueprint]).test_client()
    assert refused(client, NEARBY, 503)["code"] == "lookup_not_filled"


def test_the_document_names_every_parameter_and_problem(client):
    document = client.get("/api/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {
        "/api/v1/lots", "/api/v1/lots/nearby", "/api/v1/lots/{lot_id}", "/api/v1/lots/{lot_id}/quote",
        "/api/v1/places",
    }  # fmt: skip
    operation = document["paths"]["/api/v1/lots/nearby"]["get"]
    assert {each["name"] for each in operation["parameters"]} == {
        "lat", "lon", "radius", "limit", "sort", "class", "min_free", "open", "at", "height_cm", "access",
        "crs", "stay", "arrive", "vehicle", "max_fee_fen",
    }  # fmt: skip
    assert all(each["description"] for each in operation["parameters"])
    assert "600 m" in operation["description"]
    assert set(operation["responses"]["200"]["content"]) == {"application/json", "application/geo+json"}
    assert "304" in operation["responses"]
    for response in document["components"]["responses"].values():
        assert set(response.get("content", {})) <= {"application/problem+json"}


def test_the_page_of_the_document_asks_no_other_machine(client):
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert "//" not in page.text.replace("<!doctype html>", "")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    script = page.text.split('src="')[1].split('"')[0]
    with client.get(script) as answer:
        assert answer.status_code == 200


def test_ids_of_requests_are_taken_when_they_are_sane(client):
    assert client.get(NEARBY, headers={"X-Request-ID": "abc-12345"}).headers["X-Request-ID"] == "abc-12345"
    made = client.get(NEARBY, headers={"X-Request-ID": "a b\tc" * 40}).headers["X-Request-ID"]
    assert made.isalnum()


def test_counts_grow_old_between_two_questions(client, clock):
    ages = []
    for _ in range(2):
        ages.append(items(client, NEARBY + "&limit=1")[0]["counts"][0]["age_s"])
        clock.at += timedelta(seconds=7)
    assert ages == [0, 7]
    assert clock.now() > NOW
