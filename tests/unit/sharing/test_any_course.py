"""Whatever the parties do in whatever order, on paper and in the database: what is lent is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from parking.kernel.actors import CLI
from parking.kernel.errors import ParkingError
from parking.kernel.ids import new_id
from parking.kernel.vocabulary import SpaceClass
from parking.lots.queries.lending import lent_spans
from parking.sharing.models import Agreement, Window
from parking.sharing.rules.agreements import AgreementState, Party
from parking.sharing.rules.windows import WindowState
from parking.sharing.service import agreements as service
from parking.sharing.service.ending import end_agreement, end_due, resume, suspend
from parking.sharing.service.windows import end_windows, materialise_windows, withdraw_window
from tests.factories.accounts import register
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.sharing import an_agreement_draft
from tests.unit.sharing.paper_agreements import (
    NOTICE_DAYS,
    SPACES,
    WITHDRAW_MINUTES,
    PaperAgreement,
    PaperLent,
    Shelf,
)

_S = AgreementState
BEFORE = _S.DRAFTED, _S.PROPOSED, _S.CONFIRMED
HOURS = ("Mo-Su 18:00-07:30", "Mo-Fr 12:00-20:00", "Sa-Su,PH 00:00-24:00", "Mo-Su 20:00-08:00; PH off")
CALM = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "phases": (Phase.explicit, Phase.generate),
}
Step = Callable[[], object]
numbers = st.integers(0, 9)
TERMS = {
    "hours": st.sampled_from(HOURS),
    "quota": st.integers(1, SPACES),
    "days": st.integers(3, 40),
    "ahead": numbers,
}
LONG = [pytest.mark.long, pytest.mark.timeout(7200)]


class Lending(RuleBasedStateMachine):
    """Agreements of one lot come, rest, return and end while days pass and vehicles stand in windows."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()

    def pick(self, number: int, *states: AgreementState) -> PaperAgreement | None:
        """One of the agreements, of these states where there are such."""
        known = [each for each in self.shelf.agreements if each.state in states] or self.shelf.agreements
        return known[number % len(known)] if known else None

    @rule(**TERMS, steps=st.sampled_from([0, 1, 3, 5, 5, 5]))
    def agree(self, hours: str, quota: int, days: int, ahead: int, steps: int) -> None:
        """Draft an agreement, and take so many steps towards its being in force."""
        from_on = self.shelf.today + timedelta(days=max(0, ahead - 5))
        told = hours, quota, from_on, from_on + timedelta(days=days)
        name = new_id()
        is_taken = self.shelf.draft(name, *told)
        self.also(partial(self.draft_too, name, *told), is_taken=is_taken)
        if is_taken:
            self.nearer(self.shelf.agreements[-1], steps)

    @rule(number=numbers, steps=st.integers(1, 5))
    def go_on(self, number: int, steps: int) -> None:
        if one := self.pick(number, *BEFORE):
            self.nearer(one, steps)

    def nearer(self, one: PaperAgreement, steps: int) -> None:
        for _ in range(steps):
            if one.state is AgreementState.DRAFTED:
                self.also(partial(self.propose_too, one), is_taken=self.shelf.propose(one))
            elif one.state is AgreementState.PROPOSED:
                party = min(set(Party) - one.confirmed)
                self.also(partial(self.confirm_too, one, party), is_taken=self.shelf.confirm(one, party))
            else:
                self.also(partial(self.put_in_force_too, one), is_taken=self.shelf.put_in_force(one))

    @rule(number=numbers, party=st.sampled_from(Party))
    def confirm(self, number: int, party: Party) -> None:
        if one := self.pick(number):
            self.also(partial(self.confirm_too, one, party), is_taken=self.shelf.confirm(one, party))

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        self.shelf.forward(hours)
        self.also(self.forward_too, is_taken=True)

    @rule(number=numbers, ahead=st.integers(0, 9))
    def withdraw(self, number: int, ahead: int) -> None:
        one = self.pick(number, _S.IN_FORCE)
        coming = [each for each in one.windows if each.until_at > self.shelf.now] if one else []
        if one and len(coming) > ahead:
            window = sorted(coming, key=lambda each: each.from_at)[ahead]
            self.also(partial(self.withdraw_too, one, window), is_taken=self.shelf.withdraw(window))

    @rule(number=numbers)
    def rest(self, number: int) -> None:
        if one := self.pick(number, _S.IN_FORCE):
            self.also(partial(self.suspend_too, one), is_taken=self.shelf.suspend(one))

    @rule(number=numbers)
    def carry_on(self, number: int) -> None:
        if one := self.pick(number, _S.SUSPENDED):
            self.also(partial(self.resume_too, one), is_taken=self.shelf.resume(one))

    @rule(number=numbers, days=st.integers(0, 10), is_held=st.booleans())
    def give_notice(self, number: int, days: int, is_held: bool) -> None:
        if one := self.pick(number, *((_S.IN_FORCE, _S.SUSPENDED) if is_held else BEFORE)):
            ends_on = self.shelf.today + timedelta(days=days)
            is_taken = self.shelf.give_notice(one, ends_on)
            self.also(partial(self.give_notice_too, one, ends_on), is_taken=is_taken)

    @rule(spaces=st.integers(0, 3))
    def vehicles_stand(self, spaces: int) -> None:
        self.shelf.stand(spaces)
        self.also(partial(self.stand_too, spaces), is_taken=True)

    @invariant()
    def holds(self) -> None:
        self.shelf.check()

    def also(self, step: Step, *, is_taken: bool) -> None:
        """What was done on paper is done elsewhere too."""

    def draft_too(self, name: str, hours: str, quota: int, from_on: date, until_on: date) -> None: ...
    def propose_too(self, one: PaperAgreement) -> None: ...
    def confirm_too(self, one: PaperAgreement, party: Party) -> None: ...
    def put_in_force_too(self, one: PaperAgreement) -> None: ...
    def forward_too(self) -> None: ...
    def withdraw_too(self, one: PaperAgreement, window: PaperLent) -> None: ...
    def suspend_too(self, one: PaperAgreement) -> None: ...
    def resume_too(self, one: PaperAgreement) -> None: ...
    def give_notice_too(self, one: PaperAgreement, ends_on: date) -> None: ...
    def stand_too(self, spaces: int) -> None: ...


