"""Every example of docs/api.md is asked of a city in a real database, and answered as it says there."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from parking.kernel.actors import CLI
from parking.kernel.clock import SystemClock
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lookup.queries import Lookup
from parking.occupancy import service as occupancy
from parking.occupancy.rules import CountInput
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.citizen import api
from tests.factories.city import a_city
from tests.factories.lots import a_lot
from tests.factories.tariffs import a_tariff, hourly

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
_FENCE = re.compile(r"```(http|json)\n(.*?)```", re.DOTALL)


def examples() -> list[tuple[str, Any]]:
    """Each request with the answer that follows it, None where the page shows none."""
    found: list[tuple[str, Any]] = []
    for kind, block in _FENCE.findall(TEXT):
        if kind == "http":
            found += [(line.removeprefix("GET "), None) for line in block.splitlines()]
        else:
            found[-1] = (found[-1][0], json.loads(block))
    return found


@pytest.fixture
def client(database, sessions) -> FlaskClient:
    now = datetime.now(UTC)
    with unit_of_work(sessions) as uow:
        a_city(uow.session, now=now, since=date(2020, 1, 1))
        spaces = {SpaceClass.GENERAL: 120, SpaceClass.CHARGING: 8}
        card = a_lot(
            uow.session,
            now=now,
            name="人民医院东停车场",
            lat=32.0605,
            lon=120.6203,
            spaces=spaces,
            opening_hours="24/7",
            district_code="320999001",
        )
        counts = [
            CountInput(card.id, SpaceClass.GENERAL, now, 86),
            CountInput(card.id, SpaceClass.CHARGING, now, 3),
        ]
        occupancy.record_counts(uow.session, CLI, "feed", counts, now)
        a_tariff(uow.session, [card.id], hourly(300), name="二类停车场", now=now)
    lookup = Lookup(database.url, sessions, SystemClock())
    lookup.load()
    app = create_app(PortalServices(sessions, SystemClock(), lookup), (), [api.blueprint])
    return app.test_client()


def shape(value: Any) -> Any:
    """Names and kinds of values, the first of each list standing for all."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return float if isinstance(value, float) else type(value)


def test_every_example_is_answered_as_the_page_says(client):
    asked = examples()
    assert len(asked) >= 10
    lot_id = client.get("/api/v1/lots").get_json()["items"][0]["id"]
    for url, shown in asked:
        answer = client.get(url.replace("{id}", lot_id))
        document = answer.get_json()
        if shown is None:
            assert answer.status_code == 200, url
            assert document.get("items") or document.get("id"), url
            continue
        assert shape(document) == shape(shown), url
        assert answer.status_code == shown.get("status", 200), url


def test_the_lot_of_the_first_example_is_found_where_it_is(client):
    url, shown = examples()[0]
    (item,) = client.get(url).get_json()["items"]
    (promised,) = shown["items"]
    kept = ("name", "lat", "lon", "access", "district", "open_now", "distance_m")
    assert {name: item[name] for name in kept} == {name: promised[name] for name in kept}
    assert item["counts"][0]["free"] == promised["counts"][0]["free"]


def test_the_quote_of_the_page_is_what_is_answered(client):
    url, shown = next((url, shown) for url, shown in examples() if "/quote?" in url)
    lot_id = client.get("/api/v1/lots").get_json()["items"][0]["id"]
    answer = client.get(url.replace("{id}", lot_id), headers={"Accept-Language": "zh-CN"}).get_json()
    assert answer | {"lot": "…", "tariff": answer["tariff"] | {"id": "…"}} == shown


def test_the_refusal_of_the_page_is_what_is_answered(client):
    url, shown = examples()[-1]
    answer = client.get(url, headers={"Accept-Language": "zh-CN"}).get_json()
    assert answer | {"request_id": "…"} == shown
