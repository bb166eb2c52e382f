"""Owners take windows back while drivers cancel and vehicles pass: nobody waits for another in a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import text

from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import Direction
from parking.plates.rules import read_plate
from parking.plates.service import PlateKeys
from parking.sharing.models import Agreement, Booking, Window
from parking.sharing.rules.bookings import BookingState
from parking.sharing.service import bookings, spaces
from parking.sharing.service.booked_together import Booked
from parking.sharing.service.ending import suspend
from parking.sharing.service.windows import withdraw_window
from parking.visits.service.pairing import pair_passages
from tests.factories.bookings import HOUR, NETWORK, a_booking, a_window, miscounted
from tests.factories.city import NOW, a_city
from tests.factories.devices import SEALER
from tests.factories.lookup import SetClock
from tests.factories.passages import a_passage

PLATE, OTHER = "苏F12345", "沪A98765"
MINUTE = timedelta(minutes=1)
_WAITING = text("""
    select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
""")


@dataclass
class Street:
    """Committed windows, and threads that each work in a transaction of their own."""

    sessions: Sessions
    keys: PlateKeys
    pool: ThreadPoolExecutor

    def window(self, *given: Any, **told: Any) -> Window:
        with unit_of_work(self.sessions) as uow:
            return a_window(uow.session, *given, **told)

    def booking(self, window: Window, plate: str, **told: Any) -> Booked:
        with unit_of_work(self.sessions) as uow:
            return a_booking(uow.session, self.keys, window, plate, **told)

    def beside(self, step: Callable[..., Any], *given: Any) -> Future[Any]:
        """Begin a step; goes on once it waits for a lock, with however many did before."""
        waiting = self.waiting()

        def work() -> Any:
            with unit_of_work(self.sessions) as uow:
                return step(uow.session, *given)

        started, until = self.pool.submit(work), monotonic() + 10
        while self.waiting() == waiting and not started.done() and monotonic() < until:
            sleep(0.01)
        assert not started.done() and self.waiting() > waiting
        return started

    def waiting(self) -> int:
        with self.sessions() as session:
            return int(session.scalar(_WAITING) or 0)


@pytest.fixture
def street(sessions: Sessions) -> Iterator[Street]:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
    keys = PlateKeys(sessions, SEALER, SetClock(NOW))
    # The month's key is made in a transaction of its own.
    keys.hash(read_plate(PLATE), NOW)
    with ThreadPoolExecutor(2) as pool:
        yield Street(sessions, keys, pool)


def test_a_booking_is_given_up_while_another_is_to_move_into_its_window(street: Street) -> None:
    taken_back = street.window(from_at=NOW + 6 * HOUR)
    target = street.window(taken_back.lot_id, from_at=NOW + 6 * HOUR)
    moved, given_up = street.booking(taken_back, PLATE), street.booking(target, OTHER)
    with unit_of_work(street.sessions) as uow:
        spaces.locked_window(uow.session, target.id)
        withdrawing = street.beside(withdraw_window, CLI, taken_back.id, "自用", NOW)
        bookings.cancel(uow.session, given_up.id, given_up.code, NETWORK, NOW)
    assert [(each.booking_id, each.window_id) for each in withdrawing.result(20)] == [(moved.id, target.id)]
    with street.sessions() as session:
        assert (session.get_one(Window, target.id).taken, miscounted(session)) == (1, [])


def test_vehicles_pass_at_two_lots_while_one_of_them_ceases_to_lend(street: Street) -> None:
    ceasing = street.window(quota=4)
    near = street.window(quota=4, lat=32.0625)
    later = street.booking(ceasing, PLATE, from_at=NOW + 6 * HOUR)
    with unit_of_work(street.sessions) as uow:
        known = street.keys.hash(read_plate(OTHER), NOW)
        told = {"plate_month": known.month}
        # Into the lot that goes on first, then into the one that ceases.
        rows = [
            a_passage(uow.session, window.lot_id, NOW + at * MINUTE, Direction.ENTRY, plate, **told)
            for at, (window, plate) in enumerate([(near, "one"), (ceasing, "another")])
        ]
        passed = [(row.source, row.event_id) for row in rows]
        agreement = uow.session.get_one(Agreement, ceasing.agreement_id)
    now = NOW + 5 * MINUTE
    with unit_of_work(street.sessions) as uow:
        spaces.locked_window(uow.session, ceasing.id)
        suspending = street.beside(suspend, CLI, agreement.id, agreement.version, "检修", now)
        pairing = street.beside(pair_passages, passed, street.keys, now)
    assert [each.booking_id for each in suspending.result(20)] == [later.id]
    assert pairing.result(20) == 2
    with street.sessions() as session:
        assert session.get_one(Booking, later.id).state == BookingState.BOOKED
        taken = [session.get_one(Window, each.id).taken for each in (ceasing, near)]
        # The vehicle that entered beside a booking that moved; the other came to a lot that lends no more.
        assert (taken, miscounted(session)) == ([0, 2], [])
