"""Whoever tells something while the database is away is told to come again, in the words that it reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import make_url, text

from parking.entrypoints.simulator.barriers import CLEAN, DIALECTS
from parking.entrypoints.simulator.barriers.crossing import Crossing, Leads, vehicle
from parking.kernel.clock import SystemClock
from parking.kernel.db.engine import make_engine, make_sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots import service as lots
from parking.lots.queries import gate_books
from parking.portals._http.problems import PROBLEM_JSON
from tests.factories.barriers import a_gated_lot, a_platform
from tests.factories.city import a_city
from tests.factories.devices import a_client, a_gate_lot
from tests.factories.gateway import Caller, a_gateway

CLOCK = SystemClock()
OTHERS = "select count(*) from pg_stat_activity where datname = %s"
END = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"


@pytest.fixture
def away(database, server) -> Callable[[], AbstractContextManager[None]]:
    """For a while nobody reaches the database."""
    name = make_url(database.url).database
    plain = make_url(server.url).set(drivername="postgresql").render_as_string(hide_password=False)

    @contextmanager
    def gone() -> Iterator[None]:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f'alter database "{name}" with allow_connections false')
            try:
                while connection.execute(OTHERS, [name]).fetchone() != (0,):
                    connection.execute(END, [name])
                    time.sleep(0.01)
                yield
            finally:
                connection.execute(f'alter database "{name}" with allow_connections true')

    return gone


@pytest.fixture
def read_only(database, server) -> Callable[[], AbstractContextManager[None]]:
    """For a while the database only lets read, as one does that follows another."""
    name = make_url(database.url).database
    plain = make_url(server.url).set(drivername="postgresql").render_as_string(hide_password=False)

    @contextmanager
    def gone() -> Iterator[None]:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f'alter database "{name}" set default_transaction_read_only = on')
            connection.execute(END, [name])
            try:
                yield
            finally:
                connection.execute(f'alter database "{name}" reset default_transaction_read_only')
                connection.execute(END, [name])

    return gone


@pytest.fixture(params=["the books are known", "the books are too old"])
def books(request, monkeypatch):
    """Who may tell us something is read anew every two seconds."""
    known = request.param == "the books are known"
    monkeypatch.setattr(gate_books, "_OLD_AFTER_S", 3600 if known else 0)
    monkeypatch.setattr(gate_books, "_TOO_OLD_AFTER_S", 3600 if known else 0)


@pytest.mark.usefixtures("books")
def test_every_operation_of_the_gateway_says_when_to_come_again(sessions, away):
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        lot = a_gate_lot(uow.session)
        client = a_client(uow.session, [lot.id])
    caller = Caller(a_gateway(sessions, sightings=lots.Sightings(sessions)).test_client(), client)
    now = CLOCK.now().isoformat()

    def passage(event_id: str) -> dict[str, str]:
        return {"event_id": event_id, "at": now, "lot": lot.id, "lane": "出口1", "plate": "苏F12345"}

    calls = {
        "one": lambda: caller.post("/passages", passage("e1")),
        "keyed": lambda: caller.post("/passages", passage("e2"), headers={"Idempotency-Key": "k"}),
        "batch": lambda: caller.post("/passages/batches", {"passages": [passage("e3")]}),
        "counts": lambda: caller.post("/counts", {"counts": [{"lot": lot.id, "at": now, "free": 3}]}),
        "void": lambda: caller.post("/voids", {"event_id": "e9", "reason": "试"}),
        "fee": lambda: caller.post("/fees-due", {"lot": lot.id, "plate": "苏F12345"}),
        "allowed": lambda: caller.get(f"/allow-lists/{lot.id}"),
        "check": lambda: caller.get(f"/checks/{lot.id}/2026-11-21"),
    }
    before = {name: call().status_code for name, call in calls.items()}
    with away():
        answers = {name: call() for name, call in calls.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(calls, 503)
    for answer in answers.values():
        assert answer.content_type == PROBLEM_JSON and int(answer.headers["Retry-After"]) >= 1
    assert {name: call().status_code for name, call in calls.items()} == before


def test_where_nothing_can_be_written_a_client_is_told_to_come_again(sessions, read_only):
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        lot = a_gate_lot(uow.session)
        client = a_client(uow.session, [lot.id])
    caller = Caller(a_gateway(sessions, sightings=lots.Sightings(sessions)).test_client(), client)
    told = {"event_id": "e1", "at": CLOCK.now().isoformat(), "lot": lot.id, "lane": "出口1"}
    with read_only():
        answers = [
            caller.post("/passages", told),
            caller.post("/passages/batches", {"passages": [told]}),
            caller.post("/counts", {"counts": [{"lot": lot.id, "at": told["at"], "free": 3}]}),
            caller.post("/voids", {"event_id": "e1", "reason": "试"}),
            caller.post("/heartbeats", {"lot": lot.id}),
        ]
    assert [answer.status_code for answer in answers] == [503] * len(answers)
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers)
    assert caller.post("/passages", told).status_code == 200


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("dialect", sorted(set(DIALECTS) - {CLEAN}))
def test_a_device_is_told_in_its_dialect_to_send_again(sessions, away, dialect):
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
    with unit_of_work(sessions) as uow:
        gate = a_gated_lot(uow.session, (dialect,), CLOCK)[1][0]
    platform = a_platform(sessions, CLOCK)

    def tell(number: int):
        crossing = Crossing(number, CLOCK.now(), Leads.ENTRY, vehicle(3), f"stay-{number}")
        return platform.hear(gate, DIALECTS[dialect].tell(gate, crossing, resent=False))

    assert tell(1)[1].is_acknowledged
    with away():
        status, heard, body = tell(2)
    assert (status, heard.is_acknowledged) == (503, False) and b"urn:parking:problem" not in body
    assert tell(2)[1].is_acknowledged


def test_a_passage_is_taken_though_nobody_can_write_down_who_told_it(sessions):
    nowhere = make_sessions(make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nowhere"))
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        lot = a_gate_lot(uow.session)
        client = a_client(uow.session, [lot.id])
    caller = Caller(a_gateway(sessions, sightings=lots.Sightings(nowhere)).test_client(), client)
    at = (CLOCK.now() - timedelta(seconds=1)).isoformat()
    answer = caller.post("/passages", {"event_id": "e1", "at": at, "lot": lot.id, "lane": "入口1"})
    assert answer.status_code == 200
    with sessions() as session:
        assert session.scalar(text("select count(*) from passages")) == 1
