"""Which way does a complaint go, from being received to its end? One table says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from parking.city.rules import Calendar, CityView
from parking.complaints.errors import StepNotAllowed

TEXT_MOST = 1000
PHONE_MOST = 20


class ComplaintKind(StrEnum):
    """What is complained about."""

    COUNT_WRONG = "count_wrong"
    CLOSED = "closed"
    FEE_WRONG = "fee_wrong"
    OVERSTAY = "overstay"
    BLOCKED = "blocked"


class ComplaintSource(StrEnum):
    """How it came to us; the hotline (12345) has a number of its own for it."""

    WEB = "web"
    HOTLINE = "hotline"
    PHONE = "phone"
    VISIT = "visit"


class ComplaintState(StrEnum):
    """Where it stands."""

    RECEIVED = "received"
    FORWARDED = "forwarded"
    TAKEN = "taken"
    ANSWERED = "answered"
    CLOSED = "closed"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


class ComplaintStep(StrEnum):
    """What is done with it. REMINDED changes nothing but that its owner was told."""

    RECEIVED = "received"
    FORWARDED = "forwarded"
    TAKEN = "taken"
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"
    REJECTED = "rejected"
    JOINED = "joined"
    REMINDED = "reminded"


_S, _T = ComplaintState, ComplaintStep
OPEN = frozenset({_S.RECEIVED, _S.FORWARDED, _S.TAKEN})
"""States in which an answer is owed."""
ENDED = frozenset({_S.CLOSED, _S.REJECTED, _S.DUPLICATE})

TRANSITIONS: Mapping[tuple[ComplaintState, ComplaintStep], ComplaintState] = MappingProxyType(
    {
        (_S.RECEIVED, _T.FORWARDED): _S.FORWARDED,
        (_S.RECEIVED, _T.TAKEN): _S.TAKEN,
        # What an operator leaves lying, or what is not its matter, the bureau does itself; and the other way.
        (_S.FORWARDED, _T.TAKEN): _S.TAKEN,
        (_S.TAKEN, _T.FORWARDED): _S.FORWARDED,
        (_S.FORWARDED, _T.ANSWERED): _S.ANSWERED,
        (_S.TAKEN, _T.ANSWERED): _S.ANSWERED,
        (_S.ANSWERED, _T.CLOSED): _S.CLOSED,
        (_S.ANSWERED, _T.REOPENED): _S.RECEIVED,
        (_S.CLOSED, _T.REOPENED): _S.RECEIVED,
        **{(state, _T.REJECTED): _S.REJECTED for state in OPEN},
        **{(state, _T.JOINED): _S.DUPLICATE for state in OPEN},
        **{(state, _T.REMINDED): state for state in OPEN},
    }
)


def may(state: ComplaintState, step: ComplaintStep) -> bool:
    """Whether the step leads anywhere from this state."""
    return (state, step) in TRANSITIONS


def next_state(state: ComplaintState, step: ComplaintStep) -> ComplaintState:
    """Where the step leads. Raises StepNotAllowed."""
    if not may(state, step):
        raise StepNotAllowed
    return TRANSITIONS[state, step]


def replay(steps: Iterable[ComplaintStep]) -> ComplaintState:
    """The state to which a history leads; its first step is `received`. Raises StepNotAllowed."""
    told = iter(steps)
    if next(told, None) is not ComplaintStep.RECEIVED:
        raise StepNotAllowed
    state, reopened = ComplaintState.RECEIVED, 0
    for step in told:
        reopened += step is ComplaintStep.REOPENED
        if reopened > 1:
            raise StepNotAllowed
        state = next_state(state, step)
    return state


_DAYS = {
    ComplaintKind.COUNT_WRONG: 2,
    ComplaintKind.CLOSED: 1,
    ComplaintKind.FEE_WRONG: 5,
    ComplaintKind.OVERSTAY: 3,
    ComplaintKind.BLOCKED: 1,
}
_DUE_SOON_DAYS = 1
_REOPEN_DAYS = 15
CONTACT_DAYS = 30


def days_of(city: CityView, kind: ComplaintKind) -> int:
    """How many workdays an answer may take: the profile's `complaints.<kind>_days`."""
    return int(city.told(f"complaints.{kind}_days", _DAYS[kind]))


def due_on(kind: ComplaintKind, on: date, *, city: CityView, calendar: Calendar) -> date:
    """The workday by which an answer is owed to what came on a day."""
    return calendar.add_workdays(on, days_of(city, kind))


def is_due_soon(due: date, today: date, *, city: CityView, calendar: Calendar) -> bool:
    """Whether the answer is owed within `complaints.remind_before_days` workdays, or is late."""
    days = int(city.told("complaints.remind_before_days", _DUE_SOON_DAYS))
    return calendar.workdays_between(today, due) <= days


def reopen_days(city: CityView) -> int:
    """In how many days after the answer whoever holds the code may say that it is not settled."""
    return int(city.told("complaints.reopen_days", _REOPEN_DAYS))


def may_reopen(
    state: ComplaintState,
    answered_at: datetime | None,
    reopened_at: datetime | None,
    now: datetime,
    days: int,
) -> bool:
    """Whether it may be reopened now: answered or closed, not so long ago, and never reopened before."""
    if not may(state, ComplaintStep.REOPENED) or answered_at is None or reopened_at is not None:
        return False
    return now <= answered_at + timedelta(days=days)
