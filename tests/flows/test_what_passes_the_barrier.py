"""From a played barrier to the count: each dialect, with its repeats, its undoing and its bad manners."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from parking.entrypoints.simulator.barriers import CLEAN, DIALECTS
from parking.entrypoints.simulator.barriers.crossing import Crossing, Gate, Leads, vehicle
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.occupancy import queries as occupancy_queries
from parking.occupancy import service as occupancy
from parking.visits.service.pairing import pair_waiting
from tests.factories.barriers import Platform, a_gated_lot, a_platform
from tests.factories.city import a_city
from tests.factories.sources import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def platform(sessions: Sessions, clock: HandClock) -> Iterator[Platform]:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
    yield a_platform(sessions, clock)


def opened(platform: Platform, sessions: Sessions, dialect: str) -> tuple[str, Gate, Gate]:
    """A lot of this dialect, found empty a minute ago, with its gate in and its gate out."""
    with unit_of_work(sessions) as uow:
        lot_id, (entry, way_out) = a_gated_lot(uow.session, (dialect,), platform.clock)
        began_at = platform.clock.now() - timedelta(minutes=1)
        occupancy.set_count_by_hand(
            uow.session, CLI, lot_id, SpaceClass.GENERAL, began_at, reason="empty", occupied=0
        )
    platform.books.read_again()
    return lot_id, entry, way_out


def occupied(sessions: Sessions, lot_id: str) -> int:
    with sessions() as session:
        [view] = occupancy_queries.counter_views(session, [lot_id])
        return view.value


def visits(sessions: Sessions, lot_id: str) -> list[tuple[str, str | None]]:
    with sessions() as session:
        found = session.execute(
            text(
                "select state, doubt from visits where lot_id = :lot and state <> 'voided' order by seen_at"
            ),
            {"lot": lot_id},
        )
        return [(row.state, row.doubt) for row in found]


def reasons_aside(sessions: Sessions) -> list[str]:
    with sessions() as session:
        return list(session.scalars(text("select reason from quarantined")))


every_dialect = pytest.mark.parametrize("dialect", DIALECTS)


@every_dialect
def test_a_vehicle_comes_and_goes_and_is_counted_once_however_often_it_is_told(
    dialect: str, platform: Platform, sessions: Sessions, clock: HandClock
) -> None:
    lot_id, entry, way_out = opened(platform, sessions, dialect)
    came_at = clock.now()
    coming = Crossing(1, came_at, Leads.ENTRY, vehicle(3), "stay-1")
    unread = Crossing(2, came_at + timedelta(seconds=5), Leads.ENTRY, None, "stay-2")
    going = Crossing(3, came_at + timedelta(hours=2), Leads.EXIT, vehicle(3), "stay-1", came_at)
    for crossing, resent in ((coming, False), (coming, True), (unread, False)):
        heard = platform.tell(entry, crossing, resent=resent)
        assert (heard.is_acknowledged, heard.opens) == (True, False)
    clock.forward(minutes=1)
    assert occupied(sessions, lot_id) == 2
    clock.forward(hours=3)
    for resent in (True, False):
        assert platform.tell(way_out, going, resent=resent).is_acknowledged
    assert occupied(sessions, lot_id) == 1
    pair_waiting(sessions, platform.keys, clock)
    assert ("closed", None) in visits(sessions, lot_id)


@every_dialect
def test_a_clock_that_is_ahead_is_acknowledged_and_counted_nowhere(
    dialect: str, platform: Platform, sessions: Sessions, clock: HandClock
) -> None:
    lot_id, entry, _ = opened(platform, sessions, dialect)
    ahead = Crossing(1, clock.now() + timedelta(minutes=11), Leads.ENTRY, vehicle(3), "stay-1")
    assert platform.tell(entry, ahead).is_acknowledged
    assert occupied(sessions, lot_id) == 0
    assert reasons_aside(sessions) == ["clock_ahead"]


@pytest.mark.parametrize("dialect", ["vzenith", CLEAN])
def test_a_vehicle_that_backs_out_is_not_inside(
    dialect: str, platform: Platform, sessions: Sessions, clock: HandClock
) -> None:
    lot_id, entry, _ = opened(platform, sessions, dialect)
    coming = Crossing(1, clock.now(), Leads.ENTRY, vehicle(3), "stay-1")
    platform.tell(entry, coming)
    assert occupied(sessions, lot_id) == 1
    clock.forward(seconds=9)
    back = DIALECTS[dialect].take_back(entry, coming, clock.now())
    assert back is not None
    assert platform.hear(entry, back, "m-2")[1].is_acknowledged
    assert occupied(sessions, lot_id) == 0


@pytest.mark.parametrize("dialect", [name for name in DIALECTS if name != CLEAN])
def test_a_device_of_nobody_is_answered_in_its_dialect_and_listed_but_counts_nothing(
    dialect: str, platform: Platform, sessions: Sessions, clock: HandClock
) -> None:
    lot_id, entry, _ = opened(platform, sessions, dialect)
    stranger = Gate("x", dialect, f"/compat/{dialect}/nobodys-secret/", Leads.ENTRY, "SIM-STRANGER", "L", "A")
    heard = platform.tell(stranger, Crossing(1, clock.now(), Leads.ENTRY, vehicle(3), "stay-1"))
    assert (heard.is_acknowledged, heard.opens) == (True, False)
    assert occupied(sessions, lot_id) == 0
    with sessions() as session:
        seen = session.execute(text("select dialect, serial from unknown_devices")).all()
        assert [tuple(row) for row in seen] == [
            (dialect, stranger.lot_key if entry.secret else "SIM-STRANGER")
        ]
        assert not session.execute(text("select 1 from passages")).all()


def test_a_client_with_a_wrong_key_is_refused(
    platform: Platform, sessions: Sessions, clock: HandClock
) -> None:
    lot_id, entry, _ = opened(platform, sessions, CLEAN)
    forged = replace(entry, secret="whsec_" + "QUFB" * 11)
    coming = Crossing(1, clock.now(), Leads.ENTRY, vehicle(3), "stay-1")
    assert platform.hear(forged, DIALECTS[CLEAN].tell(forged, coming))[0] == 401
    assert occupied(sessions, lot_id) == 0


@pytest.mark.parametrize("dialect", ["fourpyun", "bolink"])
def test_a_cloud_that_signs_with_a_wrong_secret_counts_nothing_and_is_kept_aside(
    dialect: str, platform: Platform, sessions: Sessions, clock: HandClock
) -> None:
    lot_id, entry, _ = opened(platform, sessions, dialect)
    platform.tell(
        replace(entry, secret="another"), Crossing(1, clock.now(), Leads.ENTRY, vehicle(3), "stay-1")
    )
    assert occupied(sessions, lot_id) == 0
    assert reasons_aside(sessions) == ["signature_wrong"]


@pytest.mark.parametrize("dialect", [name for name in DIALECTS if name not in ("fourpyun", "bolink")])
def test_a_sign_of_life_is_heard_and_seen(
    dialect: str, platform: Platform, sessions: Sessions, clock: HandClock
) -> None:
    _, entry, _ = opened(platform, sessions, dialect)
    beat = DIALECTS[dialect].beat(entry, clock.now())
    assert beat is not None
    status, heard, answer = platform.hear(entry, beat, "beat-1")
    assert (status, heard.opens) == (200, False), answer
    assert b"simulated-camera-password" not in answer
