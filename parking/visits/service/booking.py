"""How does a network's word become entries of money, and a stay that is done with?"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from parking.boundary.charges import ChargeAnswer
from parking.kernel.vocabulary import StayKind
from parking.visits.errors import FeeUnknown, TariffMissing
from parking.visits.models.charges import Charge
from parking.visits.models.visits import Visit
from parking.visits.queries.dues import fee_due
from parking.visits.rules.charges import (
    LIVE,
    SETTLED,
    TRANSITIONS,
    ChargeState,
    Event,
    RefundState,
    Standing,
    Step,
    Way,
    step,
    wait,
)
from parking.visits.rules.pairing import VisitState
from parking.visits.service.entries import book, end_refund, live_refunds, standing
from parking.visits.service.refunding import give_back_unused

_AHEAD = timedelta(minutes=5)
_LONGEST_TEXT = 200
LIVE_STATES = tuple(str(state) for state in LIVE)


def hear(session: Session, charge: Charge, answer: ChargeAnswer, way: Way, now: datetime) -> bool:
    """Take in what a network says of a charge that is locked; whether anything changed by it."""
    before = standing(session, charge)
    after = step(before, answer.standing, answer.amount_fen, way)
    charge.reference = (answer.reference or charge.reference or "")[:_LONGEST_TEXT] or None
    if after.changes(before):
        charge.reason = answer.reason[:_LONGEST_TEXT] if answer.reason else None
    if after.state is ChargeState.REQUESTED:
        charge.pay_url = answer.pay_url or charge.pay_url
    _take(session, charge, before, after, _when(answer.at, charge, now), now)
    _plan(charge, after, Event(answer.standing), before, now)
    session.flush()
    if charge.visit_id is not None and after.changes(before):
        if after.book_fen < 0:
            _open_again(session, charge.visit_id)
        settle_paid(session, charge.visit_id, now)
    return after.changes(before)


def hear_nothing(session: Session, charge: Charge, reason: str, now: datetime) -> None:
    """The network was silent: what was asked is in doubt, and is looked into later."""
    before = ChargeState(charge.state)
    after = TRANSITIONS.get((before, Event.SILENT), before)
    charge.state = after
    if after in LIVE or charge.contradicted:
        charge.reason = reason[:_LONGEST_TEXT]
        charge.tries += 1
        charge.next_at = now + wait(charge.tries)
    session.flush()


def settle_paid(session: Session, visit_id: str, now: datetime) -> bool:
    """Settle a closed visit that owes nothing and is not in doubt; whether it is settled now.

    Its sealed plate goes with it. What was paid for a time after its exit is given back. A doubtful visit
    whose fee nobody knows waits for a decision, and so does one at a lot without a tariff.
    """
    visit = session.get(Visit, visit_id, with_for_update=True, populate_existing=True)
    if visit is None or visit.state != VisitState.CLOSED:
        return False
    if visit.settled_at is not None:
        return True
    unfinished = Charge.state.in_(LIVE_STATES) | Charge.contradicted
    if session.scalar(select(exists().where(Charge.visit_id == visit_id, unfinished))):
        return False
    due = None
    try:
        due = fee_due(session, visit_id, now)
    except TariffMissing:
        # What a lot agreed with its monthly holders is between them, and leaves nothing to ask for here.
        if visit.stay != StayKind.MONTHLY:
            return False
    except FeeUnknown:
        return False
    if due is not None and due.due_fen > 0:
        return False
    visit.settled_at = now
    visit.settled_by = "paid" if due is not None and due.paid_fen > 0 else "rule"
    visit.plate_sealed = None
    session.flush()
    if due is not None and due.extra_fen > due.giving_back_fen:
        give_back_unused(session, due, now)
    return True


def _open_again(session: Session, visit_id: str) -> None:
    """A stay that was settled by money which was not paid after all owes it; its plate stays forgotten."""
    visit = session.get(Visit, visit_id, with_for_update=True, populate_existing=True)
    if visit is not None and visit.settled_by == "paid":
        visit.settled_at = visit.settled_by = None
        session.flush()


def _take(
    session: Session, charge: Charge, before: Standing, after: Step, at: datetime, now: datetime
) -> None:
    charge.state = after.state
    charge.contradicted = after.contradicted
    kind = "payment" if before.booked_fen == 0 and after.book_fen > 0 else "correction"
    book(session, charge, kind, after.book_fen, at, now)
    left = after.give_back_fen
    if left:
        # Refunds that we asked for explain what the network gave back, before anything else does.
        for refund in live_refunds(session, charge.id):
            if refund.amount_fen <= left:
                left -= refund.amount_fen
                end_refund(session, charge, refund, RefundState.MADE, at, now)
        book(session, charge, "refund", -left, at, now)


def _plan(charge: Charge, after: Step, event: Event, before: Standing, now: datetime) -> None:
    """When does the platform act next by itself?"""
    if after.state in SETTLED:
        if charge.settled_at is None or after.state is not before.state:
            charge.settled_at = now
        if not after.contradicted:
            charge.tries, charge.next_at = 0, None
        elif not before.contradicted:
            charge.tries, charge.next_at = 0, now
        elif event in (Event.PENDING, Event.UNKNOWN):
            charge.tries += 1
            charge.next_at = now + wait(charge.tries)
        return
    charge.tries += 1
    charge.next_at = now + wait(charge.tries)


def _when(told: datetime | None, charge: Charge, now: datetime) -> datetime:
    """The network's time of the payment, unless it cannot be true."""
    if told is None or not charge.made_at - _AHEAD <= told <= now + _AHEAD:
        return now
    return told
