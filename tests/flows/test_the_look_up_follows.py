"""What is stored is in the public answer a moment later, and an outage of the database is not one of ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.kernel.actors import CLI
from parking.kernel.clock import SystemClock
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lookup.queries import Lookup
from parking.lots import service as lots
from parking.occupancy import service as occupancy
from parking.occupancy.rules import CountInput
from parking.plates.service import PlateKeys
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.citizen import api
from parking.sharing.queries.windows import open_windows
from parking.sharing.rules.bookings import BookingAsk
from parking.sharing.service.booking_desk import BookingDesk
from parking.sharing.service.ending import suspend
from parking.tariffs import queries as tariffs
from parking.tariffs.rules.quotes import Stay
from tests.factories.accounts import register
from tests.factories.city import a_city
from tests.factories.devices import SEALER
from tests.factories.lots import a_lot
from tests.factories.sharing import an_agreement
from tests.factories.tariffs import a_tariff, hourly

NEARBY = "/api/v1/lots/nearby?lat=32.06&lon=120.62&sort=near"


def until(seen: Callable[[], Any], within_s: float = 20.0) -> Any:
    """The first true thing seen; fails when there is none for long."""
    end = time.monotonic() + within_s
    while not (found := seen()):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.02)
    return found


@pytest.fixture
def lookup(database, sessions) -> Iterator[Lookup]:
    """A look-up that follows an empty database."""
    lookup = Lookup(database.url, sessions, SystemClock())
    lookup.start()
    yield lookup
    lookup.stop()


@pytest.fixture
def client(lookup, sessions) -> FlaskClient:
    return create_app(PortalServices(sessions, SystemClock(), lookup), (), [api.blueprint]).test_client()


@pytest.fixture
def lot_id(sessions) -> str:
    with unit_of_work(sessions) as uow:
        a_city(uow.session, now=datetime.now(UTC), since=date(2020, 1, 1))
        return a_lot(uow.session, now=datetime.now(UTC), lat=32.0601).id


def count(session: Session, lot_id: str, free: int) -> None:
    now = datetime.now(UTC)
    told = CountInput(lot_id, SpaceClass.GENERAL, now, free)
    recorded = occupancy.record_counts(session, CLI, "feed", [told], now)
    assert recorded.new == 1, recorded


def free_of(client: FlaskClient, lot_id: str) -> Any:
    items = client.get(NEARBY).get_json()["items"]
    return next((item["counts"][0]["free"] for item in items if item["id"] == lot_id), "absent")


def test_a_city_its_lots_and_their_counts_appear_without_a_restart(lookup, client, sessions):
    assert client.get(NEARBY).status_code == 503
    with unit_of_work(sessions) as uow:
        a_city(uow.session, now=datetime.now(UTC), since=date(2020, 1, 1))
    until(lambda: lookup.ready)
    with unit_of_work(sessions) as uow:
        card = a_lot(uow.session, now=datetime.now(UTC), name="新停车场", lat=32.0601)
    until(lambda: free_of(client, card.id) != "absent")
    assert free_of(client, card.id) is None
    with unit_of_work(sessions) as uow:
        count(uow.session, card.id, 42)
    until(lambda: free_of(client, card.id) == 42)
    with unit_of_work(sessions) as uow:
        assert lots.change_lot(uow.session, CLI, card.id, {"name": "改名停车场"}, datetime.now(UTC))
    until(lambda: client.get(f"/api/v1/lots/{card.id}").get_json()["name"] == "改名停车场")
    assert free_of(client, card.id) == 42


def test_what_was_rolled_back_is_never_seen(lookup, client, sessions, lot_id):
    until(lambda: lookup.ready)
    with sessions() as session:
        count(session, lot_id, 7)
        session.rollback()
    with unit_of_work(sessions) as uow:
        count(uow.session, lot_id, 8)
    assert until(lambda: free_of(client, lot_id)) == 8


def test_a_lost_connection_loses_no_change(lookup, client, sessions, lot_id):
    until(lambda: lookup.ready)
    with unit_of_work(sessions) as uow:
        ended = uow.session.scalars(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where application_name = 'parking-follower' and datname = current_database()"
            )
        ).all()
        assert ended == [True]
        count(uow.session, lot_id, 9)
    until(lambda: lookup.lost)
    assert client.get(NEARBY).status_code == 200
    until(lambda: free_of(client, lot_id) == 9)
    until(lambda: lookup.lost is None)


def test_without_a_database_the_last_good_model_serves(sessions, database, lot_id):
    filled = Lookup(database.url, sessions, SystemClock())
    filled.load()
    alone = Lookup("postgresql://127.0.0.1:9/away", sessions, SystemClock(), model=filled.model)
    alone.start()
    try:
        until(lambda: alone.lost == "OperationalError")
        client = create_app(PortalServices(sessions, SystemClock(), alone), (), [api.blueprint]).test_client()
        assert [item["id"] for item in client.get(NEARBY).get_json()["items"]] == [lot_id]
        assert client.get("/healthz").status_code == 200
        assert "parking_lookup_lots 1.0" in client.get("/metrics").text
    finally:
        alone.stop()


def test_a_tariff_that_is_published_prices_the_lot_at_once(lookup, client, sessions, lot_id):
    def fee() -> Any:
        items = client.get(f"{NEARBY}&stay=120").get_json()
        return next((item["fee"] for item in items.get("items", ()) if item["id"] == lot_id), None)

    until(lambda: fee() == {"price": "unknown", "fee_fen": None, "next_change": None})
    quoted = f"/api/v1/lots/{lot_id}/quote?from=2026-11-20T02:00:00Z&to=2026-11-20T04:00:00Z"
    with unit_of_work(sessions) as uow:
        tariff_id = a_tariff(uow.session, [lot_id], hourly(300), now=datetime.now(UTC))
    until(lambda: fee()["fee_fen"] == 600)
    with sessions() as session:
        stay = Stay(datetime(2026, 11, 20, 2, tzinfo=UTC), datetime(2026, 11, 20, 4, tzinfo=UTC))
        asked = tariffs.quote_for(session, lot_id, stay)
    told = client.get(quoted).get_json()
    assert (told["fee_fen"], told["tariff"]["id"]) == (asked.quote.fee_fen, tariff_id)
    assert told["fee_fen"] == sum(line["fee_fen"] for line in told["lines"])


def test_a_capacity_that_changes_is_told_at_once(lookup, client, sessions, lot_id):
    until(lambda: lookup.ready)
    with unit_of_work(sessions) as uow:
        lots.correct_spaces_to(uow.session, CLI, lot_id, {SpaceClass.GENERAL: 61}, datetime.now(UTC), "复核")
    until(lambda: client.get(f"/api/v1/lots/{lot_id}").get_json()["counts"][0]["capacity"] == 61)


def test_a_window_that_opens_and_the_spaces_taken_of_it_are_told_at_once(lookup, client, sessions, lot_id):
    def left() -> list[int]:
        told = client.get(f"/api/v1/lots/{lot_id}").get_json()
        return [window["left"] for window in told.get("shared", ())]

    until(lambda: lookup.ready)
    now = datetime.now(UTC)
    today = now.date()
    with unit_of_work(sessions) as uow:
        agreed = an_agreement(
            uow.session,
            lot_id,
            now=now,
            hours="Mo-Su 00:00-23:00",
            quota=3,
            from_on=today - timedelta(days=1),
            until_on=today + timedelta(days=90),
        )
    until(lambda: left()[:1] == [3])
    keys, asked = PlateKeys(sessions, SEALER, SystemClock()), now + timedelta(days=1)
    with unit_of_work(sessions) as uow:
        window = next(each for each in open_windows(uow.session, [lot_id], asked, asked + timedelta(days=2)))
        ask = BookingAsk(window.id, max(window.from_at, asked), window.until_at, "苏F12345")
    BookingDesk(sessions, keys).book(ask, "a network", now)
    until(lambda: 2 in left())
    with unit_of_work(sessions) as uow:
        suspend(uow.session, CLI, agreed.id, agreed.version, "测试", now)
    until(lambda: left() == [])


def test_a_lot_whose_closure_was_filed_is_offered_to_nobody(lookup, client, sessions, lot_id):
    until(lambda: free_of(client, lot_id) != "absent" if lookup.ready else None)
    now = datetime.now(UTC)
    with unit_of_work(sessions) as uow:
        owner = register(uow.session, now=now).organisation_id
        told = (uow.session, CLI, lot_id, "试停备证-2026-00001", "closed", now.date(), owner, now)
        lots.put_certificate(*told)
    until(lambda: free_of(client, lot_id) == "absent")
    assert client.get(f"/api/v1/lots/{lot_id}").status_code == 404


def test_a_process_waits_for_its_first_model_before_it_answers(sessions, database, lot_id):
    waiting = Lookup(database.url, sessions, SystemClock())
    waiting.start()
    try:
        assert waiting.wait_tried(20) and waiting.ready
    finally:
        waiting.stop()


def test_a_process_without_a_city_does_not_wait_for_ever(lookup):
    assert lookup.wait_tried(20) and not lookup.ready
    assert lookup.lost == "ProfileMissing"
