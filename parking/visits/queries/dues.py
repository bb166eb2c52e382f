"""What does a visit owe now: its fee, what was paid towards it, and until when does the answer hold?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.kernel.vocabulary import StayKind
from parking.sharing.queries.pricing import lent_stay
from parking.tariffs.queries import LotTariff
from parking.tariffs.rules.lines import Line
from parking.tariffs.rules.quotes import Quote, Stay
from parking.visits.errors import FeeUnknown, VisitNotFound
from parking.visits.models.charges import Charge, ChargeEntry, ChargeRefund
from parking.visits.models.visits import Visit
from parking.visits.queries.pricing import PricedStay, grace_minutes, price_stay
from parking.visits.rules.charges import REFUND_LIVE, Payment, covered
from parking.visits.rules.pairing import VisitState
from parking.visits.rules.pricing import priced_stay

_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Due:
    """Money in fen. The quote is that of a stay until `reckoned_at`, by the tariff that held at entry.

    `due_fen` is never negative; what was paid too much is `extra_fen`, and `giving_back_fen` is what is on
    its way back. A settled visit owes nothing, also where money was given back afterwards. A vehicle that is
    inside owes `next_fee_fen` in all from `next_change_at` on; both None: it does not rise any more.
    """

    visit_id: str
    lot_id: str
    entered_at: datetime
    exited_at: datetime | None
    quote: Quote
    tariff: LotTariff
    paid_fen: int
    giving_back_fen: int
    reckoned_at: datetime
    next_change_at: datetime | None
    next_fee_fen: int | None
    grace_minutes: int
    is_settled: bool

    @property
    def fee_fen(self) -> int:
        return self.quote.fee_fen

    @property
    def due_fen(self) -> int:
        kept = self.paid_fen - self.giving_back_fen
        return 0 if self.is_settled else max(self.quote.fee_fen - kept, 0)

    @property
    def extra_fen(self) -> int:
        return max(self.paid_fen - self.quote.fee_fen, 0)

    @property
    def lines(self) -> Sequence[Line]:
        return self.quote.lines


def fee_due(session: Session, visit_id: str, now: datetime) -> Due:
    """What a visit owes at `now`, or owed at its exit.

    A payment in time freezes the fee it was reckoned for until the grace after it is over. Raises
    VisitNotFound; FeeUnknown where no entry is known, and its kinds TariffMissing and StayUnpriced.
    """
    visit = session.get(Visit, visit_id)
    if visit is None or visit.state == VisitState.VOIDED:
        raise VisitNotFound
    stay = _stay(visit, now)
    # What is lent may have a tariff of its own; who has a monthly right needs nothing lent.
    lent = lent_stay(session, visit_id) if visit.stay != StayKind.MONTHLY else None
    if lent is not None:
        stay = replace(stay, kind=StayKind.SHARED)
    priced = price_stay(session, visit.lot_id, stay, lent.tariff_id if lent else None)
    payments = _payments(session, visit_id)
    leave_within = timedelta(minutes=grace_minutes(session, priced.tariff, _last_paid_at(payments, now)))
    quote, reckoned_at = priced.quote, stay.until_at
    next_at, next_fee = quote.next_change_at, quote.next_fee_fen
    frozen = _frozen(priced, payments, leave_within)
    if frozen is not None:
        reckoned_at, leave_by = frozen
        quote = priced.until(reckoned_at)
        next_at, next_fee = _after(priced, quote, leave_by)
    if visit.exited_at is not None:
        next_at, next_fee = None, None
    return Due(
        visit_id=visit_id,
        lot_id=visit.lot_id,
        entered_at=stay.entered_at,
        exited_at=visit.exited_at,
        quote=quote,
        tariff=priced.tariff,
        paid_fen=sum(payment.fen for payment in payments),
        giving_back_fen=_giving_back(session, visit_id) if payments else 0,
        reckoned_at=reckoned_at,
        next_change_at=next_at,
        next_fee_fen=next_fee,
        grace_minutes=leave_within // timedelta(minutes=1),
        is_settled=visit.settled_at is not None,
    )


def paid_fen(session: Session, visit_id: str) -> int:
    """The sum of a visit's entries: paid, less what was given back."""
    asked = select(func.coalesce(func.sum(ChargeEntry.fen), 0)).join(
        Charge, Charge.id == ChargeEntry.charge_id
    )
    return int(session.execute(asked.where(Charge.visit_id == visit_id)).scalar_one())


def _stay(visit: Visit, now: datetime) -> Stay:
    """The stay that is priced, up to now or to its exit. Raises FeeUnknown."""
    until_at = visit.exited_at or now
    if visit.entered_at is None or until_at < visit.entered_at:
        raise FeeUnknown
    if visit.exited_at is None and visit.closed_at is not None:
        # Closed without an exit: nobody knows how long it stayed.
        raise FeeUnknown
    return priced_stay(
        visit.entered_at, until_at, colour=visit.colour, plate_kind=visit.plate_kind, stay=visit.stay
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


def _last_paid_at(payments: Sequence[Payment], now: datetime) -> datetime:
    return payments[-1].paid_at if payments else now


def _giving_back(session: Session, visit_id: str) -> int:
    """What was decided to be given back, and did not arrive yet."""
    live = ChargeRefund.state.in_([str(state) for state in REFUND_LIVE])
    asked = select(func.coalesce(func.sum(ChargeRefund.amount_fen), 0)).join(
        Charge, Charge.id == ChargeRefund.charge_id
    )
    return int(session.execute(asked.where(Charge.visit_id == visit_id, live)).scalar_one())


def _frozen(
    priced: PricedStay, payments: Sequence[Payment], leave_within: timedelta
) -> tuple[datetime, datetime] | None:
    """The instant whose fee holds because it was fully paid in time, and until when it holds."""
    total = 0
    found = None
    for payment in payments:
        total += payment.fen
        # An entry that was corrected since may lie after what was reckoned then.
        if payment.reckoned_at < priced.stay.entered_at:
            continue
        if not covered(payment, priced.stay.until_at, leave_within):
            continue
        if total >= priced.until(payment.reckoned_at).fee_fen:
            found = (payment.reckoned_at, payment.paid_at + leave_within)
    return found


def _after(priced: PricedStay, held: Quote, leave_by: datetime) -> tuple[datetime | None, int | None]:
    """When a vehicle that may leave until `leave_by` owes more, and what it owes in all then."""
    after = priced.until(leave_by + _MOMENT)
    if after.fee_fen > held.fee_fen:
        return leave_by + _MOMENT, after.fee_fen
    return after.next_change_at, after.next_fee_fen
