"""Whatever an ETC network answers, and whoever asks or dies meanwhile: each stay is charged once at most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from rich.progress import Progress
from sqlalchemy import func, select

from parking.boundary.charges import Callback, CallbackRefused
from parking.entrypoints.simulator.payments import Mood
from parking.kernel.actors import SYSTEM
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.visits.models import Charge, ChargeEntry, Visit
from parking.visits.rules.charges import LIVE
from parking.visits.service import charges, closing
from parking.visits.service.asking import Charging
from tests.factories.charges import Networks, a_visit, networks
from tests.factories.city import a_city
from tests.factories.lookup import SetClock
from tests.factories.lots import a_lot
from tests.factories.tariffs import a_tariff

CALM = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    # Two workers race in earnest: a course that is kept would not be the same again.
    "database": None,
    "phases": (Phase.explicit, Phase.generate),
}
SHORT = settings(max_examples=8, stateful_step_count=20, **CALM)
LONG = settings(max_examples=2_000, stateful_step_count=40, **CALM)
NETWORKS = ("xinlian", "bolink")


class Street(RuleBasedStateMachine):
    """Vehicles leave, workers ask and die, the networks answer as they like; in the end the lists agree."""

    def __init__(
        self, sessions: Sessions, clock: SetClock, played: Networks, lots: Mapping[str, str]
    ) -> None:
        super().__init__()
        self.sessions, self.clock, self.played, self.lots = sessions, clock, played, lots
        self.charging = Charging(
            sessions,
            clock,
            {name: played.adapters[name] for name in NETWORKS},
            opens=lambda sealed: sealed.decode(),
            notify_url=lambda name: f"http://city.invalid/networks/{name}/callback",
            return_url=lambda charge_id: "",
        )
        self.to_come: list[Callable[[], None]] = []
        self.told: list[tuple[str, bytes]] = []
        self.visits: list[str] = []
        for name, network in (("xinlian", played.xinlian), ("bolink", played.bolink)):
            network.mood = Mood.PROMPT
            network.book.orders.clear()
            network.later = self.to_come.append
            network.call = lambda url, body, kind, name=name: self.told.append((name, body))

    @rule(
        name=st.sampled_from(NETWORKS),
        hours=st.integers(1, 30),
        digit=st.integers(0, 9),
        mood=st.sampled_from(Mood),
        asks=st.booleans(),
    )
    def leave(self, name: str, hours: int, digit: int, mood: Mood, asks: bool) -> None:
        self.change_mood(mood)
        with unit_of_work(self.sessions) as uow:
            entered_at = self.clock.now() - timedelta(hours=hours)
            visit = a_visit(
                uow.session,
                self.lots[name],
                entered_at,
                timedelta(hours=hours),
                plate_sealed=f"苏F1234{digit}".encode(),
            )
            self.visits.append(visit.id)
        with unit_of_work(self.sessions) as uow:
            charge_id = closing.close_account(uow.session, visit.id, NETWORKS, self.clock.now())
        if asks and charge_id is not None:
            self.charging.ask(charge_id)

    @rule(mood=st.sampled_from(Mood))
    def change_mood(self, mood: Mood) -> None:
        self.played.xinlian.mood = self.played.bolink.mood = mood

    @rule()
    def two_workers_ask(self) -> None:
        due = self._due(closing.due_for_asking)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self.charging.ask, [each for each in due for _ in range(2)]))

    @rule()
    def a_worker_dies_before_it_asks(self) -> None:
        for each in self._due(closing.due_for_asking)[:1]:
            with unit_of_work(self.sessions) as uow:
                charges.claim_asking(uow.session, each, self.clock.now())

    @rule()
    def a_worker_dies_before_it_hears(self) -> None:
        for each in self._due(closing.due_for_asking)[:1]:
            with unit_of_work(self.sessions) as uow:
                claimed = charges.claim_asking(uow.session, each, self.clock.now())
            if claimed is not None:
                network = self.charging.networks[claimed.network]
                try:
                    network.request(self.charging._asking(claimed, network, "苏F12345"))
                except Exception as silent:
                    assert type(silent).__name__ == "NetworkSilent"

    @rule()
    def query(self) -> None:
        for each in self._due(closing.due_for_query):
            self.charging.resolve(each)

    @rule(seconds=st.sampled_from([5, 61, 600, 7_200]))
    def wait(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)

    @rule()
    def the_network_gets_on(self) -> None:
        for work in self.to_come:
            work()
        self.to_come.clear()

    @rule(again=st.booleans(), backwards=st.booleans())
    def calls_arrive(self, again: bool, backwards: bool) -> None:
        """In any order, and old ones once more."""
        for name, body in reversed(self.told) if backwards else list(self.told):
            network = self.charging.networks[name]
            call = Callback({}, body, self.clock.now())
            answer = network.read_callback(call)
            assert network.acknowledge(answer)
            with unit_of_work(self.sessions) as uow:
                charges.told(uow.session, name, answer, self.clock.now())
            other = b"y" if body[-9:-8] == b"x" else b"x"
            with pytest.raises(CallbackRefused):
                network.read_callback(Callback({}, body[:-9] + other + body[-8:], self.clock.now()))
        if not again:
            self.told.clear()

    @rule(pick=st.integers(0, 5))
    def a_network_contradicts_itself(self, pick: int) -> None:
        """Its call says the opposite now, and the truth later."""
        known = [
            (name, network, order)
            for name, network in (("xinlian", self.played.xinlian), ("bolink", self.played.bolink))
            for order in network.book.orders.values()
            if order.state in ("paid", "refused")
        ]
        for name, network, order in known[pick : pick + 1]:
            opposite = "refused" if order.state == "paid" else "paid"
            truth = (name, network.notice(order, order.state))
            # What it owes of the truth about other charges still comes.
            to_come, self.told = self.told, [(name, network.notice(order, opposite))]
            self.calls_arrive(again=False, backwards=False)
            self.told = [*to_come, truth]

    @invariant()
    def no_stay_has_two_live_charges(self) -> None:
        with self.sessions() as session:
            live = Charge.state.in_([str(each) for each in LIVE]) & Charge.visit_id.in_(self.visits)
            counted = select(func.count()).where(live).group_by(Charge.visit_id)
            assert max(session.scalars(counted), default=0) <= 1

    def teardown(self) -> None:
        """The networks come to their senses; a few hours later everything is known."""
        self.played.xinlian.mood = self.played.bolink.mood = Mood.PROMPT
        for _ in range(12):
            self.the_network_gets_on()
            self.calls_arrive(again=True, backwards=False)
            self.clock.forward(hours=2)
            self.two_workers_ask()
            self.query()
        orders = {**self.played.xinlian.book.orders, **self.played.bolink.book.orders}
        with self.sessions() as session:
            mine = session.scalars(select(Charge).where(Charge.visit_id.in_(self.visits))).all()
            assert len(mine) == len({each.visit_id for each in mine})
            assert set(orders) <= {each.id for each in mine}
            paid = select(ChargeEntry.charge_id).where(ChargeEntry.charge_id.in_([each.id for each in mine]))
            told_paid = set(session.scalars(paid))
            for charge in mine:
                truth = orders[charge.id]
                assert (charge.state, charge.contradicted) == (truth.state, False)
                booked = session.scalars(
                    select(func.coalesce(func.sum(ChargeEntry.fen), 0)).where(
                        ChargeEntry.charge_id == charge.id
                    )
                ).one()
                assert booked == (truth.amount_fen if truth.state == "paid" else 0)
                visit = session.get_one(Visit, charge.visit_id)
                assert (visit.settled_at is not None) == (truth.state == "paid")
                # A plate goes with the first word that it was paid, also where that was taken back.
                assert (visit.plate_sealed is None) == (charge.id in told_paid)

    def _due(self, asked) -> list[str]:
        """This course's own: another one that failed may have left some behind."""
        with self.sessions() as session:
            own = session.scalars(select(Charge.id).where(Charge.visit_id.in_(self.visits))).all()
            return [each for each in asked(session, NETWORKS, self.clock.now(), 1_000) if each in own]


def _any_course(sessions: Sessions, profile: settings) -> None:
    clock = SetClock()
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        lots = {name: a_lot(uow.session).id for name in NETWORKS}
        a_tariff(uow.session, lots.values())
        for name, lane in (("xinlian", "fe71e106"), ("bolink", "1313:A2:000123")):
            closing.join_network(uow.session, SYSTEM, lots[name], name, lane, clock.now())
    with networks(clock) as played, Progress(disable=profile is SHORT) as progress:
        courses = progress.add_task("courses", total=profile.max_examples)

        def course() -> Street:
            progress.advance(courses)
            return Street(sessions, clock, played, lots)

        run_state_machine_as_test(course, settings=profile)


def test_whatever_a_network_answers_each_stay_is_charged_once(sessions: Sessions) -> None:
    _any_course(sessions, SHORT)


@pytest.mark.long
@pytest.mark.timeout(14400)
def test_whatever_a_network_answers_each_stay_is_charged_once_at_length(sessions: Sessions) -> None:
    _any_course(sessions, LONG)
