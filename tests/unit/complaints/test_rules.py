"""Which way a complaint goes, what it costs a lot, and when a count is doubted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from parking.complaints.errors import StepNotAllowed
from parking.complaints.rules import (
    ENDED,
    OPEN,
    TRANSITIONS,
    ComplaintKind,
    ComplaintState,
    ComplaintStep,
    ComplaintTold,
    DoubtLimits,
    Weights,
    doubters,
    may,
    may_reopen,
    next_state,
    replay,
    score,
)
from tests.factories.city import NOW

LIMITS = DoubtLimits(2, timedelta(hours=72))
WEIGHTS = Weights(dict.fromkeys(ComplaintKind, 3) | {ComplaintKind.FEE_WRONG: 5}, 20)


class AComplaint(RuleBasedStateMachine):
    """Any steps by anybody, in any order, at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.now = ComplaintState.RECEIVED, NOW
        self.answered_at = self.reopened_at = None
        self.history = [ComplaintStep.RECEIVED]

    @rule(step=st.sampled_from([s for s in ComplaintStep if s is not ComplaintStep.REOPENED]))
    def handle(self, step: ComplaintStep) -> None:
        if not may(self.state, step):
            with pytest.raises(StepNotAllowed):
                next_state(self.state, step)
            return
        self.state = next_state(self.state, step)
        self.history.append(step)
        if step is ComplaintStep.ANSWERED:
            self.answered_at = self.now

    @rule(days=st.integers(0, 10))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @precondition(lambda self: self.answered_at is not None)
    @rule()
    def reopen(self) -> None:
        if may_reopen(self.state, self.answered_at, self.reopened_at, self.now, 15):
            assert self.now - self.answered_at <= timedelta(days=15)
            self.state = next_state(self.state, ComplaintStep.REOPENED)
            self.reopened_at = self.now
            self.history.append(ComplaintStep.REOPENED)

    @invariant()
    def the_history_tells_the_state(self) -> None:
        assert replay(self.history) is self.state
        assert self.history.count(ComplaintStep.REOPENED) <= 1

    @invariant()
    def nothing_is_closed_that_was_not_answered(self) -> None:
        if self.state is ComplaintState.CLOSED:
            assert ComplaintStep.ANSWERED in self.history

    @invariant()
    def what_is_open_owes_an_answer_and_what_ended_does_not(self) -> None:
        steps = {step for state, step in TRANSITIONS if state is self.state}
        assert (ComplaintStep.REMINDED in steps) == (self.state in OPEN)
        assert self.state not in ENDED or steps <= {ComplaintStep.REOPENED}


TestAComplaint = AComplaint.TestCase
TestAComplaint.settings = runs(max_examples=60, stateful_step_count=15)


def test_a_history_that_does_not_begin_or_reopens_twice_is_none() -> None:
    told = [ComplaintStep.TAKEN, ComplaintStep.ANSWERED, ComplaintStep.REOPENED]
    for steps in ([], told, [ComplaintStep.RECEIVED, *told, *told]):
        with pytest.raises(StepNotAllowed):
            replay(steps)


@given(st.dictionaries(st.sampled_from(ComplaintKind), st.integers(0, 30)))
def test_a_score_is_the_sum_of_its_lines_up_to_the_most(confirmed: dict[ComplaintKind, int]) -> None:
    found = score("lot", confirmed, WEIGHTS)
    assert found.uncut == sum(WEIGHTS.points[kind] * number for kind, number in confirmed.items())
    assert found.minus == min(found.uncut, 20)
    assert {line.kind for line in found.lines} == {kind for kind, number in confirmed.items() if number}


def told(sender: str | None, **fields: object) -> ComplaintTold:
    facts = {
        "id": f"id-{sender}-{len(fields)}",
        "kind": ComplaintKind.COUNT_WRONG,
        "state": ComplaintState.RECEIVED,
        "is_confirmed": None,
        "sender": sender,
        "received_at": NOW - timedelta(hours=1),
    }
    return ComplaintTold(**(facts | fields))


def test_a_count_is_doubted_by_several_people_and_not_by_one_who_repeats_it() -> None:
    assert not doubters([told("a"), told("a", id="again")], NOW, LIMITS)
    assert len(doubters([told("a"), told("b", kind=ComplaintKind.CLOSED)], NOW, LIMITS)) == 2
    # Of a telephone call nobody knows from whom it came: each is somebody.
    assert len(doubters([told(None, id="1"), told(None, id="2")], NOW, LIMITS)) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"kind": ComplaintKind.FEE_WRONG},
        {"received_at": NOW - timedelta(hours=72)},
        {"received_at": NOW + timedelta(seconds=1)},
        {"state": ComplaintState.REJECTED},
        {"state": ComplaintState.CLOSED, "is_confirmed": False},
    ],
)
def test_what_is_old_other_rejected_or_found_not_so_doubts_nothing(other: dict[str, object]) -> None:
    assert not doubters([told("a"), told("b", **other)], NOW, LIMITS)


def test_a_confirmed_one_doubts_until_it_is_old() -> None:
    confirmed = told("b", state=ComplaintState.CLOSED, is_confirmed=True)
    assert doubters([told("a"), confirmed], NOW, LIMITS)
