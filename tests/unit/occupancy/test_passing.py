"""Counts that follow passages one by one equal the fold of all facts, however the passages come."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from parking.kernel.actors import CLI, SYSTEM
from parking.kernel.db.driver import Driver
from parking.kernel.vocabulary import SpaceClass
from parking.occupancy import service
from parking.occupancy.rules import Count, CountInput, Fact, Passage, PassageInput, fold
from parking.occupancy.service import Sourced
from tests.factories.occupancy import DAY_MINUTES, TERMS, at, days_of_facts, tellings
from tests.unit.occupancy.test_any_order_stored import as_folded

NOW = at(DAY_MINUTES + 20)
GATES = ("gate", "second gate", "cloud")
CLASSES = (SpaceClass.GENERAL, SpaceClass.CHARGING)


@st.composite
def days_of_both(draw: st.DrawFn) -> list[tuple[SpaceClass, Fact]]:
    """A day's facts of two classes; their passages are told by three sources."""
    facts: list[tuple[SpaceClass, Fact]] = []
    for space_class in CLASSES:
        gate = {}
        for fact in draw(days_of_facts(most=8)):
            if not isinstance(fact, Count) and fact.source == "gate":
                # A void goes with its passage.
                source = gate.setdefault(fact.event_id, draw(st.sampled_from(GATES)))
                fact = replace(fact, source=source)
            facts.append((space_class, replace(fact, event_id=f"{space_class}-{fact.event_id}")))
    return facts


def told_in_batches(session, lot, facts, sizes) -> None:
    """Runs of passages go through together, in batches of any size and from several sources at once."""
    waiting: list[Sourced] = []

    def pass_them():
        if waiting:
            locked = service.lock_for_passages(session, waiting, NOW)
            service.pass_through(session, locked, waiting, NOW)
            waiting.clear()

    for (space_class, fact), size in zip(facts, sizes, strict=False):
        if isinstance(fact, Passage):
            crossing = PassageInput(lot.id, fact.at, fact.direction, fact.event_id, space_class, fact.counts)
            waiting.append(Sourced(fact.source, crossing))
            if len(waiting) >= size:
                pass_them()
            continue
        pass_them()
        if isinstance(fact, Count):
            told = (fact.as_of, fact.free, fact.occupied, fact.capacity, fact.event_id)
            service.record_counts(session, SYSTEM, fact.source, [CountInput(lot.id, space_class, *told)], NOW)
        else:
            service.void_fact(session, SYSTEM, fact.source, fact.event_id, NOW, reason="试")
    pass_them()


@settings(
    max_examples=max(25, settings.default.max_examples // 8),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_passages_from_many_sources_in_any_batches_equal_the_fold(session, lot, state, data):
    facts = data.draw(days_of_both())
    told = data.draw(tellings(facts, again=4))
    sizes = data.draw(st.lists(st.integers(1, 6), min_size=len(told), max_size=len(told)))
    with session.begin_nested() as one:
        for source, terms in TERMS.items():
            limits = (terms.ageing_after_s, terms.unknown_after_s)
            service.declare_source(session, source, {lot.id: terms.rank}, *limits, at(-60))
        told_in_batches(session, lot, told, sizes)
        for space_class in CLASSES:
            mine = [fact for its_class, fact in facts if its_class is space_class]
            assert as_folded(state(space_class)) == fold(mine, NOW, TERMS)
        one.rollback()


def test_a_passage_after_a_thousand_reads_none_of_them(session, lot, state, monkeypatch):
    service.set_count_by_hand(session, CLI, lot.id, SpaceClass.GENERAL, at(0), reason="清点", occupied=0)
    many = [Sourced("gate", PassageInput(lot.id, at(n / 10), 1, f"p{n}")) for n in range(1, 1001)]
    locked = service.lock_for_passages(session, many, NOW)
    service.pass_through(session, locked, many, NOW)
    statements, others = [], []
    connection = session.connection()
    ask = Driver.ask

    def seen(_connection, _cursor, statement, *_):
        others.append(statement)

    def asked(own, statement, values):
        statements.append(statement)
        return ask(own, statement, values)

    monkeypatch.setattr(Driver, "ask", asked)
    event.listen(connection, "before_cursor_execute", seen)
    one = [Sourced("gate", PassageInput(lot.id, at(200), 1, "one more"))]
    service.pass_through(session, service.lock_for_passages(session, one, NOW), one, NOW)
    event.remove(connection, "before_cursor_execute", seen)
    assert state().value == 1001
    # Locked, stored, counted with its announcement; no fact is read.
    assert len(statements) == 3 and others == []
    assert not any(b"count_facts" in statement for statement in statements)
