"""Is what cannot be answered refused with the field that is wrong?"""

from __future__ import annotations

import pytest

from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.citizen import api, bookings_api
from tests.factories.lookup import CITY, SetClock, a_card, a_model
from tests.unit.portals.public.asking import NEARBY, fields, ids, refused


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


def test_a_district_that_the_city_does_not_have_is_refused_by_name(client):
    problem = refused(client, "/api/v1/lots?district=nowhere", 422)
    assert [(each["field"], each["code"]) for each in problem["errors"]] == [("district", "district_unknown")]


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


def test_a_look_up_that_is_still_empty_is_unavailable_not_empty():
    clock = SetClock()
    lookup = Lookup(None, None, clock)
    client = create_app(PortalServices(None, clock, lookup), (), [api.blueprint]).test_client()
    assert refused(client, NEARBY, 503)["code"] == "lookup_not_filled"


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":' * 2_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"plate":' * 2_000 + b"1" + b"}" * 2_000,
        b'{"plate": ' + b"1" * 5_000 + b"}",
        b'{"plate": "\\ud800"}',
        b'{"plate": NaN}',
        b"\xff",
        b"{",
    ],
    ids=["unended", "lists", "objects", "digits", "surrogate", "no number", "bytes", "cut"],
)
def test_a_body_that_is_no_json_or_nested_without_end_is_told_so(body):
    nothing = PortalServices(None, SetClock(), None)  # type: ignore[arg-type]
    client = create_app(nothing, (), [bookings_api.blueprint]).test_client()
    answer = client.post("/api/v1/bookings", data=body, content_type="application/json")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert [(each["field"], each["code"]) for each in answer.get_json()["errors"]] == [("", "not_json")]
