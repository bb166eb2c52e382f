"""Does a finding only ever go the ways of the table, whatever is tried?"""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from parking.inspections.errors import StepNotAllowed
from parking.inspections.rules import (
    ADDING,
    ENDED,
    OWED_BY,
    TRANSITIONS,
    FindingState,
    FindingStep,
    may,
    next_state,
    replay,
)

STATES, STEPS = st.sampled_from(FindingState), st.sampled_from(FindingStep)


class AnyStepAtAnyTime(RuleBasedStateMachine):
    """Whoever tries whatever: the history that results can always be told again."""

    @initialize(on_lot=st.booleans())
    def find(self, on_lot: bool) -> None:
        self.on_lot = on_lot
        self.state = FindingState.FOUND
        self.steps = [FindingStep.FOUND]

    @rule(step=STEPS)
    def attempt(self, step: FindingStep) -> None:
        before = self.state
        if not may(before, step, on_lot=self.on_lot):
            with pytest.raises(StepNotAllowed):
                next_state(before, step, on_lot=self.on_lot)
            return
        self.state = next_state(before, step, on_lot=self.on_lot)
        self.steps.append(step)
        assert (self.state == before) == (step in ADDING)

    @invariant()
    def the_history_leads_to_the_state(self) -> None:
        assert replay(self.steps, on_lot=self.on_lot) is self.state

    @invariant()
    def nothing_follows_an_end(self) -> None:
        if self.state in ENDED:
            assert not any(may(self.state, step, on_lot=self.on_lot) for step in FindingStep)

    @invariant()
    def nothing_is_closed_that_nobody_looked_at_again(self) -> None:
        if self.state is FindingState.CLOSED:
            assert FindingStep.RECHECKED in self.steps or FindingStep.HANDED_OVER in self.steps

    @invariant()
    def the_road_is_never_ordered_and_a_lot_never_handed_over(self) -> None:
        assert (FindingStep.HANDED_OVER if self.on_lot else FindingStep.ORDERED) not in self.steps


SHORT = settings(max_examples=30, stateful_step_count=50)
LONG = settings(max_examples=2_000, stateful_step_count=50)


@pytest.mark.parametrize(
    "profile", [SHORT, pytest.param(LONG, marks=[pytest.mark.long, pytest.mark.timeout(3600)])]
)
def test_no_state_is_reached_without_a_step_of_the_table(profile):
    run_state_machine_as_test(AnyStepAtAnyTime, settings=profile)


def test_every_state_can_be_reached_and_left_unless_it_is_an_end():
    reached, frontier = {FindingState.FOUND}, [FindingState.FOUND]
    while frontier:
        state = frontier.pop()
        for (from_state, _), to_state in TRANSITIONS.items():
            if from_state is state and to_state not in reached:
                reached.add(to_state)
                frontier.append(to_state)
    assert reached == set(FindingState)
    leaves = {state for (state, _), after in TRANSITIONS.items() if after is not state}
    assert set(FindingState) - leaves == ENDED
    assert set(OWED_BY) == set(FindingState) - ENDED


def test_a_history_begins_with_being_found():
    with pytest.raises(StepNotAllowed):
        replay([FindingStep.ORDERED], on_lot=True)
    with pytest.raises(StepNotAllowed):
        replay([], on_lot=True)
