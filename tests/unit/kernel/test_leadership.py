"""Which of several workers runs what only one may run?"""

from __future__ import annotations

from datetime import timedelta

from parking.kernel.jobs import LEASE_S, Leadership
from tests.factories.lookup import SetClock


def test_one_worker_leads_and_keeps_leading(sessions):
    clock = SetClock()
    first, second = Leadership(sessions, clock), Leadership(sessions, clock)
    assert first.claim() and not second.claim()
    for _ in range(3):
        clock.at += timedelta(seconds=LEASE_S - 1)
        assert first.claim() and not second.claim()


def test_a_worker_that_dies_is_followed_within_its_lease(sessions):
    clock = SetClock()
    first, second = Leadership(sessions, clock), Leadership(sessions, clock)
    assert first.claim()
    clock.at += timedelta(seconds=LEASE_S)
    assert second.claim() and not first.claim()


def test_a_worker_that_stops_is_followed_at_once(sessions):
    clock = SetClock()
    first, second = Leadership(sessions, clock), Leadership(sessions, clock)
    assert first.claim()
    second.resign()
    assert not second.claim(), "nobody gives up what another holds"
    first.resign()
    assert second.claim()
