"""What does the public JSON answer, over a model in memory?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from parking.kernel.geo import distance_m, from_wgs84
from parking.kernel.vocabulary import Datum
from tests.factories.lookup import LAT, LON, NOW
from tests.unit.portals.public.asking import GEOJSON, NEARBY, fields, ids, items, refused


def test_zero_is_a_place_far_away(client):
    assert refused(client, "/api/v1/lots/nearby?lat=0&lon=0")["code"] == "outside_city"


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


def test_one_lot_is_told_in_full(client):
    lot = client.get("/api/v1/lots/free").get_json()
    assert lot["name_en"] == "First"
    assert lot["district_name"] == "城东街道"
    assert lot["max_height_cm"] == 210
    assert lot["counts"][0]["free"] == 30
    assert {"entrances", "opening_hours", "address", "operator", "kind", "type"} <= lot.keys()


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
