"""What becomes of a charge when its network answers, is silent, repeats or contradicts itself?

Money that a network tells is booked as the difference to what was booked before, so telling it again books
nothing. A word that contradicts a settled charge changes nothing by itself: the network is queried, and its
answer to the query decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from parking.boundary.charges import ChargeStanding
from parking.kernel.schedule import back_off


class ChargeState(StrEnum):
    """Where a charge stands. `due`: to be asked for; `in_doubt`: asked, and nobody knows."""

    DUE = "due"
    REQUESTED = "requested"
    IN_DOUBT = "in_doubt"
    PAID = "paid"
    REFUSED = "refused"
    REFUNDED = "refunded"


LIVE = frozenset({ChargeState.DUE, ChargeState.REQUESTED, ChargeState.IN_DOUBT})
SETTLED = frozenset(ChargeState) - LIVE


class RefundState(StrEnum):
    """Where a refund stands."""

    DUE = "due"
    REQUESTED = "requested"
    IN_DOUBT = "in_doubt"
    MADE = "made"
    REFUSED = "refused"


REFUND_LIVE = frozenset({RefundState.DUE, RefundState.REQUESTED, RefundState.IN_DOUBT})


class Event(StrEnum):
    """What happens to a charge: it is asked for, the network is silent, or it says one of its standings."""

    ASKED = "asked"
    SILENT = "silent"
    PENDING = "pending"
    PAID = "paid"
    REFUSED = "refused"
    REFUNDED = "refunded"
    UNKNOWN = "unknown"


class Way(StrEnum):
    """How we heard: the answer to our asking, a call of the network's own, or the answer to our query."""

    REPLY = "reply"
    CALLBACK = "callback"
    QUERY = "query"


_S, _E = ChargeState, Event

# What is not listed changes nothing. An unknown charge is due again, under the same id.
TRANSITIONS: Mapping[tuple[ChargeState, Event], ChargeState] = MappingProxyType(
    {
        (_S.DUE, _E.ASKED): _S.REQUESTED,
        (_S.DUE, _E.PENDING): _S.REQUESTED,
        (_S.DUE, _E.PAID): _S.PAID,
        (_S.DUE, _E.REFUSED): _S.REFUSED,
        (_S.DUE, _E.REFUNDED): _S.REFUNDED,
        (_S.REQUESTED, _E.SILENT): _S.IN_DOUBT,
        (_S.REQUESTED, _E.UNKNOWN): _S.IN_DOUBT,
        (_S.REQUESTED, _E.PAID): _S.PAID,
        (_S.REQUESTED, _E.REFUSED): _S.REFUSED,
        (_S.REQUESTED, _E.REFUNDED): _S.REFUNDED,
        (_S.IN_DOUBT, _E.PENDING): _S.REQUESTED,
        (_S.IN_DOUBT, _E.UNKNOWN): _S.DUE,
        (_S.IN_DOUBT, _E.PAID): _S.PAID,
        (_S.IN_DOUBT, _E.REFUSED): _S.REFUSED,
        (_S.IN_DOUBT, _E.REFUNDED): _S.REFUNDED,
        (_S.PAID, _E.REFUNDED): _S.REFUNDED,
    }
)
# What a query's answer may still change in a settled charge.
CORRECTIONS: Mapping[tuple[ChargeState, Event], ChargeState] = MappingProxyType(
    {
        (_S.PAID, _E.REFUSED): _S.REFUSED,
        (_S.REFUSED, _E.PAID): _S.PAID,
        (_S.REFUSED, _E.REFUNDED): _S.REFUNDED,
    }
)
_SAYS_SOMETHING = frozenset({_E.PAID, _E.REFUSED, _E.REFUNDED})

