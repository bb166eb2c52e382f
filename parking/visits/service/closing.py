"""What happens to a stay when it is over: is it free, paid, or charged through the lot's ETC network?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from parking.audit.service import record
from parking.kernel.actors import SYSTEM, Actor
from parking.kernel.jobs import JobRun
from parking.visits.errors import ChargeUnderWay, FeeUnknown, NothingDue
from parking.visits.models.charges import Charge, ChargeLot, ChargeRefund
from parking.visits.models.visits import Visit
from parking.visits.rules.charges import ChargeState
from parking.visits.rules.pairing import Doubt, VisitState
from parking.visits.service.booking import settle_paid
from parking.visits.service.charges import NO_LONGER_DUE, start_charge

# A lane's own transaction, or a correction, may follow the exit.
REST = timedelta(seconds=30)
CLOSE_ACCOUNTS = "close_accounts"
# These have an exit after their entry; the others were settled by their rule, unless they had been paid for.
_WITH_A_FEE = (Doubt.TOO_LONG, Doubt.BACKED_OUT, Doubt.ZERO_LENGTH)
_LONGEST_KEY = 120


def join_network(
    session: Session, actor: Actor, lot_id: str, network: str, lane_key: str | None, now: datetime
) -> None:
    """From now on this ETC network charges stays at this lot; `lane_key` is its name for the lane or lot."""
    row = session.get(ChargeLot, (lot_id, network))
    if row is None:
        row = ChargeLot(lot_id=lot_id, network=network, joined_at=now, joined_by=str(actor))
        session.add(row)
    row.lane_key = (lane_key or "").strip()[:_LONGEST_KEY] or None
    session.flush()
    record(session, actor, "charge:join", "lot", lot_id, {"network": network, "lane": row.lane_key}, now)


def leave_network(session: Session, actor: Actor, lot_id: str, network: str, now: datetime) -> None:
    """The network charges no new stays at this lot; charges under way go on."""
    row = session.get(ChargeLot, (lot_id, network))
    if row is not None:
        session.delete(row)
        session.flush()
        record(session, actor, "charge:leave", "lot", lot_id, {"network": network}, now)


def last_closed_at(session: Session) -> datetime | None:
    """When accounts were last closed without a failure, by whichever worker."""
    return session.scalar(select(JobRun.succeeded_at).where(JobRun.name == CLOSE_ACCOUNTS))


def closed_since(
    session: Session, since: tuple[datetime, str], until: datetime, limit: int
) -> list[tuple[datetime, str]]:
    """The next unsettled stays that were closed, or changed since, before `until`: (changed at, visit id).

    In that order, from after `since` on, at most `limit` of them.
    """
    asked = select(Visit.changed_at, Visit.id).where(
        Visit.settled_at.is_(None),
        Visit.state == VisitState.CLOSED,
        or_(Visit.doubt.is_(None), Visit.doubt.in_(_WITH_A_FEE)),
        Visit.exited_at.is_not(None),
        tuple_(Visit.changed_at, Visit.id) > since,
        Visit.changed_at < until,
    )
    rows = session.execute(asked.order_by(Visit.changed_at, Visit.id).limit(limit))
    return [(changed_at, visit_id) for changed_at, visit_id in rows]


def close_account(session: Session, visit_id: str, networks: Collection[str], now: datetime) -> str | None:
    """Settle a closed stay that owes nothing, else charge it through an ETC network of its lot, once.

    The charge's id, None where there is none to ask for. A network that refused is not asked again: then
    the driver pays. One that was asked before the stay was told anew is asked for the rest.
    """
    if settle_paid(session, visit_id, now):
        return None
    visit = session.get_one(Visit, visit_id)
    joined = session.scalars(
        select(ChargeLot.network).where(ChargeLot.lot_id == visit.lot_id).order_by(ChargeLot.joined_at)
    ).all()
    refused = (Charge.state == ChargeState.REFUSED) & (Charge.reason.is_distinct_from(NO_LONGER_DUE))
    asked = select(Charge.network).where(
        Charge.visit_id == visit_id, or_(refused, Charge.made_at >= visit.changed_at)
    )
    tried = set(session.scalars(asked))
    for network in joined:
        if network in networks and network not in tried:
            try:
                return start_charge(session, SYSTEM, visit_id, network, now)
            except (NothingDue, ChargeUnderWay, FeeUnknown):
                return None
    return None


def due_for_asking(session: Session, networks: Collection[str], now: datetime, limit: int) -> list[str]:
    """Charges to be asked for now, the oldest first."""
    asked = select(Charge.id).where(
        Charge.next_at <= now, Charge.state == ChargeState.DUE, Charge.network.in_(list(networks))
    )
    return list(session.scalars(asked.order_by(Charge.next_at).limit(limit)))


def due_for_query(session: Session, networks: Collection[str], now: datetime, limit: int) -> list[str]:
    """Charges whose network is to be queried now: open, in doubt or contradicted."""
    asked = select(Charge.id).where(
        Charge.next_at <= now, Charge.state != ChargeState.DUE, Charge.network.in_(list(networks))
    )
    return list(session.scalars(asked.order_by(Charge.next_at).limit(limit)))


def due_refunds(session: Session, now: datetime, limit: int) -> list[str]:
    """Refunds to be asked for now."""
    asked = select(ChargeRefund.id).where(ChargeRefund.next_at <= now)
    return list(session.scalars(asked.order_by(ChargeRefund.next_at).limit(limit)))
