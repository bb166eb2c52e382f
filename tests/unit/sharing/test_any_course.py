"""Whatever the parties do in whatever order, never more is lent than is there, and what is lent is open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from parking.kernel.actors import CLI
from parking.kernel.errors import ParkingError
from parking.kernel.vocabulary import SpaceClass
from parking.lots.queries.lending import lent_spans
from parking.sharing.models import Agreement, Window
from parking.sharing.queries.agreements import agreements
from parking.sharing.rules.agreements import AgreementState
from parking.sharing.rules.windows import WindowState, peak
from parking.sharing.service.ending import end_agreement, end_due, resume, suspend
from parking.sharing.service.windows import end_windows, materialise_windows, withdraw_window
from tests.factories.accounts import register
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.sharing import an_agreement

SPACES = 6
HOURS = ("Mo-Su 18:00-07:30", "Mo-Fr 12:00-20:00", "Sa-Su,PH 00:00-24:00", "Mo-Su 20:00-08:00; PH off")
CALM = {"deadline": None, "suppress_health_check": list(HealthCheck)}
SHORT = settings(max_examples=6, stateful_step_count=15, **CALM)
LONG = settings(max_examples=200, stateful_step_count=50, **CALM)


class Lending(RuleBasedStateMachine):
    """Agreements of one lot come, rest, return and end while days pass and vehicles stand in windows."""

    def __init__(self, session: Session, lot_id: str, organisation_id: str) -> None:
        super().__init__()
        self.nested = session.begin_nested()
        self.session, self.lot_id, self.organisation_id, self.now = session, lot_id, organisation_id, NOW
        self.closed: set[str] = set()

    def attempt(self, step: Callable[[], object]) -> None:
        """A refusal is an answer, and changes nothing."""
        nested = self.session.begin_nested()
        try:
            step()
        except ParkingError:
            nested.rollback()
        else:
            nested.commit()

    def pick(self, number: int) -> Agreement | None:
        known = agreements(self.session, lot_ids=[self.lot_id])
        return self.session.get(Agreement, known[number % len(known)].id) if known else None

    @rule(hours=st.sampled_from(HOURS), quota=st.integers(1, SPACES), days=st.integers(3, 40))
    def agree(self, hours: str, quota: int, days: int) -> None:
        on = self.now.date()
        told = {"hours": hours, "quota": quota, "from_on": on, "until_on": on + timedelta(days=days)}
        terms = {"notice_days": 2, "withdraw_before_minutes": 120, "organisation_id": self.organisation_id}
        self.attempt(partial(an_agreement, self.session, self.lot_id, now=self.now, **told, **terms))

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        end_windows(self.session, self.now)
        end_due(self.session, self.now)
        materialise_windows(self.session, self.now)

    @rule(number=st.integers(0, 9), window=st.integers(0, 9))
    def withdraw(self, number: int, window: int) -> None:
        asked = select(Window.id).where(Window.until_at > self.now).order_by(Window.from_at, Window.id)
        for window_id in self.session.scalars(asked.offset(window).limit(1)).all():
            self.attempt(partial(withdraw_window, self.session, CLI, window_id, "自用", self.now))

    @rule(number=st.integers(0, 9))
    def rest(self, number: int) -> None:
        if row := self.pick(number):
            self.attempt(partial(suspend, self.session, CLI, row.id, row.version, "检修", self.now))

    @rule(number=st.integers(0, 9))
    def carry_on(self, number: int) -> None:
        if row := self.pick(number):
            self.attempt(partial(resume, self.session, CLI, row.id, row.version, self.now))

    @rule(number=st.integers(0, 9), days=st.integers(0, 10))
    def give_notice(self, number: int, days: int) -> None:
        if row := self.pick(number):
            ends_on = self.now.date() + timedelta(days=days)
            self.attempt(
                partial(end_agreement, self.session, CLI, row.id, row.version, ends_on, "收回", self.now)
            )

    @rule(spaces=st.integers(0, 3))
    def vehicles_stand(self, spaces: int) -> None:
        """In what is open now, as many as fit."""
        is_now = (Window.from_at <= self.now) & (Window.until_at > self.now) & (Window.quota >= spaces)
        self.session.execute(
            update(Window).where(is_now, Window.state == WindowState.OPEN).values(taken=spaces)
        )

    @invariant()
    def never_more_is_lent_than_is_there(self) -> None:
        told = lent_spans(self.session, NOW - timedelta(days=30), self.now + timedelta(days=90))
        assert peak((each.from_at, each.until_at, each.spaces) for each in told) <= SPACES
        lent = {each.window_id: each.spaces for each in told}
        rows = self.session.scalars(select(Window).execution_options(populate_existing=True)).all()
        assert lent == {
            row.id: row.quota if row.state == WindowState.OPEN else row.taken
            for row in rows
            if row.state in (WindowState.OPEN, WindowState.CLOSING)
        }

    @invariant()
    def only_an_agreement_in_force_has_open_windows(self) -> None:
        for told in agreements(self.session, lot_ids=[self.lot_id]):
            asked = select(Window).where(Window.agreement_id == told.id, Window.state == WindowState.OPEN)
            standing = self.session.scalars(asked).all()
            assert told.state is AgreementState.IN_FORCE or not standing
            assert all(row.until_at > self.now for row in standing)

    def teardown(self) -> None:
        self.nested.rollback()
        self.session.expire_all()


@pytest.mark.parametrize(
    "profile", [SHORT, pytest.param(LONG, marks=[pytest.mark.long, pytest.mark.timeout(7200)])]
)
def test_any_course_lends_what_is_there(session: Session, profile: settings) -> None:
    a_city(session)
    lot_id = a_lot(session, spaces={SpaceClass.GENERAL: SPACES}).id
    own = register(session, 77).organisation_id
    run_state_machine_as_test(lambda: Lending(session, lot_id, own), settings=profile)
