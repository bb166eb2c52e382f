"""Several writers on the same counters at the same time neither deadlock nor lose anything."""

from __future__ import annotations

import random
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select, text

from parking.city.service import load_profile
from parking.kernel.actors import CLI, SYSTEM
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots.models import Lot
from parking.occupancy import service
from parking.occupancy.models import CounterState, CountFact, CountingSource, PassageFact
from parking.occupancy.rules import Count, CountInput, Passage, PassageInput, Terms, fold
from tests.factories.city import NOW, SINCE, a_profile
from tests.factories.lots import a_lot
from tests.factories.occupancy import at

GENERAL, CHARGING = SpaceClass.GENERAL, SpaceClass.CHARGING
SPACES = {GENERAL: 50, CHARGING: 8}
MINUTES = 12
MEANWHILE = at(13)


@pytest.fixture
def lots(sessions) -> list[str]:
    """Six lots with two counters each, committed."""
    with unit_of_work(sessions) as uow:
        load_profile(uow.session, CLI, a_profile(), NOW, since=SINCE)
        return [a_lot(uow.session, spaces=SPACES).id for _ in range(6)]


def feed(sessions, lots, source, start: Barrier) -> None:
    """A source's minutes, each told in an order of its own and in a transaction of its own."""
    order = random.Random(source)
    start.wait(10)
    for minute in range(MINUTES):
        counts = [
            CountInput(lot_id, space_class, at(minute), free=minute % 8)
            for lot_id in lots
            for space_class in SPACES
        ]
        order.shuffle(counts)
        with unit_of_work(sessions) as uow:
            assert service.record_counts(uow.session, SYSTEM, source, counts, MEANWHILE).new == len(counts)


def gate(sessions, lots, source, start: Barrier) -> None:
    """A device's passages, half of them voided by it afterwards."""
    order = random.Random(source)
    start.wait(10)
    for minute in range(MINUTES):
        passages = [PassageInput(lot_id, at(minute + 0.5), 1, f"{lot_id}-{minute}") for lot_id in lots]
        order.shuffle(passages)
        with unit_of_work(sessions) as uow:
            service.record_passages(uow.session, SYSTEM, source, passages, MEANWHILE)
        if minute % 2:
            with unit_of_work(sessions) as uow:
                service.void_fact(
                    uow.session, SYSTEM, source, passages[0].event_id, MEANWHILE, reason="误识别"
                )


def others(sessions, lots, start: Barrier) -> None:
    """What the worker and a person do meanwhile."""
    start.wait(10)
    for minute in range(MINUTES):
        with unit_of_work(sessions) as uow:
            service.fold_history(uow.session, at(40))
        with unit_of_work(sessions) as uow:
            service.declare_source(
                uow.session, "feed-1", dict.fromkeys(lots, minute % 2), 300, 900, MEANWHILE
            )
        with unit_of_work(sessions) as uow:
            service.hand_over_counters(uow.session, MEANWHILE)


def test_writers_on_the_same_counters_neither_deadlock_nor_lose_anything(sessions, lots):
    start = Barrier(5)
    with ThreadPoolExecutor(5) as threads:
        running = [
            threads.submit(feed, sessions, lots, "feed-1", start),
            threads.submit(feed, sessions, lots[::-1], "feed-2", start),
            threads.submit(gate, sessions, lots, "gate-1", start),
            threads.submit(gate, sessions, lots[::-1], "gate-2", start),
            threads.submit(others, sessions, lots, start),
        ]
        for work in running:
            work.result(60)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(CountFact)) == 2 * MINUTES * 12
        assert session.scalar(select(func.count()).select_from(PassageFact)) == 2 * MINUTES * 6
        assert set(session.scalars(select(Lot.connected_since_at))) == {MEANWHILE}
        for state in session.scalars(select(CounterState)).all():
            folded = fold(*everything(session, state))
            assert (state.value, state.as_of, state.source, state.drift) == (
                folded.value,
                folded.as_of,
                folded.source,
                folded.drift,
            )


def everything(session, state):
    """All facts of a counter that stand, read without the product's queries; the instant; the terms."""
    mine = {"lot": state.lot_id, "space_class": state.space_class}
    voided = {tuple(row) for row in session.execute(text("select source, event_id from voided_facts"))}
    facts = [
        Count(row.source, row.event_id, row.as_of, row.free)
        for row in session.execute(
            text("select * from count_facts where lot_id = :lot and space_class = :space_class"), mine
        )
    ] + [
        Passage(row.source, row.event_id, row.at, row.direction)
        for row in session.execute(
            text("select * from passage_facts where lot_id = :lot and space_class = :space_class"), mine
        )
        if (row.source, row.event_id) not in voided
    ]
    terms = {
        row.source: Terms(row.rank, row.ageing_after_s, row.unknown_after_s)
        for row in session.scalars(select(CountingSource).where(CountingSource.lot_id == state.lot_id))
    }
    return facts, MEANWHILE, terms


def waits_for_a_lock(sessions) -> bool:
    with sessions() as session:
        return bool(session.scalar(text("select exists (select from pg_locks where not granted)")))


def until_it_waits(sessions, work: Future) -> None:
    while not waits_for_a_lock(sessions):
        assert not work.done(), "it did not wait"


def test_a_void_and_its_fact_on_their_way_at_once_see_each_other(sessions, lots):
    """Neither transaction can see the other's row before it commits: the second must wait."""

    def telling(session):
        counts = [CountInput(lots[0], GENERAL, at(1), free=3, event_id="wrong")]
        service.record_counts(session, SYSTEM, "feed", counts, at(1))

    def voiding(session):
        service.void_fact(session, SYSTEM, "feed", "wrong", at(1), reason="误报")

    def run(step):
        with unit_of_work(sessions) as uow:
            step(uow.session)

    for first, second in ((telling, voiding), (voiding, telling)):
        with ThreadPoolExecutor(1) as thread:
            with unit_of_work(sessions) as uow:
                first(uow.session)
                later = thread.submit(run, second)
                until_it_waits(sessions, later)
            later.result(10)
        with sessions() as session:
            assert session.scalars(select(CounterState.value)).all() == [None]
        with unit_of_work(sessions) as uow:
            for table in ("voided_facts", "count_facts"):
                uow.session.execute(text(f"delete from {table}"))


def test_two_sources_that_count_a_lot_for_the_first_time_at_once_are_both_kept(sessions, lots):
    def tell(source, minute):
        with unit_of_work(sessions) as uow:
            counts = [CountInput(lots[0], GENERAL, at(minute), free=minute)]
            service.record_counts(uow.session, SYSTEM, source, counts, at(3))

    with ThreadPoolExecutor(1) as thread:
        with unit_of_work(sessions) as uow:
            counts = [CountInput(lots[0], GENERAL, at(2), free=2)]
            service.record_counts(uow.session, SYSTEM, "first", counts, at(3))
            later = thread.submit(tell, "second", 1)
            until_it_waits(sessions, later)
        later.result(10)
    with sessions() as session:
        assert session.scalar(select(CounterState.value)) == 2
        assert session.scalar(select(func.count()).select_from(CountFact)) == 2
