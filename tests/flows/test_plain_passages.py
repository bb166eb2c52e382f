"""Passages that are stored without a question in between leave what passages leave that are asked about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from parking.kernel.actors import CLI, SYSTEM
from parking.kernel.db.engine import make_engine, make_sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import Direction, SpaceClass
from parking.lots import service as lots
from parking.lots.models import Lot
from parking.lots.queries.gate_books import GateBooks
from parking.occupancy import service as occupancy
from parking.occupancy.models import CounterState, PassageFact
from parking.occupancy.rules import CountInput
from parking.plates.service import PlateKeys
from parking.visits.models import Passage
from parking.visits.rules.outcomes import OutcomeKind
from parking.visits.service import storing
from parking.visits.service.intake import Intake
from tests.factories.city import NOW, a_city
from tests.factories.devices import SEALER, a_client, a_gate_lot
from tests.factories.lookup import SetClock
from tests.factories.passages import told

FEED = "feed:plain"
# Quarters of an hour and their neighbours, so that instants meet.
MINUTES = st.sampled_from([-40, -30, -16, -15, -14, -5, -1, 0, 0, 0, 0, 1])
CROSSINGS = st.lists(
    st.tuples(MINUTES, st.sampled_from([Direction.ENTRY, Direction.EXIT]), st.integers(0, 14)),
    min_size=1,
    max_size=4,
)
STEPS = st.one_of(
    st.tuples(st.just("take"), CROSSINGS),
    st.tuples(st.just("take"), CROSSINGS),
    st.tuples(st.just("count"), st.tuples(MINUTES, st.integers(0, 60), st.booleans())),
    st.tuples(st.just("void"), st.integers(0, 14)),
    st.tuples(st.just("wait"), st.sampled_from([1, 6, 20, 45])),
)


class City:
    """Lots that live through the same, each with gates whose client says everything about it."""

    def __init__(self, sessions):
        self.sessions, self.clock = sessions, SetClock(NOW)

    def another(self):
        with unit_of_work(self.sessions) as uow:
            lot = a_gate_lot(uow.session, now=NOW - timedelta(days=2))
            client = a_client(uow.session, [lot.id], now=NOW - timedelta(days=2))
            for lane_id in (lot.entry_lane_id, lot.exit_lane_id):
                lots.set_counting_source(uow.session, CLI, lane_id, client.source, NOW)
            occupancy.declare_source(
                uow.session, f"{FEED}:{lot.id}", {lot.id: 1}, 300, 900, NOW - timedelta(days=2)
            )
        return lot, client

    def live(self, lot, client, steps):
        # Who knows this lot: books are read anew only when time goes on.
        books = GateBooks(self.sessions, SEALER, self.clock)
        intake = Intake(self.sessions, self.clock, books, PlateKeys(self.sessions, SEALER, self.clock))
        teller = books.now().client(client.id)
        for kind, what in steps:
            now = self.clock.at
            if kind == "wait":
                self.clock.forward(minutes=what)
            elif kind == "take":
                crossings = [
                    told(
                        now + timedelta(minutes=minute),
                        direction,
                        event_id=f"e{number}",
                        lot_key=lot.id,
                        lane_key="入口1" if direction is Direction.ENTRY else "出口1",
                    )
                    for minute, direction, number in what
                ]
                yield [(one.kind, one.counted) for one in intake.take(teller, crossings, now)]
            else:
                with unit_of_work(self.sessions) as uow:
                    self.tell(uow.session, lot, client, kind, what, now)

    @staticmethod
    def tell(session, lot, client, kind, what, now):
        if kind == "void":
            occupancy.void_fact(session, SYSTEM, client.source, f"e{what}", now, reason="试")
            return
        minute, number, by_hand = what
        as_of = min(now + timedelta(minutes=minute), now)
        if by_hand:
            occupancy.set_count_by_hand(
                session, CLI, lot.id, SpaceClass.GENERAL, as_of, reason="清点", occupied=number
            )
            return
        count = CountInput(lot.id, SpaceClass.GENERAL, as_of, None, number, None, f"c{now}-{minute}")
        occupancy.record_counts(session, SYSTEM, f"{FEED}:{lot.id}", [count], now)

    def left(self, lot):
        """What the lot's passages left, without what names the lot."""
        with self.sessions() as session:
            counters = session.scalars(select(CounterState).where(CounterState.lot_id == lot.id)).all()
            facts = select(
                PassageFact.event_id, PassageFact.at, PassageFact.direction, PassageFact.received_at
            )
            passages = select(Passage.event_id, Passage.at, Passage.direction, Passage.voided_at)
            names = [
                each.name for each in CounterState.__table__.columns if each.name not in ("lot_id", "source")
            ]
            return (
                [{name: getattr(each, name) for name in names} for each in counters],
                set(session.execute(facts.where(PassageFact.lot_id == lot.id))),
                set(session.execute(passages.where(Passage.lot_id == lot.id))),
                session.scalar(select(Lot.connected_since_at).where(Lot.id == lot.id)),
            )


