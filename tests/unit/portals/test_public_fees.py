"""What a stay costs, for machines: at many lots, and at one with its lines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask.testing import FlaskClient
from schemathesis import GenerationMode, checks

from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.citizen import api
from tests.conftest import LONG
from tests.factories.lookup import LAT, LON, SetClock, a_book, a_card, a_model, hourly

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
NEARBY = f"/api/v1/lots/nearby?lat={LAT}&lon={LON}"
# Now in the tests of the look-up is a Friday, 10:00 in the city.
TWO_HOURS = "from=2026-11-20T10:00:00%2B08:00&to=2026-11-20T11:50:00%2B08:00"


@pytest.fixture
def client() -> FlaskClient:
    cards = [
        a_card("silent", opening_hours="24/7"),
        a_card("dear", LAT + 0.001, opening_hours="Mo-Su 06:00-12:00"),
        a_card("half", LAT + 0.002, opening_hours="24/7"),
        a_card("gratis", LAT + 0.003),
    ]
    book = a_book({"dear": hourly(500, 30), "half": hourly(250), "gratis": hourly(0)})
    clock = SetClock()
    services = PortalServices(None, clock, Lookup(None, None, clock, model=a_model(cards, book=book)))
    return create_app(services, (), [api.blueprint], description=api.DESCRIPTION).test_client()


def fees(client: FlaskClient, query: str) -> dict[str, Any]:
    answer = client.get(f"{NEARBY}&sort=near&{query}")
    assert answer.status_code == 200, answer.text
    return {item["id"]: item.get("fee") for item in answer.get_json()["items"]}


def ids(client: FlaskClient, query: str) -> list[str]:
    return [item["id"] for item in client.get(f"{NEARBY}&{query}").get_json()["items"]]


def test_each_lot_tells_its_fee_where_a_stay_is_told(client):
    assert set(fees(client, "limit=20").values()) == {None}
    change = {"at": "2026-11-20T04:01:00Z", "fee_fen": 1500}
    told = fees(client, "stay=110")
    assert told["dear"] == {"price": "priced", "fee_fen": 1000, "next_change": change}
    assert told["silent"] == {"price": "unknown", "fee_fen": None, "next_change": None}
    assert told["gratis"] == {"price": "free", "fee_fen": 0, "next_change": None}
    assert fees(client, "stay=30")["dear"]["fee_fen"] == 0


def test_cheap_comes_first_and_the_dearer_may_be_left_out(client):
    assert ids(client, "stay=110&sort=cheap") == ["gratis", "half", "dear", "silent"]
    assert ids(client, "stay=30&sort=cheap") == ["dear", "gratis", "half", "silent"]
    assert ids(client, "stay=110&max_fee_fen=500&sort=near") == ["half", "gratis"]


def test_open_with_a_stay_means_open_for_all_of_it(client):
    assert "dear" in ids(client, "stay=110&open=1")
    assert "dear" not in ids(client, "stay=130&open=1")
    assert "dear" not in ids(client, "stay=30&open=1&arrive=2026-11-20T18:00:00%2B08:00")


def test_the_tag_of_an_answer_covers_its_fees(client):
    tags = [client.get(f"{NEARBY}&{query}").headers["ETag"] for query in ("", "stay=30", "stay=110")]
    assert len(set(tags)) == 3
    again = client.get(f"{NEARBY}&stay=110", headers={"If-None-Match": tags[2]})
    assert again.status_code == 304
    feature = client.get(f"{NEARBY}&stay=110", headers={"Accept": "application/geo+json"}).get_json()
    assert feature["features"][0]["properties"]["fee"]


def test_a_quote_tells_its_lines_in_the_readers_language(client):
    chinese = client.get(f"/api/v1/lots/dear/quote?{TWO_HOURS}", headers={"Accept-Language": "zh-CN"})
    told = chinese.get_json()
    assert told == {
        "lot": "dear",
        "from": "2026-11-20T02:00:00Z",
        "to": "2026-11-20T03:50:00Z",
        "vehicle": "small",
        "price": "priced",
        "fee_fen": 1000,
        "currency": "CNY",
        "lines": [{"text": "00:00–24:00：2 个 60 分钟，每个 ¥5", "fee_fen": 1000}],
        "next_change": {"at": "2026-11-20T04:01:00Z", "fee_fen": 1500},
        "tariff": {
            "id": "hourly-500-30",
            "name": "按小时",
            "version": 1,
            "in_force_since": "2020-01-01T00:00:00Z",
            "zone": None,
        },
        "window_id": None,
    }
    english = client.get(f"/api/v1/lots/dear/quote?{TWO_HOURS}", headers={"Accept-Language": "en"})
    assert english.get_json()["lines"][0]["text"] == "00:00–24:00: 2 × 60 minutes at ¥5 each"
    assert {"Accept", "Accept-Language"} <= set(english.vary)
    assert chinese.headers["ETag"] != english.headers["ETag"]
    same = client.get(
        f"/api/v1/lots/dear/quote?{TWO_HOURS}",
        headers={"Accept-Language": "zh-CN", "If-None-Match": chinese.headers["ETag"]},
    )
    assert same.status_code == 304


def test_a_lot_without_a_tariff_costs_nobody_knows_what_never_nothing(client):
    told = client.get(f"/api/v1/lots/silent/quote?{TWO_HOURS}").get_json()
    assert (told["price"], told["fee_fen"], told["lines"], told["tariff"]) == ("unknown", None, [], None)


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("from=2026-11-20T10:00:00&to=2026-11-20T12:00:00Z", "from", "not_an_instant"),
        ("from=2026-11-20T10:00:00Z", "to", "missing"),
        ("from=2026-11-20T10:00:00Z&to=2026-11-20T09:59:00Z", "to", "stay_ends_before_it_begins"),
        ("from=2026-11-20T10:00:00Z&to=2027-12-25T10:00:00Z", "to", "stay_too_long"),
        ("from=0001-01-01T00:00:00Z&to=2026-11-20T09:59:00Z", "from", "not_an_instant"),
        (f"{TWO_HOURS}&vehicle=tank", "vehicle", "not_a_choice"),
        (f"{TWO_HOURS}&zone=1", "zone", "unknown_parameter"),
    ],
)
def test_a_stay_without_sense_is_refused_with_its_field_named(client, query, field, code):
    for lot_id in ("dear", "silent"):
        answer = client.get(f"/api/v1/lots/{lot_id}/quote?{query}")
        assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
        (error,) = answer.get_json()["errors"]
        assert (error["field"], error["code"]) == (field, code)
        assert error["msg_zh"] and error["msg_en"].isascii()


def test_an_unknown_lot_has_no_quote(client):
    answer = client.get(f"/api/v1/lots/nowhere/quote?{TWO_HOURS}")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "lot_unknown")


def test_an_instant_is_one_whatever_its_offset(client):
    there = client.get("/api/v1/lots/dear/quote?from=2026-11-20T02:00:00Z&to=2026-11-20T03:50:00Z")
    assert there.get_json()["from"] == datetime(2026, 11, 20, 2, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert there.get_json() == client.get(f"/api/v1/lots/dear/quote?{TWO_HOURS}").get_json()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("path", ["/api/v1/lots/nearby", "/api/v1/lots/{lot_id}/quote"])
def test_made_up_questions_are_answered_as_the_document_says(client, path, mode):
    operation = schemathesis.openapi.from_wsgi("/api/openapi.json", client.application)[path]["GET"]

    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=100 if LONG else 8,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )
    def ask(case: Any) -> None:
        if "lot_id" in case.path_parameters:
            case.path_parameters["lot_id"] = "dear"
        response = case.call()
        if b"\x00" not in response.request.url.encode() and "%00" not in response.request.url:
            assert response.status_code in (200, 404, 422)
            case.validate_response(response, checks=CHECKS)

    ask()
