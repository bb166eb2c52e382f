"""Do the rows say the same as the table of steps, whoever does what in whatever order?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from parking.audit import queries as audit
from parking.inspections import queries, service
from parking.inspections.errors import AlreadyStepped, StepNotAllowed
from parking.inspections.rules import ADDING, FindingState, FindingStep, may, replay
from tests.factories.city import NOW
from tests.factories.inspections import CLERK, COLLEAGUE, INSPECTOR, a_finding, a_photo

_OFFICERS = st.sampled_from([INSPECTOR, COLLEAGUE])
_DATED = (FindingState.FOUND, FindingState.ORDERED, FindingState.PUT_RIGHT)


def machine_on(session, operator, lot) -> type[RuleBasedStateMachine]:
    """A machine whose every run works in a savepoint of this session."""

    class Desk(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.savepoint = session.begin_nested()
            self.now = NOW
            self.photos = 0
            self.ids = [a_finding(session, lot.id), a_finding(session, lot.id), a_finding(session)]

        def teardown(self) -> None:
            try:
                assert audit.verify_chain(session) is None
            finally:
                self.savepoint.rollback()
                session.expire_all()

        def view(self, which: int) -> queries.FindingView:
            return queries.finding(session, self.ids[which])

        def attempt(self, which: int, step: FindingStep, act) -> None:
            """Do it: it succeeds exactly where the table allows it, and never for who has read too early."""
            seen = self.view(which)
            if step not in ADDING and seen.version > 1:
                with pytest.raises(AlreadyStepped) as told, session.begin_nested():
                    act(self.ids[which], seen.version - 1)
                assert told.value.who == next(s.actor for s in reversed(seen.steps) if s.step not in ADDING)
            allowed = may(seen.state, step, on_lot=seen.row.lot_id is not None)
            try:
                with session.begin_nested():
                    act(self.ids[which], seen.version)
            except StepNotAllowed:
                assert not allowed
            else:
                assert allowed

        @rule(which=st.integers(0, 2), actor=_OFFICERS)
        def order(self, which, actor) -> None:
            def act(finding_id, version):
                service.order_to_put_right(session, actor, {finding_id: version}, self.now)

            if which == 2:
                return  # the road has nobody to order: told in test_decisions
            self.attempt(which, FindingStep.ORDERED, act)

        @rule(which=st.integers(0, 1))
        def answer(self, which) -> None:
            if self.view(which).order_id is None:
                return

            def act(finding_id, version):
                service.answer_order(session, CLERK, finding_id, operator, "已重新划线", version, self.now)

            self.attempt(which, FindingStep.PUT_RIGHT, act)

        @rule(which=st.integers(0, 2), actor=_OFFICERS, passed=st.booleans())
        def recheck(self, which, actor, passed) -> None:
            def act(finding_id, version):
                service.recheck(
                    session, actor, finding_id, passed=passed, text="现场查看", version=version, now=self.now
                )

            step = FindingStep.RECHECKED if passed else FindingStep.SENT_BACK
            self.attempt(which, step, act)

        @rule(which=st.integers(0, 2), actor=_OFFICERS)
        def withdraw(self, which, actor) -> None:
            def act(finding_id, version):
                service.withdraw(session, actor, finding_id, text="登记有误", version=version, now=self.now)

            self.attempt(which, FindingStep.WITHDRAWN, act)

        @rule(which=st.integers(0, 2), actor=_OFFICERS, ago=st.integers(0, 30))
        def hand_over(self, which, actor, ago) -> None:
            at = max(self.now - timedelta(minutes=ago), self.view(which).row.found_at)

            def act(finding_id, version):
                service.hand_over(
                    session,
                    actor,
                    finding_id,
                    to="交警二中队",
                    handed_over_at=at,
                    version=version,
                    now=self.now,
                )

            self.attempt(which, FindingStep.HANDED_OVER, act)

        @rule(which=st.integers(0, 2))
        def hear_from_the_police(self, which) -> None:
            def act(finding_id, version):
                service.note_handover_answer(
                    session, INSPECTOR, finding_id, text="已拖离", version=version, now=self.now
                )

            self.attempt(which, FindingStep.HANDOVER_ANSWERED, act)

        @rule(which=st.integers(0, 2), actor=_OFFICERS)
        def close(self, which, actor) -> None:
            def act(finding_id, version):
                service.close(session, actor, finding_id, version=version, now=self.now)

            self.attempt(which, FindingStep.CLOSED, act)

        @rule(which=st.integers(0, 2), by_operator=st.booleans())
        def photograph(self, which, by_operator) -> None:
            self.photos += 1
            photo = a_photo(str(self.photos).encode())
            if by_operator and self.view(which).order_id is None:
                return

            def act(finding_id, version):
                if by_operator:
                    service.add_evidence(session, CLERK, finding_id, operator, photo, self.now)
                else:
                    service.add_photo(session, INSPECTOR, finding_id, photo, self.now)

            self.attempt(which, FindingStep.EVIDENCED if by_operator else FindingStep.PHOTOGRAPHED, act)

        @rule(days=st.integers(1, 8))
        def let_days_pass(self, days) -> None:
            self.now += timedelta(days=days)
            for finding_id in service.overdue_ids(session, self.now):
                service.escalate(session, INSPECTOR, finding_id, self.now)

        @invariant()
        def rows_tell_one_story(self) -> None:
            for which, finding_id in enumerate(self.ids):
                seen = self.view(which)
                steps = [taken.step for taken in seen.steps]
                assert replay(steps, on_lot=seen.row.lot_id is not None) is seen.state
                assert seen.version == sum(step not in ADDING for step in steps)
                assert (seen.row.due_on is not None) == (seen.state in _DATED)
                assert (seen.row.closed_at is not None) == (seen.state is FindingState.CLOSED)
                assert (seen.order_id is not None) == (FindingStep.ORDERED in steps)
                assert (seen.row.handed_over_at is not None) == (FindingStep.HANDED_OVER in steps)
                told = [entry.action for entry in audit.entries_of(session, "finding", finding_id)]
                assert told == [f"finding:{step}" for step in steps]

    return Desk


SHORT = settings(max_examples=4, stateful_step_count=15)
LONG = settings(max_examples=200, stateful_step_count=50)


@pytest.mark.parametrize(
    "profile", [SHORT, pytest.param(LONG, marks=[pytest.mark.long, pytest.mark.timeout(7200)])]
)
def test_rows_history_and_audit_agree_whatever_is_tried(session, operator, lot, profile):
    run_state_machine_as_test(machine_on(session, operator, lot), settings=profile)
