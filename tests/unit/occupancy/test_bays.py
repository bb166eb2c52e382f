"""Do bay sensors add up to one count, in whatever order and however often they tell?"""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import func, select

from parking.boundary.gates import BayTold
from parking.kernel.actors import CLI
from parking.kernel.vocabulary import SpaceClass
from parking.lots import service as lots
from parking.lots.rules import DeviceDraft, DeviceKind
from parking.occupancy import queries
from parking.occupancy.errors import BayRefused, BayUnknown
from parking.occupancy.models import CountFact
from parking.occupancy.queries.bays import bays_of
from parking.occupancy.rules.bays import MOST_BAYS, BayOutcome
from parking.occupancy.service.bays import BayDraft, register_bays, remove_bay, tell_bays
from tests.factories.city import NOW, a_city
from tests.factories.devices import a_device
from tests.factories.lots import a_lot

GENERAL, CHARGING = SpaceClass.GENERAL, SpaceClass.CHARGING
B = BayOutcome
LATER = NOW + timedelta(seconds=9)


@pytest.fixture
def lot_id(session) -> str:
    a_city(session)
    return a_lot(session, spaces={GENERAL: 100, CHARGING: 10}).id


def a_sensor(session, lot_id, keys="ab", space_class=GENERAL) -> str:
    device = a_device(session, "inmotion", lot_id=lot_id, kind=DeviceKind.SENSOR, serial=None)
    register_bays(session, CLI, device.id, lot_id, space_class, [BayDraft(k, f"{k}号") for k in keys], NOW)
    return device.id


def told(bay: str, occupied: bool, second: float = 0, **more) -> BayTold:
    return BayTold(bay, occupied, NOW + timedelta(seconds=second), **more)


def counted(session, lot_id) -> dict[SpaceClass, int]:
    return {view.space_class: view.value for view in queries.counter_views(session, [lot_id])}


def test_no_class_is_counted_before_each_of_its_bays_has_told(session, lot_id) -> None:
    device, other = a_sensor(session, lot_id), a_sensor(session, lot_id, "x", CHARGING)
    assert tell_bays(session, device, [told("a", True)], NOW) == (B.CHANGED,)
    assert counted(session, lot_id) == {}
    tell_bays(session, device, [told("b", False)], NOW)
    assert counted(session, lot_id) == {GENERAL: 1}
    tell_bays(session, other, [told("x", True)], NOW)
    assert counted(session, lot_id) == {GENERAL: 1, CHARGING: 1}


def test_the_bays_of_two_systems_in_one_class_are_one_count(session, lot_id) -> None:
    first, second = a_sensor(session, lot_id), a_sensor(session, lot_id, "c")
    tell_bays(session, first, [told("a", True), told("b", True)], NOW)
    tell_bays(session, second, [told("c", True, 1)], NOW + timedelta(seconds=1))
    assert counted(session, lot_id) == {GENERAL: 3}


def test_the_newest_telling_of_each_bay_holds_whatever_comes_last(session, lot_id) -> None:
    # In one second both change; the sums of that second must not stand in each other's way.
    news = [told("a", True, 5), told("b", True, 5), told("a", False, 1), told("b", False, 2)]
    device = a_sensor(session, lot_id)
    for order in list(permutations(news))[::5]:
        with session.begin_nested() as attempt:
            for each in (*order, *order):
                tell_bays(session, device, [each], NOW + timedelta(seconds=9))
            assert counted(session, lot_id) == {GENERAL: 2}
            attempt.rollback()
        session.expire_all()


def test_what_nobody_can_believe_is_refused_and_changes_nothing(session, lot_id) -> None:
    device = a_sensor(session, lot_id)
    week, ahead = 7 * 86_400, 120
    outcomes = tell_bays(
        session,
        device,
        [told("a", True, -week - 1), told("a", True, ahead + 1), told("z", True), told("a", False, ahead)],
        NOW,
    )
    assert outcomes == (B.TOO_OLD, B.CLOCK_AHEAD, B.UNKNOWN_BAY, B.CHANGED)
    assert [view.occupied for view in bays_of(session, device)] == [False, None]


