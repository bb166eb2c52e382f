"""How is a stay charged: by asking a network, by what a lane settled itself; and how is money given back?

Nothing here speaks to a network; `asking` does, between two of these steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.boundary.charges import ChargeAnswer
from parking.kernel.actors import Actor
from parking.lots.models import Lot
from parking.visits.errors import (
    ChargeNotFound,
    ChargeUnderWay,
    NothingDue,
    VisitNotFound,
)
from parking.visits.models.charges import Charge, ChargeLot
from parking.visits.models.visits import Visit
from parking.visits.queries.dues import fee_due
from parking.visits.rules.charges import (
    CLAIM,
    LIVE,
    ChargeState,
    Way,
    wait,
)
from parking.visits.rules.pairing import VisitState
from parking.visits.service.booking import LIVE_STATES, hear, hear_nothing, settle_paid
from parking.visits.service.entries import locked

_log = structlog.get_logger("parking.charges")
_QUERIED = (ChargeState.REQUESTED, ChargeState.IN_DOUBT)
NO_LONGER_DUE = "no_longer_due"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A charge that one process alone may now ask for; the plate is still sealed."""

    charge_id: str
    network: str
    amount_fen: int
    lot_name: str
    entered_at: datetime
    left_at: datetime
    colour: str
    lane_key: str | None
    plate_sealed: bytes | None = field(default=None, repr=False)


def start_charge(session: Session, actor: Actor, visit_id: str, network: str, now: datetime) -> str:
    """Make what a visit owes now a charge of a network, due at once; the id of the charge.

    Where the visit has a live charge at this network, that one is it. Raises VisitNotFound, FeeUnknown,
    NothingDue; ChargeUnderWay while another network was asked.
    """
    visit = session.get(Visit, visit_id, with_for_update=True, populate_existing=True)
    if visit is None or visit.state == VisitState.VOIDED:
        raise VisitNotFound
    live = session.scalars(
        select(Charge).where(Charge.visit_id == visit_id, Charge.state.in_(LIVE_STATES))
    ).all()
    for charge in live:
        if charge.network == network:
            return charge.id
    if live:
        raise ChargeUnderWay
    due = fee_due(session, visit_id, now)
    if due.due_fen == 0:
        raise NothingDue
    charge = Charge(
        visit_id=visit_id,
        lot_id=visit.lot_id,
        network=network,
        state=ChargeState.DUE,
        amount_fen=due.due_fen,
        reckoned_at=due.reckoned_at,
        made_at=now,
        made_by=str(actor),
        next_at=now,
    )
    session.add(charge)
    session.flush()
    return charge.id


def claim_asking(session: Session, charge_id: str, now: datetime) -> Claimed | None:
    """Take a due charge for asking; None where somebody else did, or nothing is owed any more.

    Until its answer is known it counts as asked for, also if this process dies meanwhile.
    """
    charge = locked(session, charge_id)
    if charge is None or charge.state != ChargeState.DUE or charge.visit_id is None:
        return None
    visit = session.get_one(Visit, charge.visit_id)
    owed = 0 if visit.state == VisitState.VOIDED else fee_due(session, visit.id, now).due_fen
    # A charge that was never asked for is asked for what is owed now; else the sum stays as it was told.
    if charge.asks == 0 and owed > 0 and visit.exited_at is not None:
        charge.amount_fen = owed
    if owed == 0 or owed < charge.amount_fen:
        charge.state, charge.reason = ChargeState.REFUSED, NO_LONGER_DUE
        charge.settled_at, charge.next_at = now, None
        session.flush()
        settle_paid(session, visit.id, now)
        return None
    charge.state, charge.asked_at, charge.next_at = ChargeState.REQUESTED, now, now + CLAIM
    charge.asks += 1
    session.flush()
    lane = session.get(ChargeLot, (charge.lot_id, charge.network))
    return Claimed(
        charge_id=charge.id,
        network=charge.network,
        amount_fen=charge.amount_fen,
        lot_name=session.scalar(select(Lot.name).where(Lot.id == charge.lot_id)) or charge.lot_id,
        entered_at=visit.entered_at or charge.reckoned_at,
        left_at=visit.exited_at or charge.reckoned_at,
        colour=visit.colour,
        lane_key=lane.lane_key if lane else None,
        plate_sealed=visit.plate_sealed,
    )


def claim_query(session: Session, charge_id: str, now: datetime) -> str | None:
    """Take a charge whose state is open or contradicted for a query; the name of its network, or None."""
    charge = locked(session, charge_id)
    if charge is None or charge.next_at is None or charge.next_at > now:
        return None
    if ChargeState(charge.state) not in _QUERIED and not charge.contradicted:
        return None
    charge.next_at = now + CLAIM
    session.flush()
    return charge.network


def answered(session: Session, charge_id: str, answer: ChargeAnswer, way: Way, now: datetime) -> None:
    """Take in the network's answer to our asking or our query."""
    charge = locked(session, charge_id)
    if charge is not None:
        hear(session, charge, answer, way, now)


def unanswered(session: Session, charge_id: str, reason: str, now: datetime) -> None:
    """The network was silent (`reason` in snake_case)."""
    charge = locked(session, charge_id)
    if charge is not None:
        hear_nothing(session, charge, reason, now)


def told(session: Session, network: str, answer: ChargeAnswer, now: datetime) -> bool:
    """Take in what a network tells by itself; False where it names no charge of its own here."""
    charge = locked(session, answer.charge_id)
    if charge is None or charge.network != network:
        _log.warning("charge_unknown", network=network, charge=answer.charge_id[:40])
        return False
    hear(session, charge, answer, Way.CALLBACK, now)
    return True


def look_again(session: Session, charge_id: str, now: datetime) -> None:
    """Query an open or doubtful charge at once instead of at its turn. Raises ChargeNotFound."""
    charge = locked(session, charge_id)
    if charge is None:
        raise ChargeNotFound
    if ChargeState(charge.state) in LIVE or charge.contradicted:
        charge.next_at = now
        session.flush()


def put_back(session: Session, charge_id: str, reason: str, now: datetime) -> None:
    """It was claimed and not asked for after all: due again, later."""
    charge = locked(session, charge_id)
    if charge is None or charge.state != ChargeState.REQUESTED:
        return
    charge.state, charge.reason = ChargeState.DUE, reason
    charge.asks -= 1
    charge.tries += 1
    charge.next_at = now + wait(charge.tries)
    session.flush()
