"""A lot whose counter or gate somebody holds for long keeps nothing that is told of another lot waiting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from parking.audit.service import _CHAIN_LOCK
from parking.boundary.gates import CountTold, UndoTold
from parking.kernel.actors import CLI
from parking.kernel.clock import SystemClock
from parking.kernel.db import group_commit
from parking.kernel.db.engine import make_engine, make_sessions
from parking.kernel.db.group_commit import NotStored
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots import service as lots
from parking.lots.queries.gate_books import GateBooks
from parking.occupancy import service as occupancy
from parking.occupancy.service.counters import GATES, gate_of
from parking.plates.service import PlateKeys
from parking.visits.rules.outcomes import Outcome, OutcomeKind
from parking.visits.service.intake import Intake
from tests.factories.city import a_city
from tests.factories.devices import SEALER, a_client, a_gate_lot
from tests.factories.passages import told

CLOCK = SystemClock()
COUNTER = text("select from counter_states where lot_id = :lot for update")
GATE = text("select pg_advisory_xact_lock(:gates, :gate)")
EVENTS = text("select event_id from passages where source = :source")
CLAIM = text("select event_id from passages where source = :source for update")
WAITING = text(
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
)
CHAIN = text("select pg_advisory_xact_lock(:number)")
CONNECTED = text("select count(*) from lots where connected_since_at is not null")
ENTRIES = text("select count(*) from audit_entries where action = 'lot:connected'")
LAST = text("select value from counter_states where lot_id = :lot")


class Gate:
    """The entry of a lot, and what its vendor's system is answered by a process that others share."""

    def __init__(self, sessions, threads, intake, books, gate_lot, client) -> None:
        self._sessions, self._threads, self._intake = sessions, threads, intake
        self.lot_id, self.source = gate_lot.id, client.source
        self._teller = books.now().client(client.id)

    def tell(self) -> Future[OutcomeKind]:
        return self._threads.submit(self._tell)

    def _tell(self) -> OutcomeKind:
        now = CLOCK.now()
        (outcome,) = self._intake.take(self._teller, [told(now, lot_key=self.lot_id, lane_key="入口1")], now)
        return outcome.kind

    def count(self, occupied: int) -> Future[tuple[Outcome, ...]]:
        now = CLOCK.now()
        counted = CountTold(
            now, occupied=occupied, lot_key=self.lot_id, event_id=f"{now.isoformat()}/{occupied}"
        )
        return self._threads.submit(self._intake.count, self._teller, [counted], now)

    def undo(self, event_id: str) -> Future[Outcome]:
        now = CLOCK.now()
        return self._threads.submit(self._intake.undo, self._teller, UndoTold(now, event_id=event_id), now)

    def void(self, event_id: str) -> Future[Outcome]:
        return self._threads.submit(self._intake.void, self._teller, event_id, "误报", CLOCK.now())

    def occupied(self) -> int:
        with self._sessions() as session:
            return session.scalar(LAST, {"lot": self.lot_id})


@pytest.fixture
def gates(database, sessions, monkeypatch) -> Iterator[tuple[Gate, Gate]]:
    """Those of two lots with 10 vehicles, whose sources pass different gates of the counters."""
    # Whoever comes soon after another is stored with it, and none too late, however slow this machine is now.
    monkeypatch.setattr(group_commit, "_LATELY_S", 60)
    monkeypatch.setattr(group_commit, "_MOST_WAITED_S", 60)
    now = CLOCK.now() - timedelta(minutes=3)
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        made = []
        while len(made) < 2:
            gate_lot = a_gate_lot(uow.session, now=now)
            client = a_client(uow.session, [gate_lot.id], now=now)
            lots.set_counting_source(uow.session, CLI, gate_lot.entry_lane_id, client.source, now)
            if not made or gate_of(client.source) != gate_of(made[0][1].source):
                made.append((gate_lot, client))
    for gate_lot, _ in made:
        with unit_of_work(sessions) as uow:
            occupancy.set_count_by_hand(
                uow.session, CLI, gate_lot.id, SpaceClass.GENERAL, now, reason="清点", occupied=10
            )
    engine = make_engine(database.url, ping=False, trips=True)
    books = GateBooks(sessions, SEALER, CLOCK)
    intake = Intake(make_sessions(engine), CLOCK, books, PlateKeys(sessions, SEALER, CLOCK))
    with ThreadPoolExecutor(20) as threads:
        yield tuple(Gate(sessions, threads, intake, books, *each) for each in made)
    engine.dispose()


