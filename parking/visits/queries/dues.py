"""What does a visit owe now: its fee, what was paid towards it, and until when does the answer hold?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.vocabulary import StayKind
from parking.tariffs import queries as tariffs
from parking.tariffs.rules import Fee, FeeLine
from parking.visits.errors import FeeUnknown, VisitNotFound
from parking.visits.models.charges import Charge, ChargeEntry
from parking.visits.models.visits import Visit
from parking.visits.rules.charges import GRACE_MINUTES, Payment, covered


@dataclass(frozen=True, slots=True)
class Due:
    """Money in fen. The fee is that of a stay until `reckoned_at`; it holds until `valid_until_at`.

    `due_fen` is never negative; what was paid too much is `extra_fen`. A settled visit owes nothing, also
    where money was given back afterwards. `valid_until_at` None: it does not rise any more.
    """

    visit_id: str
    lot_id: str
    entered_at: datetime
    exited_at: datetime | None
    fee: Fee
    paid_fen: int
    reckoned_at: datetime
    valid_until_at: datetime | None
    is_settled: bool

    @property
    def fee_fen(self) -> int:
        return self.fee.fen

    @property
    def due_fen(self) -> int:
        return 0 if self.is_settled else max(self.fee.fen - self.paid_fen, 0)

    @property
    def extra_fen(self) -> int:
        return max(self.paid_fen - self.fee.fen, 0)

    @property
    def lines(self) -> tuple[FeeLine, ...]:
        return self.fee.lines


def fee_due(session: Session, visit_id: str, now: datetime) -> Due:
    """What a visit owes at `now`, or owed at its exit.

    A payment in time freezes the fee it was reckoned for until the grace after it is over. Raises
    VisitNotFound; FeeUnknown where no entry is known.
    """
    visit = session.get(Visit, visit_id)
    if visit is None or visit.state == "voided":
        raise VisitNotFound
    if visit.entered_at is None or (visit.exited_at or now) < visit.entered_at:
        raise FeeUnknown
    until_at = visit.exited_at or now
    if visit.exited_at is None and visit.closed_at is not None:
        # Closed without an exit: nobody knows how long it stayed.
        raise FeeUnknown
    payments = _payments(session, visit_id)
    paid_fen = sum(payment.fen for payment in payments)
    stay = StayKind(visit.stay)
    frozen = _frozen(session, visit, payments, until_at, now)
    if frozen is not None:
        reckoned_at, free_until_at = frozen
        fee = tariffs.fee_for(session, visit.lot_id, visit.entered_at, reckoned_at, stay=stay)
        return _due(visit, fee, paid_fen, reckoned_at, None if visit.exited_at else free_until_at)
    fee = tariffs.fee_for(session, visit.lot_id, visit.entered_at, until_at, stay=stay)
    return _due(visit, fee, paid_fen, until_at, None if visit.exited_at else fee.valid_until_at)


def paid_fen(session: Session, visit_id: str) -> int:
    """The sum of a visit's entries: paid, less what was given back."""
    asked = select(func.coalesce(func.sum(ChargeEntry.fen), 0)).join(
        Charge, Charge.id == ChargeEntry.charge_id
    )
    return int(session.execute(asked.where(Charge.visit_id == visit_id)).scalar_one())


def grace(session: Session, at: datetime) -> timedelta:
    """How long after paying a vehicle may leave."""
    facts = city.facts(session, city.today(session, at))
    return timedelta(minutes=int(facts.get("charges.grace_minutes", GRACE_MINUTES)))


def _due(visit: Visit, fee: Fee, paid: int, reckoned_at: datetime, valid_until_at: datetime | None) -> Due:
    if visit.entered_at is None:
        raise FeeUnknown
    return Due(
        visit_id=visit.id,
        lot_id=visit.lot_id,
        entered_at=visit.entered_at,
        exited_at=visit.exited_at,
        fee=fee,
        paid_fen=paid,
        reckoned_at=reckoned_at,
        valid_until_at=valid_until_at,
        is_settled=visit.settled_at is not None,
    )


def _payments(session: Session, visit_id: str) -> list[Payment]:
    """What each of a visit's charges brought, refunds taken off, in the order of the payments."""
    asked = (
        select(func.sum(ChargeEntry.fen), Charge.reckoned_at, func.min(ChargeEntry.at))
        .join(Charge, Charge.id == ChargeEntry.charge_id)
        .where(Charge.visit_id == visit_id)
        .group_by(Charge.id)
        .order_by(func.min(ChargeEntry.at), Charge.id)
    )
    return [Payment(int(fen), reckoned_at, paid_at) for fen, reckoned_at, paid_at in session.execute(asked)]


def _frozen(
    session: Session, visit: Visit, payments: Sequence[Payment], until_at: datetime, now: datetime
) -> tuple[datetime, datetime] | None:
    """The instant whose fee holds because it was fully paid in time, and until when it holds."""
    if not payments or visit.entered_at is None:
        return None
    leave_within = grace(session, now)
    total = 0
    found = None
    for payment in payments:
        total += payment.fen
        if not covered(payment, until_at, leave_within):
            continue
        asked_for = tariffs.fee_for(
            session, visit.lot_id, visit.entered_at, payment.reckoned_at, stay=StayKind(visit.stay)
        )
        if total >= asked_for.fen:
            found = (payment.reckoned_at, payment.paid_at + leave_within)
    return found
