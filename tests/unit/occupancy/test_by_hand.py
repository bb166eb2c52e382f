"""A count that a person sets starts a counter, says so, and can be answered for."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from parking.audit.models import AuditEntry
from parking.audit.queries import verify_chain
from parking.city.service import set_fact
from parking.kernel.actors import CLI, SYSTEM
from parking.kernel.vocabulary import Mark, SpaceClass
from parking.lots.errors import LotNotFound
from parking.lots.models import Lot
from parking.occupancy.errors import CountRefused, ReasonMissing
from parking.occupancy.queries import counter_views
from parking.occupancy.rules import CountInput, PassageInput
from parking.occupancy.service import record_counts, record_passages, set_count_by_hand, void_fact
from tests.factories.occupancy import MIDNIGHT, at

GENERAL = SpaceClass.GENERAL


def set_(session, lot, minute=1, reason="现场清点", lot_id=None, **numbers):
    set_count_by_hand(session, CLI, lot_id or lot.id, GENERAL, at(minute), reason=reason, **numbers)


def test_a_hand_set_count_starts_a_counter_that_vehicles_move(session, lot):
    passages = [PassageInput(lot.id, at(minute), 1, f"p{minute}") for minute in (0, 2, 3)]
    record_passages(session, SYSTEM, "gate", passages, at(4))
    set_(session, lot, minute=1, free=20)
    (view,) = counter_views(session, [lot.id])
    assert (view.value, view.as_of, view.marks) == (18, at(3), (Mark.HAND_SET,))
    assert (view.ageing_after_s, view.unknown_after_s) == (1_800, 7_200)


def test_a_hand_set_count_is_believed_before_a_feed_until_it_is_not_fresh(session, lot, state):
    set_(session, lot, occupied=10)
    told = [CountInput(lot.id, GENERAL, at(2), free=3)]
    record_counts(session, SYSTEM, "feed", told, at(2))
    assert (state().basis, state().value) == ("occupied", 10)
    assert state().refold_at == at(31)


def test_the_city_says_how_long_a_hand_set_count_is_fresh(session, lot, state):
    for key, seconds in (("hand_ageing_after_s", 600), ("hand_unknown_after_s", 1200)):
        set_fact(session, CLI, f"limits.{key}", seconds, MIDNIGHT.date(), MIDNIGHT)
    set_(session, lot, free=10)
    assert (state().ageing_after_s, state().unknown_after_s) == (600, 1200)


def test_who_set_a_count_and_why_is_in_the_audit_trail(session, lot):
    set_(session, lot, free=20)
    set_(session, lot, minute=2, reason="又清点一次", free=12)
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "count:set_by_hand").order_by(AuditEntry.number)
    ).all()
    assert [entry.reason for entry in entries] == ["现场清点", "又清点一次"]
    assert (entries[1].actor, entries[1].subject_id) == (str(CLI), lot.id)
    assert entries[1].details["before"] == {"basis": "free", "value": 20, "source": "hand"}
    assert entries[1].details["after"]["free"] == 12
    assert verify_chain(session) is None


def test_a_hand_set_count_does_not_make_a_lot_connected(session, lot):
    set_(session, lot, free=20)
    assert session.scalar(select(Lot.connected_since_at).where(Lot.id == lot.id)) is None
    record_counts(session, SYSTEM, "feed", [CountInput(lot.id, GENERAL, at(40), free=3)], at(40))
    assert session.scalar(select(Lot.connected_since_at).where(Lot.id == lot.id)) == at(40)


def test_gates_that_count_on_from_a_hand_set_count_connect_their_lot(session, lot):
    set_(session, lot, free=20)
    record_passages(session, SYSTEM, "gate", [PassageInput(lot.id, at(3), 1, "p")], at(3))
    assert session.scalar(select(Lot.connected_since_at).where(Lot.id == lot.id)) == at(3)
    (view,) = counter_views(session, [lot.id])
    assert (view.value, view.marks, view.is_by_hand) == (19, (Mark.HAND_SET,), False)


def test_the_next_passage_connects_a_lot_that_lives_and_is_not_connected(session, lot):
    set_(session, lot, free=20)
    record_passages(session, SYSTEM, "gate", [PassageInput(lot.id, at(3), 1, "p")], at(3))
    # As a release before left it that took no such lot for connected.
    session.execute(update(Lot).values(connected_since_at=None))
    record_passages(session, SYSTEM, "gate", [PassageInput(lot.id, at(4), 1, "q")], at(4))
    assert session.scalar(select(Lot.connected_since_at).where(Lot.id == lot.id)) == at(4)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_step_without_a_reason_is_refused(session, lot, reason):
    with pytest.raises(ReasonMissing):
        set_(session, lot, reason=reason, free=20)
    with pytest.raises(ReasonMissing):
        void_fact(session, CLI, "feed", "e1", at(1), reason=reason)
    assert counter_views(session, [lot.id]) == []


@pytest.mark.parametrize(
    ("numbers", "field", "code"),
    [
        ({}, "free", "one_of_two"),
        ({"free": 1, "occupied": 2}, "free", "one_of_two"),
        ({"free": -1}, "free", "out_of_range"),
        ({"free": 51}, "free", "out_of_range"),
        ({"occupied": 51}, "occupied", "out_of_range"),
    ],
)
def test_a_number_that_the_lot_cannot_have_is_refused(session, lot, numbers, field, code):
    with pytest.raises(CountRefused) as refused:
        set_(session, lot, **numbers)
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [(field, code)]


def test_the_whole_capacity_may_be_free(session, lot, state):
    set_(session, lot, free=50)
    assert state().value == 50


def test_a_lot_that_is_not_in_the_register_cannot_be_counted(session, lot):
    with pytest.raises(LotNotFound):
        set_(session, lot, lot_id="no-such-lot", free=1)


def test_a_void_is_in_the_audit_trail_once(session, lot):
    record_counts(session, SYSTEM, "feed", [CountInput(lot.id, GENERAL, at(1), 3, event_id="e")], at(1))
    assert void_fact(session, CLI, "feed", "e", at(2), reason="误报")
    assert void_fact(session, CLI, "feed", "e", at(3), reason="误报")
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "count:voided"))
    assert (entry.subject_id, entry.details) == ("feed", {"event_id": "e", "lots": [lot.id]})
