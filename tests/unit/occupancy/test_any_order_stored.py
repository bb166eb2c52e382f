"""Through the service and PostgreSQL too, a day's facts end in the same counts and the same history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from parking.kernel.actors import SYSTEM
from parking.kernel.vocabulary import SpaceClass
from parking.occupancy import service
from parking.occupancy.models import HistorySlot
from parking.occupancy.queries import load_facts
from parking.occupancy.rules import (
    Count,
    CountInput,
    Fact,
    Folded,
    Passage,
    PassageInput,
    Void,
    fold,
    no_count,
    public_count,
    slots_between,
    view_of,
)
from tests.factories.occupancy import DAY_MINUTES, TERMS, at, days_of_facts, tellings

NOW = at(DAY_MINUTES + 20)
MINUTE = timedelta(minutes=1)
STORED = settings(
    max_examples=max(25, settings.default.max_examples // 8),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def tell(session, lot, facts: Iterable[Fact], now: datetime = NOW) -> None:
    """One call for each run of facts of one kind and source."""
    run: list[Fact] = []
    for fact in [*facts, None]:
        if run and (fact is None or (type(fact), fact.source) != (type(run[0]), run[0].source)):
            _tell_run(session, lot, run, now)
            run = []
        if fact is not None:
            run.append(fact)


def _tell_run(session, lot, run, now):
    source = run[0].source
    if isinstance(run[0], Count):
        counts = [
            CountInput(lot.id, SpaceClass.GENERAL, f.as_of, f.free, f.occupied, f.capacity, f.event_id)
            for f in run
        ]
        assert not service.record_counts(session, SYSTEM, source, counts, now).problems
    elif isinstance(run[0], Passage):
        passages = [PassageInput(lot.id, f.at, f.direction, f.event_id, counts=f.counts) for f in run]
        assert not service.record_passages(session, SYSTEM, source, passages, now).problems
    else:
        for void in run:
            service.void_fact(session, SYSTEM, source, void.event_id, now, reason="试")


def as_folded(row) -> Folded | None:
    if row is None or row.value is None:
        return None
    names = ("basis", "value", "base_at", "as_of", "source", "told_capacity", "drift")
    limits = {"ageing_after_s": row.ageing_after_s, "unknown_after_s": row.unknown_after_s}
    return Folded(**{name: getattr(row, name) for name in names}, hand_set="hand_set" in row.marks, **limits)


@pytest.fixture
def declared(session, lot):
    for source, terms in TERMS.items():
        limits = (terms.ageing_after_s, terms.unknown_after_s)
        service.declare_source(session, source, {lot.id: terms.rank}, *limits, at(-60))
    return lot


@STORED
@given(data=st.data())
def test_any_order_and_any_repetition_end_in_the_same_state_and_history(session, declared, state, data):
    facts = data.draw(days_of_facts(most=8))
    told = data.draw(tellings(facts, again=3))
    # The history is told somewhere in between, too, and must be mended by what comes after.
    half = data.draw(st.integers(0, len(told)))
    with session.begin_nested() as one:
        tell(session, declared, told[:half])
        while service.fold_history(session, NOW):
            pass
        tell(session, declared, told[half:])
        assert as_folded(state()) == fold(facts, NOW, TERMS)
        while service.fold_history(session, NOW):
            pass
        assert stored_course(session, declared) == expected_course(facts)
        one.rollback()


def stored_course(session, lot):
    rows = session.scalars(
        select(HistorySlot).where(HistorySlot.lot_id == lot.id).execution_options(populate_existing=True)
    )
    return {row.slot_at: (row.occupied, row.capacity, row.quality) for row in rows}


def expected_course(facts):
    told = [fact for fact in facts if not isinstance(fact, Void)]
    first = min(fact.as_of if isinstance(fact, Count) else fact.at for fact in told)
    course = {}
    for slot_at in slots_between(first - timedelta(minutes=15), NOW - timedelta(seconds=60)):
        if slot_at < first:
            continue
        folded = fold(facts, slot_at, TERMS)
        count = no_count(SpaceClass.GENERAL, 50)
        if folded:
            count = public_count(view_of("lot", SpaceClass.GENERAL, folded), 50, slot_at)
        course[slot_at] = (count.occupied, 50, count.quality)
    return course


@STORED
@given(data=st.data())
def test_the_few_facts_that_are_loaded_fold_like_all_of_them(session, declared, data):
    facts = data.draw(days_of_facts(most=8))
    since = at(data.draw(st.integers(-10, DAY_MINUTES)))
    instants = [since, since + timedelta(minutes=4), since + timedelta(hours=3), NOW]
    counter = (declared.id, "general")
    with session.begin_nested() as one:
        tell(session, declared, facts)
        loaded = load_facts(session, {counter: since}, NOW, MINUTE).get(counter)
        for instant in instants:
            expected = fold(facts, instant, TERMS)
            assert (fold(loaded.facts, instant, loaded.terms) if loaded else None) == expected
        one.rollback()


@STORED
@given(data=st.data())
def test_pruning_changes_no_count_within_the_retention(session, declared, data):
    facts = data.draw(days_of_facts(most=8))
    # Retention and the longest limit together reach from here back into the day, or a day or two further.
    days = data.draw(st.integers(8, 10))
    now = at(data.draw(st.integers(0, DAY_MINUTES))) + timedelta(days=days)
    instants = [now - timedelta(days=7, minutes=-minutes) for minutes in (0, 1, 700, 1500, 5000)]
    counter = (declared.id, "general")
    with session.begin_nested() as one:
        tell(session, declared, facts, now)
        while service.carry_counts(session, now):
            pass
        service.prune_facts(session, now)
        loaded = load_facts(session, {counter: at(-1)}, now, MINUTE).get(counter)
        for instant in instants:
            left = fold(loaded.facts, instant, loaded.terms) if loaded else None
            full = fold(facts, instant, TERMS)
            assert (left and (left.value, left.as_of)) == (full and (full.value, full.as_of))
        one.rollback()
