"""Does a machine get a tariff's rate tables, of the version in force on the day it asks for?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.citizen import apds
from parking.tariffs import service
from tests.factories.city import NOW, SINCE, a_city
from tests.factories.sources import HandClock
from tests.factories.tariffs import APPROVER, a_draft, a_tariff, hourly


@pytest.fixture
def client(database, sessions) -> FlaskClient:
    with unit_of_work(sessions) as uow:
        a_city(uow.session, now=NOW, since=SINCE)
    clock = HandClock(NOW)
    lookup = Lookup(database.url, sessions, clock)
    lookup.load()
    return create_app(PortalServices(sessions, clock, lookup), (), [apds.blueprint]).test_client()


def test_rate_tables_are_of_the_version_of_the_day_and_say_what_is_missing(client, sessions) -> None:
    later = NOW.date() + timedelta(days=30)
    with unit_of_work(sessions) as uow:
        tariff_id = a_tariff(uow.session, [], hourly(300, grace_minutes=15))
        draft = a_draft(uow.session, hourly(400), tariff_id=tariff_id, from_on=later)
    asked = f"/api/v1/tariffs/{tariff_id}/apds"

    now = client.get(asked)
    told = now.get_json()
    [table] = told["data"]
    [collection] = table["rateLineCollections"]
    assert [line["value"] for line in collection["rateLines"]] == [3.0]
    assert "overallEndTime" not in table["validity"]["validityTimeSpecification"]
    missing = {each["code"]: each for each in told["notExpressed"]}
    assert set(missing) == {"free_counted_back", "cycle_from_entry", "grace"}
    assert missing["grace"]["place"] == "grace_minutes"
    assert "15" in missing["grace"]["msg_zh"] and "15" in missing["grace"]["msg_en"]
    assert client.get(asked, headers={"If-None-Match": now.headers["ETag"]}).status_code == 304

    # A draft is nobody's business; published, it ends the one before.
    then = f"{asked}?on={later}"
    assert client.get(then).get_json()["data"][0]["version"] == table["version"]
    with unit_of_work(sessions) as uow:
        service.publish(uow.session, APPROVER, draft, NOW)
    assert client.get(then).get_json()["data"][0]["rateLineCollections"][0]["rateLines"][0]["value"] == 4.0
    ends = client.get(asked).get_json()["data"][0]["validity"]["validityTimeSpecification"]
    assert ends["overallEndTime"].startswith(str(later - timedelta(days=1)))


def test_what_is_not_there_is_a_problem_document(client) -> None:
    unknown = client.get("/api/v1/tariffs/nothing/apds")
    assert (unknown.status_code, unknown.get_json()["code"]) == (404, "tariff_not_found")
    wrong = client.get("/api/v1/tariffs/nothing/apds?on=tomorrow")
    assert (wrong.status_code, wrong.get_json()["errors"][0]["field"]) == (422, "on")
    told = client.get("/api/openapi.json").get_json()
    assert "/api/v1/tariffs/{tariff_id}/apds" in told["paths"]
