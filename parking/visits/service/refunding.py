"""How does a refund go to its network and come back? Claimed, asked under one id, booked once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from parking.boundary.charges import ChargeAnswer, ChargeStanding
from parking.visits.models.charges import Charge, ChargeRefund
from parking.visits.rules.charges import CLAIM, REFUND_LIVE, ChargeState, RefundState, wait
from parking.visits.service.booking import end_refund, locked, standing


@dataclass(frozen=True, slots=True)
class ClaimedRefund:
    """A refund that one process alone may now ask for."""

    refund_id: str
    charge_id: str
    network: str
    amount_fen: int


def claim_refund(session: Session, refund_id: str, now: datetime) -> ClaimedRefund | None:
    """Take a refund that is due for asking; asking again under the same id gives nothing twice."""
    found = _locked(session, refund_id)
    if found is None:
        return None
    refund, charge = found
    if RefundState(refund.state) not in REFUND_LIVE or refund.next_at is None or refund.next_at > now:
        return None
    refund.state, refund.next_at = RefundState.REQUESTED, now + CLAIM
    session.flush()
    return ClaimedRefund(refund.id, charge.id, charge.network, refund.amount_fen)


def refund_answered(session: Session, refund_id: str, answer: ChargeAnswer | None, now: datetime) -> None:
    """Take in the network's answer to a refund; None: it was silent, and is asked again under the same id."""
    found = _locked(session, refund_id)
    if found is None or RefundState(found[0].state) not in REFUND_LIVE:
        return
    refund, charge = found
    said = answer.standing if answer is not None else None
    if said in (ChargeStanding.REFUNDED, ChargeStanding.PAID) and answer is not None:
        end_refund(session, charge, refund, RefundState.MADE, answer.at or now, now)
        session.flush()
        stands = standing(session, charge)
        if stands.given_back_fen >= stands.booked_fen:
            charge.state, charge.settled_at = ChargeState.REFUNDED, now
    elif said is ChargeStanding.REFUSED:
        end_refund(session, charge, refund, RefundState.REFUSED, now, now)
    else:
        refund.state = RefundState.REQUESTED if said is ChargeStanding.PENDING else RefundState.IN_DOUBT
        refund.tries += 1
        refund.next_at = now + wait(refund.tries)
    session.flush()


def _locked(session: Session, refund_id: str) -> tuple[ChargeRefund, Charge] | None:
    """The refund and its charge; the charge is locked first, as everywhere."""
    known = session.get(ChargeRefund, refund_id)
    charge = locked(session, known.charge_id) if known is not None else None
    refund = session.get(ChargeRefund, refund_id, with_for_update=True, populate_existing=True)
    return None if charge is None or refund is None else (refund, charge)
