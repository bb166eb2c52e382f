"""What a source tells becomes facts once, and the state is what they add up to."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from parking.boundary.feeds import ProblemKind
from parking.kernel.actors import SYSTEM
from parking.kernel.vocabulary import SpaceClass
from parking.lots.models import Lot
from parking.occupancy.errors import LimitsWrong
from parking.occupancy.models import CountFact
from parking.occupancy.queries import counter_views
from parking.occupancy.rules import CountInput, PassageInput
from parking.occupancy.service import (
    declare_source,
    hand_over_counters,
    record_counts,
    record_passages,
    void_fact,
)
from tests.factories.lots import a_lot
from tests.factories.occupancy import at

GENERAL, CHARGING = SpaceClass.GENERAL, SpaceClass.CHARGING


def tell(session, lot, minute, free=None, source="feed", now=None, **more):
    count = CountInput(lot.id, more.pop("space_class", GENERAL), at(minute), free=free, **more)
    return record_counts(session, SYSTEM, source, [count], at(minute) if now is None else at(now))


def pass_(session, lot, minute, direction, now=None, source="gate", **more):
    passage = PassageInput(lot.id, at(minute), direction, more.pop("event_id", f"p{minute}"), **more)
    return record_passages(session, SYSTEM, source, [passage], at(minute if now is None else now))


def test_a_count_becomes_the_state_of_its_counter(session, lot, state):
    told = tell(session, lot, 1, free=20, capacity=48)
    assert (told.new, told.repeated, told.changed_lots, told.problems) == (1, 0, (lot.id,), ())
    (view,) = counter_views(session, [lot.id])
    assert (view.basis, view.value, view.as_of, view.source) == ("free", 20, at(1), "feed")
    assert (view.told_capacity, view.marks, view.drift) == (48, (), 0)
    # Nobody declared the source: it has the usual limits.
    assert (view.ageing_after_s, view.unknown_after_s) == (300, 900)
    assert counter_views(session, []) == []
    assert view in counter_views(session)


def test_the_same_count_pulled_again_is_nothing_new(session, lot, state):
    tell(session, lot, 1, free=20)
    told = tell(session, lot, 1, free=20, now=2)
    assert (told.new, told.repeated, told.changed_lots) == (0, 1, ())
    assert state().updated_at == at(1)


def test_the_same_event_id_of_two_sources_is_two_facts(session, lot):
    assert tell(session, lot, 1, free=20, event_id="7").new == 1
    assert tell(session, lot, 2, free=21, event_id="7", source="other").new == 1
    assert tell(session, lot, 2, free=21, event_id="7", source="other").repeated == 1


def test_a_late_count_changes_history_and_not_the_present(session, lot, state):
    tell(session, lot, 40, free=20)
    state().history_until_at = at(30)
    session.flush()
    told = tell(session, lot, 20, free=5, now=41)
    assert (told.new, told.changed_lots) == (1, ())
    assert (state().value, state().as_of) == (20, at(40))
    assert state().history_until_at == at(15)


def test_one_bad_count_never_sinks_the_others(session, lot):
    counts = [
        CountInput(lot.id, GENERAL, at(1), free=-1),
        CountInput(lot.id, GENERAL, at(1) + timedelta(seconds=121), free=3),
        CountInput("no-such-lot", GENERAL, at(1), free=3),
        CountInput(lot.id, CHARGING, at(1), free=3),
    ]
    told = record_counts(session, SYSTEM, "feed", counts, at(1))
    assert (told.new, told.repeated, told.changed_lots) == (1, 0, (lot.id,))
    assert [(problem.record, problem.kind) for problem in told.problems] == [
        (f"{lot.id}:general", ProblemKind.NEGATIVE),
        (f"{lot.id}:general", ProblemKind.FUTURE_TIME),
        ("no-such-lot:general", ProblemKind.UNKNOWN_LOT),
    ]
    (view,) = counter_views(session, [lot.id])
    assert view.space_class is CHARGING


def test_nothing_told_is_nothing_done(session, lot):
    told = record_counts(session, SYSTEM, "feed", [], at(1))
    assert (told.new, told.repeated, told.changed_lots, told.problems) == (0, 0, (), ())


def test_a_clock_a_little_ahead_is_taken_as_of_the_arrival(session, lot, state):
    tell(session, lot, 3, free=20, now=1)
    assert state().as_of == at(1)
    # And told again later it is still the same fact.
    assert tell(session, lot, 3, free=20, now=4).repeated == 1


def test_several_counts_of_a_counter_in_one_telling_end_in_the_newest(session, lot, state):
    counts = [CountInput(lot.id, GENERAL, at(minute), free=minute) for minute in (3, 1, 2, 3)]
    assert record_counts(session, SYSTEM, "feed", counts, at(5)).new == 3
    assert state().value == 3


@pytest.mark.parametrize("frees", [(9, 4), (4, 9)])
def test_of_two_counts_at_one_instant_the_one_that_promises_less_is_believed(session, lot, state, frees):
    for free in frees:
        tell(session, lot, 1, free=free)
    assert state().value == 4


def test_vehicles_move_a_count_and_evidence_does_not(session, lot, state):
    tell(session, lot, 1, free=20)
    assert pass_(session, lot, 2, 1).changed_lots == (lot.id,)
    pass_(session, lot, 3, 1, counts=False)
    pass_(session, lot, 4, -1, event_id="p2")
    assert (state().value, state().as_of) == (19, at(2))


def test_passages_alone_tell_nothing_until_a_count_comes(session, lot, state):
    pass_(session, lot, 5, 1)
    assert (state().value, counter_views(session, [lot.id])) == (None, [])
    tell(session, lot, 4, free=20, now=6)
    assert state().value == 19


def test_a_passage_that_cannot_be_is_refused(session, lot):
    told = pass_(session, lot, 5, 2)
    assert (told.new, [problem.kind for problem in told.problems]) == (0, [ProblemKind.BAD_VALUE])


def test_a_count_after_passages_keeps_their_drift(session, lot, state):
    tell(session, lot, 1, free=20)
    pass_(session, lot, 2, 1)
    tell(session, lot, 3, free=27)
    assert state().drift == 8
    tell(session, lot, 4, free=27)
    assert state().drift == 0


@pytest.mark.parametrize("void_first", [True, False])
def test_a_void_works_whichever_comes_first(session, lot, state, void_first):
    tell(session, lot, 1, free=20)
    steps = [
        lambda: tell(session, lot, 2, free=49, event_id="wrong", now=3),
        lambda: void_fact(session, SYSTEM, "feed", "wrong", at(3), reason="设备误报"),
    ]
    known = [step() for step in (reversed(steps) if void_first else steps)]
    assert known[not void_first] is (not void_first)
    assert (state().value, state().as_of) == (20, at(1))


def test_voiding_the_only_count_leaves_the_counter_unknown(session, lot, state):
    tell(session, lot, 1, free=20, event_id="wrong")
    assert void_fact(session, SYSTEM, "feed", "wrong", at(2), reason="设备误报")
    assert (state().value, state().as_of, state().source) == (None, None, None)
    assert counter_views(session, [lot.id]) == []


def test_a_corrected_fact_is_a_void_and_a_new_fact(session, lot, state):
    tell(session, lot, 1, free=20, event_id="typo")
    void_fact(session, SYSTEM, "feed", "typo", at(2), reason="更正")
    tell(session, lot, 1, free=30, event_id="right", now=2)
    assert state().value == 30


def test_a_voided_passage_gives_its_space_back(session, lot, state):
    tell(session, lot, 1, free=20)
    pass_(session, lot, 2, 1, event_id="ghost")
    void_fact(session, SYSTEM, "gate", "ghost", at(3), reason="误识别")
    assert state().value == 20


def test_the_first_fresh_count_connects_the_lot_for_good(session, lot):
    def connected_since():
        return session.scalar(select(Lot.connected_since_at).where(Lot.id == lot.id))

    tell(session, lot, 0, free=20, now=30)
    assert connected_since() is None
    tell(session, lot, 31, free=20)
    assert connected_since() == at(31)
    tell(session, lot, 90, free=20)
    assert connected_since() == at(31)


def test_declared_limits_hold_for_what_is_already_counted(session, lot, state):
    tell(session, lot, 1, free=20)
    assert declare_source(session, "feed", {lot.id: 2}, 60, 120, at(2)) == (lot.id,)
    assert (state().ageing_after_s, state().unknown_after_s) == (60, 120)
    with statements(session) as seen:
        assert declare_source(session, "feed", {lot.id: 2}, 60, 120, at(3)) == ()
    assert len(seen) == 1


@pytest.mark.parametrize("limits", [(0, 10), (10, 10), (20, 10), (10, 86_401), (-5, 5)])
def test_limits_that_make_no_sense_are_refused(session, lot, limits):
    with pytest.raises(LimitsWrong):
        declare_source(session, "feed", {lot.id: 0}, *limits, at(2))


def test_the_second_source_takes_over_when_the_first_falls_silent(session, lot, state):
    declare_source(session, "first", {lot.id: 0}, 300, 900, at(0))
    declare_source(session, "second", {lot.id: 1}, 600, 1800, at(0))
    tell(session, lot, 1, free=20, source="first")
    tell(session, lot, 4, free=33, source="second")
    assert (state().source, state().refold_at) == ("first", at(6))
    assert hand_over_counters(session, at(5.9)) == ()
    assert hand_over_counters(session, at(6)) == (lot.id,)
    assert (state().source, state().value, state().refold_at) == ("second", 33, None)


def test_a_call_costs_the_same_statements_however_much_is_told(session, lot):
    lots = [a_lot(session) for _ in range(12)]

    def telling(minute, some):
        counts = [CountInput(lot.id, GENERAL, at(minute), free=minute) for lot in some]
        with statements(session) as seen:
            assert record_counts(session, SYSTEM, "feed", counts, at(minute)).new == len(some)
        return len(seen)

    telling(1, lots)
    assert telling(2, lots[:1]) == telling(3, lots) == 5
    assert session.scalar(select(func.count()).select_from(CountFact)) == 25


@contextmanager
def statements(session):
    seen = []

    def note(connection, cursor, statement, *_):
        seen.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield seen
    event.remove(connection, "before_cursor_execute", note)