# What an ETC lane took itself, as if it were a network: it cannot be asked for anything.
LANE = "etc_lane"
_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(hours=1)
# An asking that nobody ended: its process died. Longer than any network may take to answer.
CLAIM = timedelta(seconds=60)
GRACE_MINUTES = 15
# For how long after its reckoning the amount on the payment page is honoured.
PAY_WITHIN = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Standing:
    """A charge as it stands: `booked_fen` is what entries say was paid, `given_back_fen` refunded (>= 0)."""

    state: ChargeState
    amount_fen: int
    booked_fen: int = 0
    given_back_fen: int = 0
    contradicted: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What an answer brings: the new state, fen to book as paid (signed) and as given back (>= 0)."""

    state: ChargeState
    book_fen: int = 0
    give_back_fen: int = 0
    contradicted: bool = False

    def changes(self, before: Standing) -> bool:
        """Whether anything is different afterwards."""
        return (
            self.state is not before.state
            or self.book_fen != 0
            or self.give_back_fen != 0
            or self.contradicted is not before.contradicted
        )


def step(before: Standing, told: ChargeStanding, told_fen: int | None, way: Way) -> Step:
    """What the network's word brings. `told_fen`: what was paid, or with `refunded` all given back so far.

    Without it the whole amount is meant.
    """
    event = Event(told)
    if before.state in SETTLED and way is not Way.QUERY and _contradicts(before, event, told_fen):
        return Step(before.state, contradicted=True)
    if before.state in SETTLED and before.contradicted and way is not Way.QUERY:
        return Step(before.state, contradicted=True)
    after = TRANSITIONS.get((before.state, event), before.state)
    if way is Way.QUERY:
        after = CORRECTIONS.get((before.state, event), after)
    undecided = before.contradicted and event not in _SAYS_SOMETHING
    if event is Event.REFUNDED:
        return _refunded(before, told_fen)
    booked = _booked(before, event, told_fen, after)
    return Step(after, book_fen=booked - before.booked_fen, contradicted=undecided)


def _booked(before: Standing, event: Event, told_fen: int | None, after: ChargeState) -> int:
    """What is paid according to this word, refunds apart."""
    if event is Event.PAID and after is ChargeState.PAID:
        return before.amount_fen if told_fen is None else told_fen
    if event is Event.REFUSED and after is ChargeState.REFUSED:
        # Never below what was given back: a network that refunds what it never took has given money.
        return before.given_back_fen
    return before.booked_fen


def _refunded(before: Standing, told_fen: int | None) -> Step:
    booked = before.booked_fen or before.amount_fen
    back = min(booked if told_fen is None else told_fen, booked)
    more = max(back - before.given_back_fen, 0)
    whole = before.given_back_fen + more >= booked
    state = ChargeState.REFUNDED if whole else ChargeState.PAID
    return Step(state, book_fen=booked - before.booked_fen, give_back_fen=more)


def _contradicts(before: Standing, event: Event, told_fen: int | None) -> bool:
    """Whether a settled charge is told otherwise; that it was paid says nothing against its refund."""
    if event not in _SAYS_SOMETHING:
        return False
    if before.state is ChargeState.REFUSED:
        return event is not Event.REFUSED
    if event is Event.REFUSED:
        return True
    return event is Event.PAID and told_fen is not None and told_fen != before.booked_fen


def wait(tries: int) -> timedelta:
    """How long to rest after so many tries without a result: 10 s, doubled each time up to an hour."""
    return back_off(tries, _FIRST_WAIT, _LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment towards a visit: what for (the fee reckoned at `reckoned_at`) and when it was made."""

    fen: int
    reckoned_at: datetime
    paid_at: datetime


def covered(payment: Payment, until_at: datetime, grace: timedelta) -> bool:
    """Whether a payment in time lets the vehicle leave at `until_at` without a higher fee.

    It must have been made within 20 minutes of its reckoning, and the vehicle leave within the grace after
    it. What comes later counts as money, but freezes nothing.
    """
    in_time = payment.paid_at <= payment.reckoned_at + PAY_WITHIN
    return in_time and payment.reckoned_at <= until_at <= payment.paid_at + grace
