"""How does a refund go to its network and come back? Claimed, asked under one id, booked once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.audit.service import record
from parking.boundary.charges import ChargeAnswer, ChargeStanding
from parking.kernel.actors import SYSTEM, Actor
from parking.plates.rules import without_plates
from parking.visits.errors import ChargeNotFound, RefundReasonMissing, RefundTooHigh
from parking.visits.models.charges import Charge, ChargeRefund
from parking.visits.queries.dues import Due
from parking.visits.rules.charges import CLAIM, LANE, REFUND_LIVE, ChargeState, RefundState, wait
from parking.visits.service.entries import end_refund, locked, standing

_LONGEST_REASON = 500
_EXIT_CORRECTED = "离场时间更正，退还多收部分"


@dataclass(frozen=True, slots=True)
class ClaimedRefund:
    """A refund that one process alone may now ask for."""

    refund_id: str
    charge_id: str
    network: str
    amount_fen: int


def ask_refund(
    session: Session, actor: Actor, charge_id: str, amount_fen: int, reason: str, now: datetime
) -> str:
    """Decide that money is given back; the network is asked afterwards. The id of the refund.

    Raises ChargeNotFound, RefundReasonMissing; RefundTooHigh (with `most` in fen) where it is more than was
    paid, or not more than nothing.
    """
    reason = reason.strip()
    if not reason:
        raise RefundReasonMissing
    charge = locked(session, charge_id)
    if charge is None:
        raise ChargeNotFound
    most = refundable(session, charge)
    if not 0 < amount_fen <= most:
        raise RefundTooHigh(most=most)
    refund = ChargeRefund(
        charge_id=charge_id,
        state=RefundState.DUE,
        amount_fen=amount_fen,
        reason=without_plates(reason)[:_LONGEST_REASON],
        asked_by=str(actor),
        made_at=now,
        next_at=now,
    )
    session.add(refund)
    session.flush()
    details = {"network": charge.network, "refund": refund.id, "fen": amount_fen}
    record(session, actor, "charge:refund", "charge", charge_id, details, now, refund.reason)
    return refund.id


def refundable(session: Session, charge: Charge) -> int:
    """What can still be given back, in fen, refunds under way taken off."""
    stands = standing(session, charge)
    asked = func.coalesce(func.sum(ChargeRefund.amount_fen), 0)
    live = ChargeRefund.state.in_([str(state) for state in REFUND_LIVE])
    under_way = session.execute(select(asked).where(ChargeRefund.charge_id == charge.id, live)).scalar_one()
    return max(stands.booked_fen - stands.given_back_fen - int(under_way), 0)


def give_back_unused(session: Session, due: Due, now: datetime) -> None:
    """Decide that what was paid for a time after a stay's exit is given back, newest payment first.

    So it is when an exit is corrected, or told late. What a lane took itself it gives back itself, and other
    money too much is an officer's decision.
    """
    if due.exited_at is None:
        return
    left = due.extra_fen - due.giving_back_fen
    asked = select(Charge.id).where(
        Charge.visit_id == due.visit_id,
        Charge.state == ChargeState.PAID,
        Charge.network != LANE,
        Charge.reckoned_at > due.exited_at,
    )
    for charge_id in session.scalars(asked.order_by(Charge.made_at.desc(), Charge.id)).all():
        charge = session.get_one(Charge, charge_id)
        back = min(left, refundable(session, charge))
        if back > 0:
            ask_refund(session, SYSTEM, charge_id, back, _EXIT_CORRECTED, now)
            left -= back


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
