"""The course of a day: told at the quarters, mended by late facts, kept as long as the city says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from parking.city.service import set_fact
from parking.kernel.actors import CLI, SYSTEM
from parking.kernel.vocabulary import Mark, SpaceClass
from parking.lots.rules import LedgerReason
from parking.lots.service import record_spaces
from parking.occupancy.models import CountFact, HistorySlot, PassageFact
from parking.occupancy.queries import counter_views, history
from parking.occupancy.rules import CountInput, PassageInput, public_count
from parking.occupancy.service import (
    carry_counts,
    fold_history,
    prune_facts,
    record_counts,
    record_passages,
    set_count_by_hand,
    set_doubts,
    void_fact,
)
from tests.factories.lots import a_lot
from tests.factories.occupancy import DAY_MINUTES, MIDNIGHT, at

GENERAL = SpaceClass.GENERAL


@pytest.fixture
def tell(session, lot):
    def told(*minutes_and_free, now, source="feed"):
        counts = [
            CountInput(lot.id, GENERAL, at(minute), free=free, event_id=f"c{minute}")
            for minute, free in minutes_and_free
        ]
        record_counts(session, SYSTEM, source, counts, at(now))

    return told


def course(session, lot, from_minute=-1440, until_minute=2 * 1440):
    slots = history(session, lot.id, at(from_minute), at(until_minute))
    return [
        ((slot.slot_at - MIDNIGHT) // timedelta(minutes=1), slot.occupied, str(slot.quality))
        for slot in slots
    ]


def fold_all(session, minute):
    while fold_history(session, at(minute)):
        pass


def test_each_quarter_that_ended_is_told_as_it_was(session, lot, tell):
    tell((14, 20), (24, 30), (31, 10), now=31)
    fold_all(session, 61)
    assert course(session, lot) == [
        (15, 30, "live"),
        (30, 20, "ageing"),
        (45, 40, "ageing"),
        (60, None, "unknown"),
    ]


def test_a_quarter_that_ended_less_than_a_minute_ago_may_still_get_its_facts(session, lot, tell):
    tell((14, 20), now=14)
    fold_all(session, 15.9)
    assert course(session, lot) == []
    fold_all(session, 16)
    assert course(session, lot) == [(15, 30, "live")]
    assert fold_history(session, at(16)) == 0


def test_a_late_fact_tells_the_history_anew_from_there_on(session, lot, tell):
    tell((14, 20), (44, 10), now=44)
    fold_all(session, 61)
    tell((28, 5), now=61)
    fold_all(session, 61)
    assert course(session, lot) == [
        (15, 30, "live"),
        (30, 45, "live"),
        (45, 40, "live"),
        (60, None, "unknown"),
    ]


def test_a_fact_at_the_very_end_of_a_quarter_belongs_to_it(session, lot, tell):
    tell((14, 20), now=14)
    fold_all(session, 16)
    tell((15, 25), now=16)
    fold_all(session, 16)
    assert course(session, lot) == [(15, 25, "live")]


def test_a_voided_fact_leaves_the_history(session, lot, tell):
    tell((13, 20), (14, 0), now=14)
    fold_all(session, 16)
    void_fact(session, CLI, "feed", "c14", at(16), reason="误报")
    fold_all(session, 16)
    assert course(session, lot) == [(15, 30, "live")]


def test_after_a_downtime_the_history_catches_up(session, lot, tell):
    tell((14, 20), now=14)
    fold_all(session, 16)
    tell((700, 20), now=1400)
    fold_all(session, 1400)
    told = course(session, lot)
    assert [minute for minute, _, _ in told] == list(range(15, 1400, 15))
    assert [slot for slot in told if slot[1] is not None] == [(15, 30, "live"), (705, 30, "ageing")]


def test_each_quarter_has_the_capacity_of_its_own_day(session, lot, tell):
    on = MIDNIGHT.date() + timedelta(days=2)  # The city's date is a day ahead of the one in UTC at midnight.
    record_spaces(session, CLI, lot.id, GENERAL, 10, LedgerReason.RESTRIPING, on, at(1400), note="重新划线")
    tell((1424, 20), (1450, 20), now=1450)
    fold_all(session, 1460)
    slots = history(session, lot.id, at(0), at(1500))
    assert [(slot.capacity, slot.occupied) for slot in slots] == [(50, 30), (60, None), (60, 40)]


def test_the_history_of_many_counters_is_told_in_parts(session, lot):
    lots = [a_lot(session) for _ in range(5)]
    counts = [CountInput(one.id, GENERAL, at(14), free=20) for one in lots]
    record_counts(session, SYSTEM, "feed", counts, at(14))
    assert [fold_history(session, at(16), most=2) for _ in range(4)] == [2, 2, 1, 0]
    assert session.scalar(select(func.count()).select_from(HistorySlot)) == 5


def test_history_is_asked_for_a_half_open_span_and_a_lot(session, lot, tell):
    tell((14, 20), (29, 20), (44, 20), now=44)
    fold_all(session, 46)
    assert [minute for minute, _, _ in course(session, lot, 15, 45)] == [15, 30]
    assert history(session, "other", at(0), at(60)) == []


def test_old_facts_go_and_the_newest_count_of_each_source_stays(session, lot, tell, state):
    tell((1, 20), (2, 21), (3, 22), now=3)
    tell((2, 40), now=3, source="other")
    passages = [PassageInput(lot.id, at(minute), 1, f"p{minute}") for minute in (2, 3, 3.5)]
    record_passages(session, SYSTEM, "gate", passages, at(4))
    before = state().value
    assert prune_facts(session, at(4) + timedelta(days=7)) == 0
    assert prune_facts(session, at(4) + timedelta(days=8)) == 4
    assert sorted(session.scalars(select(CountFact.event_id))) == ["c2", "c3"]
    assert session.scalars(select(PassageFact.event_id)).all() == ["p3.5"]
    tell((5, 30), now=5)
    void_fact(session, CLI, "feed", "c5", at(6), reason="试")
    assert state().value == before == 21


def test_the_city_says_how_long_facts_are_kept(session, lot, tell):
    set_fact(session, CLI, "limits.fact_retention_days", 30, MIDNIGHT.date(), MIDNIGHT)
    tell((1, 20), (2, 21), now=3)
    assert prune_facts(session, at(3) + timedelta(days=30)) == 0
    assert prune_facts(session, at(3) + timedelta(days=31)) == 1


def test_what_the_facts_cannot_tell_any_more_is_left_as_it_was_told(session, lot, tell):
    tell((14, 20), (1000, 30), now=1000)
    fold_all(session, 1020)
    later = at(1020) + timedelta(days=9)
    assert prune_facts(session, later) == 1
    # A fact of long ago, told after what came after it was dropped.
    record_counts(session, SYSTEM, "feed", [CountInput(lot.id, GENERAL, at(10), free=5)], later)
    while fold_history(session, later):
        pass
    assert course(session, lot, until_minute=30) == [(15, 30, "live")]


def test_a_doubted_count_stays_suspect_until_the_doubt_is_taken_back(session, lot, tell):
    tell((1, 20), now=1)
    counter = (lot.id, "general")
    assert set_doubts(session, {counter: {Mark.REVERSED, Mark.FROZEN}}) == (lot.id,)
    assert set_doubts(session, {counter: [Mark.FROZEN, Mark.REVERSED]}) == ()
    tell((2, 33), now=2)
    [view] = counter_views(session, [lot.id])
    told = public_count(view, 50, at(2))
    assert (told.free, told.quality, told.marks) == (33, "suspect", (Mark.FROZEN, Mark.REVERSED))
    set_doubts(session, {counter: ()})
    [view] = counter_views(session, [lot.id])
    assert public_count(view, 50, at(2)).quality == "live"


def test_a_counter_that_only_passages_move_outlives_the_facts(session, lot, state):
    set_count_by_hand(session, CLI, lot.id, GENERAL, at(0), reason="夜间清点", occupied=0)
    for day in range(30):
        now = at((day + 1) * DAY_MINUTES)
        seen = [
            PassageInput(lot.id, now - timedelta(minutes=minute), 1 if minute % 3 else -1, f"{day}-{minute}")
            for minute in range(1, 11)
        ]
        record_passages(session, SYSTEM, "gate", seen, now)
        assert not carry_counts(session, now) or not carry_counts(session, now)
        prune_facts(session, now)
    # Of ten passages a day seven go in.
    assert state().value == 30 * (7 - 3)
    kept = session.scalar(select(func.count()).select_from(PassageFact))
    assert kept <= 10 * 10
    # What comes late or is taken back within the week still moves it.
    late = PassageInput(lot.id, now - timedelta(days=6), 1, "late")
    record_passages(session, SYSTEM, "gate", [late], now)
    assert state().value == 121
    void_fact(session, SYSTEM, "gate", "28-1", now, reason="误报")
    assert state().value == 120