class StoredLending(Lending):
    """The same in the database, step by step."""

    def __init__(self, session: Session, lot_id: str, organisation_id: str) -> None:
        super().__init__()
        self.nested = session.begin_nested()
        self.session, self.lot_id, self.organisation_id = session, lot_id, organisation_id

    def also(self, step: Step, *, is_taken: bool) -> None:
        """A refusal is an answer, and changes nothing."""
        nested = self.session.begin_nested()
        try:
            step()
        except ParkingError:
            nested.rollback()
            assert not is_taken
        else:
            assert is_taken
            nested.commit()

    def row(self, one: PaperAgreement) -> Agreement:
        return self.session.get_one(Agreement, one.name, populate_existing=True)

    def draft_too(self, name: str, hours: str, quota: int, from_on: date, until_on: date) -> None:
        told = {"hours": hours, "quota": quota, "from_on": from_on, "until_on": until_on}
        terms = {"notice_days": NOTICE_DAYS, "withdraw_before_minutes": WITHDRAW_MINUTES}
        draft = an_agreement_draft(
            self.session, self.lot_id, organisation_id=self.organisation_id, **told, **terms
        )
        made = service.draft_agreement(self.session, CLI, draft, self.shelf.now)
        self.shelf.agreements[-1].name = made

    def propose_too(self, one: PaperAgreement) -> None:
        service.propose(self.session, CLI, one.name, self.shelf.now)

    def confirm_too(self, one: PaperAgreement, party: Party) -> None:
        service.confirm(self.session, CLI, one.name, party, self.shelf.now)

    def put_in_force_too(self, one: PaperAgreement) -> None:
        service.put_in_force(self.session, CLI, one.name, self.shelf.now)

    def forward_too(self) -> None:
        end_windows(self.session, self.shelf.now)
        end_due(self.session, self.shelf.now)
        materialise_windows(self.session, self.shelf.now)

    def withdraw_too(self, one: PaperAgreement, window: PaperLent) -> None:
        asked = select(Window.id).where(Window.agreement_id == one.name, Window.from_at == window.from_at)
        withdraw_window(self.session, CLI, self.session.scalars(asked).one(), "自用", self.shelf.now)

    def suspend_too(self, one: PaperAgreement) -> None:
        suspend(self.session, CLI, one.name, self.row(one).version, "检修", self.shelf.now)

    def resume_too(self, one: PaperAgreement) -> None:
        resume(self.session, CLI, one.name, self.row(one).version, self.shelf.now)

    def give_notice_too(self, one: PaperAgreement, ends_on: date) -> None:
        told = one.name, self.row(one).version, ends_on, "收回", self.shelf.now
        end_agreement(self.session, CLI, *told)

    def stand_too(self, spaces: int) -> None:
        now = self.shelf.now
        is_now = (Window.from_at <= now) & (Window.until_at > now) & (Window.quota >= spaces)
        self.session.execute(
            update(Window).where(is_now, Window.state == WindowState.OPEN).values(taken=spaces)
        )

    @invariant()
    def says_what_the_paper_says(self) -> None:
        self.session.flush()
        for one in self.shelf.agreements:
            row = self.row(one)
            assert (row.state, row.until_on) == (one.state, one.until_on)
        columns = Window.agreement_id, Window.from_at, Window.until_at, Window.state, Window.taken
        assert sorted(map(tuple, self.session.execute(select(*columns)))) == sorted(
            (one.name, each.from_at, each.until_at, str(each.state), each.taken)
            for one in self.shelf.agreements
            for each in one.windows
        )
        told = lent_spans(self.session, NOW - timedelta(days=30), self.shelf.now + timedelta(days=90))
        assert sorted((each.agreement_id, each.from_at, each.spaces) for each in told) == sorted(
            (one.name, each.from_at, each.lent)
            for one in self.shelf.agreements
            for each in one.windows
            if each.lent
        )

    def teardown(self) -> None:
        self.nested.rollback()
        self.session.expire_all()


@pytest.mark.parametrize("runs", [15, pytest.param(2_000, marks=LONG)])
def test_on_paper_any_course_lends_what_is_there(runs: int) -> None:
    run_state_machine_as_test(Lending, settings=settings(max_examples=runs, stateful_step_count=50, **CALM))


@pytest.mark.parametrize(("runs", "steps"), [(3, 15), pytest.param(200, 50, marks=LONG)])
def test_in_the_database_any_course_comes_to_what_the_paper_says(
    session: Session, runs: int, steps: int
) -> None:
    a_city(session)
    lot_id = a_lot(session, spaces={SpaceClass.GENERAL: SPACES}).id
    own = register(session, 77).organisation_id
    run_state_machine_as_test(
        lambda: StoredLending(session, lot_id, own),
        settings=settings(max_examples=runs, stateful_step_count=steps, **CALM),
    )