@pytest.fixture
def city(sessions):
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
    return City(sessions)


@pytest.fixture
def tries(monkeypatch):
    """Whether each group that could be plain was."""
    plainly, seen = storing._stored_plainly, []

    def noted(*asked):
        seen.append(plainly(*asked))
        return seen[-1]

    monkeypatch.setattr(storing, "_stored_plainly", noted)
    return seen


@settings(
    max_examples=max(15, settings.default.max_examples // 5),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=1, max_size=8))
def test_any_course_leaves_the_same_either_way(city, tries, steps):
    plain, asked = city.another(), city.another()
    city.clock.at = NOW
    plainly = list(city.live(*plain, steps))
    city.clock.at = NOW
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storing, "_MOST_AT_ONCE", 0)
        assert list(city.live(*asked, steps)) == plainly
    assert city.left(plain[0]) == city.left(asked[0])


def test_what_is_new_and_after_the_count_is_plain(city, tries):
    lot, client = city.another()
    list(city.live(lot, client, [("count", (0, 10, False)), ("wait", 1)]))
    at = [(0, Direction.ENTRY, number) for number in range(3)]
    [outcomes] = city.live(lot, client, [("take", at)])
    assert tries == [True] and outcomes == [(OutcomeKind.NEW, True)] * 3
    [counter], facts, passages, _ = city.left(lot)
    assert counter["value"] == 13 and len(facts) == len(passages) == 3


COUNTED = [("count", (0, 10, False)), ("wait", 1)]
ONE = [(0, Direction.ENTRY, 1)]


@pytest.mark.parametrize(
    ("before", "group"),
    [
        pytest.param(COUNTED, [(-30, Direction.ENTRY, 1)], id="before the count"),
        pytest.param([*COUNTED, ("take", ONE)], ONE, id="told again"),
        pytest.param([*COUNTED, ("void", 1)], ONE, id="voided before it came"),
        pytest.param([("count", (-14, 10, False))], ONE, id="the lot starts to live"),
        pytest.param([], ONE, id="the counter is not there yet"),
    ],
)
def test_what_is_not_plain_is_asked_about(city, tries, before, group):
    lot, client = city.another()
    list(city.live(lot, client, before))
    tries.clear()
    list(city.live(lot, client, [("take", group)]))
    assert tries == [False]


def test_a_lot_that_lives_and_is_not_connected_is_connected_by_its_next_passage(city, tries):
    lot, client = city.another()
    list(city.live(lot, client, COUNTED))
    with unit_of_work(city.sessions) as uow:
        # As a release before left it that took no such lot for connected.
        uow.session.execute(update(Lot).where(Lot.id == lot.id).values(connected_since_at=None))
    list(city.live(lot, client, [("take", ONE), ("take", [(0, Direction.EXIT, 2)])]))
    *_, connected_since_at = city.left(lot)
    assert (tries, connected_since_at) == ([False, True], city.clock.at)


def test_a_column_that_an_upgrade_adds_is_noticed_by_nobody(city, database):
    engine = make_engine(database.url, ping=False, trips=True)
    lot, client = city.another()
    list(city.live(lot, client, COUNTED))
    running = City(make_sessions(engine))
    running.clock.at = city.clock.at
    again = [("take", ONE), ("take", ONE), ("take", [(0, Direction.EXIT, 2)])]
    before = list(running.live(lot, client, again))
    with engine.begin() as upgrade:
        for table in ("counter_states", "passages", "passage_facts"):
            upgrade.execute(text(f"alter table {table} add column later integer"))
    try:
        told = [[(kind, counted)] for [(kind, counted)] in running.live(lot, client, again)]
        assert told == [[(OutcomeKind.REPEATED, True)]] * 3 and len(before) == 3
    finally:
        with engine.begin() as downgrade:
            for table in ("counter_states", "passages", "passage_facts"):
                downgrade.execute(text(f"alter table {table} drop column later"))
        engine.dispose()
