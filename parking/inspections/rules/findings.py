"""Which way does a finding go, from being found to being closed? One table says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from parking.inspections.errors import StepNotAllowed


class Grade(StrEnum):
    """How grave a finding is; the profile says how many workdays each has."""

    MINOR = "minor"
    SERIOUS = "serious"
    URGENT = "urgent"


class FindingState(StrEnum):
    """Where a finding stands."""

    FOUND = "found"
    ORDERED = "ordered"
    PUT_RIGHT = "put_right"
    RECHECKED = "rechecked"
    HANDED_OVER = "handed_over"
    HANDOVER_ANSWERED = "handover_answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class FindingStep(StrEnum):
    """What was done with a finding."""

    FOUND = "found"
    PHOTOGRAPHED = "photographed"
    ORDERED = "ordered"
    EVIDENCED = "evidenced"
    PUT_RIGHT = "put_right"
    SENT_BACK = "sent_back"
    RECHECKED = "rechecked"
    HANDED_OVER = "handed_over"
    HANDOVER_ANSWERED = "handover_answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    ESCALATED = "escalated"


_State, _Step = FindingState, FindingStep

TRANSITIONS: Mapping[tuple[FindingState, FindingStep], FindingState] = MappingProxyType(
    {
        (_State.FOUND, _Step.PHOTOGRAPHED): _State.FOUND,
        (_State.FOUND, _Step.ORDERED): _State.ORDERED,
        (_State.FOUND, _Step.HANDED_OVER): _State.HANDED_OVER,
        # Put right before the inspector's eyes.
        (_State.FOUND, _Step.RECHECKED): _State.RECHECKED,
        (_State.FOUND, _Step.WITHDRAWN): _State.WITHDRAWN,
        (_State.FOUND, _Step.ESCALATED): _State.FOUND,
        (_State.ORDERED, _Step.PHOTOGRAPHED): _State.ORDERED,
        (_State.ORDERED, _Step.EVIDENCED): _State.ORDERED,
        (_State.ORDERED, _Step.PUT_RIGHT): _State.PUT_RIGHT,
        # An operator without an account answers nothing; the inspector sees that it is done.
        (_State.ORDERED, _Step.RECHECKED): _State.RECHECKED,
        (_State.ORDERED, _Step.WITHDRAWN): _State.WITHDRAWN,
        (_State.ORDERED, _Step.ESCALATED): _State.ORDERED,
        (_State.PUT_RIGHT, _Step.PHOTOGRAPHED): _State.PUT_RIGHT,
        (_State.PUT_RIGHT, _Step.RECHECKED): _State.RECHECKED,
        (_State.PUT_RIGHT, _Step.SENT_BACK): _State.ORDERED,
        (_State.PUT_RIGHT, _Step.ESCALATED): _State.PUT_RIGHT,
        (_State.RECHECKED, _Step.CLOSED): _State.CLOSED,
        (_State.HANDED_OVER, _Step.PHOTOGRAPHED): _State.HANDED_OVER,
        (_State.HANDED_OVER, _Step.HANDOVER_ANSWERED): _State.HANDOVER_ANSWERED,
        (_State.HANDED_OVER, _Step.CLOSED): _State.CLOSED,
        (_State.HANDOVER_ANSWERED, _Step.CLOSED): _State.CLOSED,
    }
)

ENDED = frozenset({FindingState.CLOSED, FindingState.WITHDRAWN})
# Steps that add to what is known and decide nothing: they leave an open form of somebody else valid.
ADDING = frozenset({FindingStep.PHOTOGRAPHED, FindingStep.EVIDENCED, FindingStep.ESCALATED})
# An order has an addressee only where a lot stands; the road is the traffic police's.
ON_A_LOT = frozenset({FindingStep.ORDERED, FindingStep.PUT_RIGHT, FindingStep.SENT_BACK})
ON_THE_ROAD = frozenset({FindingStep.HANDED_OVER})
# Whose turn it is in a state.
OWED_BY: Mapping[FindingState, str] = MappingProxyType(
    {
        FindingState.FOUND: "bureau",
        FindingState.ORDERED: "operator",
        FindingState.PUT_RIGHT: "bureau",
        FindingState.RECHECKED: "bureau",
        FindingState.HANDED_OVER: "police",
        FindingState.HANDOVER_ANSWERED: "bureau",
    }
)


def may(state: FindingState, step: FindingStep, *, on_lot: bool) -> bool:
    """Whether the step leads anywhere from this state, for a finding on a lot or on the road."""
    if (step in ON_A_LOT and not on_lot) or (step in ON_THE_ROAD and on_lot):
        return False
    return (state, step) in TRANSITIONS


def next_state(state: FindingState, step: FindingStep, *, on_lot: bool) -> FindingState:
    """Where the step leads. Raises StepNotAllowed."""
    if not may(state, step, on_lot=on_lot):
        raise StepNotAllowed
    return TRANSITIONS[state, step]


def replay(steps: Iterable[FindingStep], *, on_lot: bool) -> FindingState:
    """The state to which a history leads; its first step is `found`. Raises StepNotAllowed."""
    told = iter(steps)
    if next(told, None) is not FindingStep.FOUND:
        raise StepNotAllowed
    state = FindingState.FOUND
    for step in told:
        state = next_state(state, step, on_lot=on_lot)
    return state
