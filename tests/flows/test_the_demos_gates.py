"""Are the demo city's barriers registered once, with secrets that only the newest start knows?"""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from parking.city import queries as city_queries
from parking.city import service as city
from parking.entrypoints import demo_city
from parking.entrypoints.demo_gates import open_gates
from parking.kernel.actors import CLI
from parking.kernel.clock import SystemClock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.sealing import Sealer
from parking.kernel.vocabulary import Datum
from parking.lots import service as lots
from parking.lots.queries import GateBooks
from parking.lots.rules import read_rows, read_table
from parking.occupancy import queries as occupancy
from parking.visits.queries.pulls import pull_views

SEALER = Sealer.from_secret("a secret of this test alone, long enough")


@pytest.fixture
def demo(sessions: Sessions) -> Sessions:
    now = SystemClock().now()
    with unit_of_work(sessions) as uow:
        profile = tomllib.loads(demo_city.PROFILE.read_text("utf-8"))
        city.load_profile(uow.session, CLI, profile, now, date(2025, 1, 1))
        view = city_queries.city_view(uow.session, city_queries.today(uow.session, now))
        read = read_rows(read_table(demo_city.LOTS.read_bytes(), ".csv"), view, Datum.WGS84)
        lots.import_lots(uow.session, CLI, read.drafts, now)
    return sessions


def test_a_second_start_registers_nothing_and_ends_the_secrets_of_the_first(demo: Sessions) -> None:
    clock = SystemClock()
    first = open_gates(demo, clock, SEALER, "http://127.0.0.1:9001")
    once = GateBooks(demo, SEALER, clock).now()
    second = open_gates(demo, clock, SEALER, "http://127.0.0.1:9002")
    twice = GateBooks(demo, SEALER, clock).now()

    assert once.devices.keys() == twice.devices.keys()
    assert once.lanes == twice.lanes
    assert {client.sandbox for client in twice.clients.values()} == {True, False}
    assert all(lane.counting_source for lane in twice.lanes.values())
    for told, is_good in ((first, False), (second, True)):
        for lot in (*told.street["lots"], *told.street["rows"]):
            for gate in lot.get("gates", [lot]):
                if gate["path"].startswith("/compat/") and lot["code"] != "stranger":
                    _, _, dialect, secret, _ = gate["path"].split("/")
                    assert (twice.device(dialect, secret) is not None) is is_good
    with demo() as session:
        assert {view.address for view in pull_views(session)} == {
            f"http://127.0.0.1:9002/clouds/{each['code']}" for each in second.street["clouds"]
        }
        lot_ids = {lane.lot_id for lane in twice.lanes.values()}
        views = occupancy.counter_views(session, list(lot_ids))
        assert {(view.lot_id, view.value) for view in views} == {(lot_id, 0) for lot_id in lot_ids}
