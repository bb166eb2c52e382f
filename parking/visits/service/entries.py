"""What was paid and given back on a charge? Dated lines of money, written once and summed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.visits.models.charges import Charge, ChargeEntry, ChargeRefund
from parking.visits.rules.charges import REFUND_LIVE, ChargeState, RefundState, Standing


def locked(session: Session, charge_id: str) -> Charge | None:
    """The charge, held until the transaction ends."""
    return session.get(Charge, charge_id, with_for_update=True, populate_existing=True)


def standing(session: Session, charge: Charge) -> Standing:
    """A charge with its sums of entries."""
    given = func.coalesce(func.sum(ChargeEntry.fen).filter(ChargeEntry.kind == "refund"), 0)
    taken = func.coalesce(func.sum(ChargeEntry.fen).filter(ChargeEntry.kind != "refund"), 0)
    booked, given_back = session.execute(select(taken, given).where(ChargeEntry.charge_id == charge.id)).one()
    state = ChargeState(charge.state)
    return Standing(state, charge.amount_fen, int(booked), -int(given_back), charge.contradicted)


def book(
    session: Session,
    charge: Charge,
    kind: str,
    fen: int,
    at: datetime,
    now: datetime,
    refund_id: str | None = None,
) -> None:
    """A dated line of money; nothing where it is 0."""
    if fen == 0:
        return
    session.add(
        ChargeEntry(
            charge_id=charge.id,
            refund_id=refund_id,
            lot_id=charge.lot_id,
            network=charge.network,
            kind=kind,
            fen=fen,
            at=at,
            on=city.today(session, at),
            recorded_at=now,
        )
    )


def end_refund(
    session: Session,
    charge: Charge,
    refund: ChargeRefund,
    state: RefundState,
    at: datetime,
    now: datetime,
) -> None:
    """A refund came to its end; made, it is booked once."""
    refund.state, refund.settled_at, refund.next_at = state, now, None
    if state is RefundState.MADE:
        book(session, charge, "refund", -refund.amount_fen, at, now, refund.id)


def live_refunds(session: Session, charge_id: str) -> list[ChargeRefund]:
    """A charge's refunds that have not come to their end, oldest first; locked."""
    live = ChargeRefund.state.in_([str(state) for state in REFUND_LIVE])
    asked = select(ChargeRefund).where(ChargeRefund.charge_id == charge_id, live)
    return list(session.scalars(asked.order_by(ChargeRefund.made_at, ChargeRefund.id).with_for_update()))