def test_a_repetition_adds_no_fact(session, lot_id) -> None:
    device = a_sensor(session, lot_id, "a")
    outcomes = [tell_bays(session, device, [told("a", True, s)], NOW)[0] for s in (-9, -9, -20, -5)]
    assert outcomes == [B.CHANGED, B.OLDER, B.OLDER, B.CONFIRMED]
    assert session.scalar(select(func.count()).select_from(CountFact)) == 2


def test_a_battery_that_is_not_told_stays_as_it_was(session, lot_id) -> None:
    device = a_sensor(session, lot_id, "a")
    tell_bays(session, device, [told("a", True, -9, battery_low=True), told("a", True, -5)], NOW)
    assert bays_of(session, device)[0].battery_low
    tell_bays(session, device, [told("a", True, -1, battery_low=False)], NOW)
    assert not bays_of(session, device)[0].battery_low


def test_a_bay_that_is_gone_is_no_part_of_the_sum(session, lot_id) -> None:
    device = a_sensor(session, lot_id)
    remove_bay(session, CLI, device, "b", NOW)
    tell_bays(session, device, [told("a", True)], NOW)
    assert counted(session, lot_id) == {GENERAL: 1}
    with pytest.raises(BayUnknown):
        remove_bay(session, CLI, device, "b", NOW)


def test_a_bay_counts_where_its_device_stands(session, lot_id) -> None:
    moved, staying = a_sensor(session, lot_id), a_sensor(session, lot_id, "c")
    tell_bays(session, moved, [told("a", True), told("b", True)], LATER)
    tell_bays(session, staying, [told("c", True, 1)], LATER)
    there = a_lot(session, spaces={GENERAL: 40}).id
    draft = DeviceDraft("地磁", DeviceKind.SENSOR, "inmotion", lot_id=there)
    lots.change_device(session, CLI, moved, draft, version=1, dialects=["inmotion"], now=NOW)
    assert tell_bays(session, moved, [told("a", False, 2)], LATER) == (B.UNKNOWN_BAY,)
    assert counted(session, lot_id) == {GENERAL: 3} and counted(session, there) == {}
    assert {bay.is_elsewhere for bay in bays_of(session, moved)} == {True}
    # The next sum there is of the bays that are there.
    tell_bays(session, staying, [told("c", False, 3)], LATER)
    assert counted(session, lot_id) == {GENERAL: 0}
    register_bays(session, CLI, moved, there, GENERAL, [BayDraft("a", "1"), BayDraft("b", "2")], NOW)
    assert {bay.occupied for bay in bays_of(session, moved)} == {None}
    tell_bays(session, moved, [told("a", True, 4)], LATER)
    assert counted(session, there) == {}
    tell_bays(session, moved, [told("b", False, 4)], LATER)
    assert (counted(session, there), counted(session, lot_id)) == ({GENERAL: 1}, {GENERAL: 0})


def test_what_is_no_list_of_bays_is_refused(session, lot_id) -> None:
    device = a_sensor(session, lot_id)
    for code, drafts in (
        ("missing", []),
        ("repeated", [BayDraft("a", "1"), BayDraft("a", "2")]),
        ("not_a_bay", [BayDraft("x" * 65, "1")]),
        ("not_a_bay", [BayDraft("a", "")]),
        ("not_a_bay", [BayDraft("a\x07", "1")]),
        ("too_many", [BayDraft(str(n), "1") for n in range(MOST_BAYS)]),
    ):
        with pytest.raises(BayRefused) as refused:
            register_bays(session, CLI, device, lot_id, GENERAL, drafts, NOW)
        assert [problem.code for problem in refused.value.problems] == [code]