@pytest.mark.parametrize("held", ["counter", "gate"])
def test_passages_of_other_lots_go_on_while_one_is_held(database, gates, held):
    one, other = gates
    assert (one.tell().result(), other.tell().result()) == (OutcomeKind.NEW, OutcomeKind.NEW)
    with database.engine.connect() as holder:
        if held == "counter":
            holder.execute(COUNTER, {"lot": one.lot_id})
        else:
            holder.execute(GATE, {"gates": GATES, "gate": gate_of(one.source)})
        told_at_once = [gate.tell() for gate in (one, other, one, other, other, one)]
        for gate, answer in zip((one, other, one, other, other, one), told_at_once, strict=True):
            if gate is other:
                assert answer.result(timeout=30) is OutcomeKind.NEW
            else:
                with pytest.raises(NotStored):
                    answer.result(timeout=30)
        # Known by now: nobody waits for it, and it is told at once.
        with pytest.raises(NotStored):
            one.tell().result(timeout=30)
        assert other.occupied() == 10 + 1 + 3 and one.occupied() == 10 + 1
    assert one.tell().result(timeout=30) is OutcomeKind.NEW
    assert one.occupied() == 10 + 2


def test_counts_and_voids_of_other_lots_go_on_while_one_is_held(database, gates):
    one, other = gates
    assert (one.tell().result(), other.tell().result()) == (OutcomeKind.NEW, OutcomeKind.NEW)
    with database.engine.connect() as holder, capture_logs() as logged:
        [event_id] = holder.execute(EVENTS, {"source": one.source}).scalars()
        holder.execute(COUNTER, {"lot": one.lot_id})
        held = [
            one.count(1),
            one.void(event_id),
            one.undo(event_id),
            one.count(2),
            one.tell(),
            one.void(event_id),
        ]
        free = [other.count(5), other.void("never told"), other.undo("nor this"), other.tell()]
        for answer in free:
            answer.result(timeout=30)
        assert other.occupied() == 10 + 2
        for answer in held:
            with pytest.raises(NotStored):
                answer.result(timeout=30)
    # Each of the two queues waited for it once.
    assert [each["event"] for each in logged].count("group_commit.held") == 2
    # A person's count is believed before the gate's.
    assert one.count(3).result(timeout=30)[0].kind is OutcomeKind.NEW
    assert one.void(event_id).result(timeout=30).taken and one.occupied() == 10


def test_voids_of_passages_that_somebody_pairs_for_long_wait_once_for_all(database, gates, monkeypatch):
    monkeypatch.setattr(group_commit, "_DOUBTED_S", 60)
    one, other = gates
    for _ in range(4):
        one.tell().result(timeout=30)
    with database.engine.connect() as pairing, capture_logs() as logged:
        events = pairing.execute(CLAIM, {"source": one.source}).scalars().all()
        voids = [one.void(event_id) for event_id in events]
        assert other.void("never told").result(timeout=30).taken
        for void in voids:
            with pytest.raises(NotStored):
                void.result(timeout=30)
        assert one.tell().result(timeout=30) is OutcomeKind.NEW
    assert [each["event"] for each in logged] == ["group_commit.doubted"]


def test_a_void_that_waits_for_the_pairing_holds_neither_gate_nor_counter(database, sessions, gates):
    one, _ = gates
    one.tell().result()
    locks = {gate_of(one.source), (one.lot_id, SpaceClass.GENERAL)}
    with database.engine.connect() as pairing:
        [event_id] = pairing.execute(CLAIM, {"source": one.source}).scalars()
        voiding = one.void(event_id)
        with sessions() as session:
            while not (voiding.done() or session.scalar(WAITING)):
                # Each look is a transaction of its own, or it would see the same again.
                session.rollback()
                time.sleep(0.01)
            assert occupancy.held_now(session, locks) == frozenset()
        pairing.rollback()
    # On a slow machine it was told to come again.
    wait([voiding], timeout=30)
    assert one.void(event_id).result(timeout=30).taken
    assert one.occupied() == 10


def test_a_lot_becomes_connected_with_the_entry_that_tells_it(database, sessions, gates, monkeypatch):
    monkeypatch.setattr(group_commit, "_DOUBTED_S", 0)
    one, _ = gates
    with database.engine.connect() as holder:
        holder.execute(CHAIN, {"number": _CHAIN_LOCK})
        with pytest.raises(NotStored):
            one.tell().result(timeout=30)
        with sessions() as session:
            assert (session.scalar(CONNECTED), session.scalar(ENTRIES)) == (0, 0)
        assert one.occupied() == 10
    assert one.tell().result(timeout=30) is OutcomeKind.NEW
    with sessions() as session:
        assert (session.scalar(CONNECTED), session.scalar(ENTRIES)) == (1, 1)
