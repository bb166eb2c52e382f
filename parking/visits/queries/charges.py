"""Which charges are there, and what did each lot take on each day?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from parking.plates.rules import id_without_plates
from parking.visits.errors import ChargeNotFound
from parking.visits.models.charges import (
    Charge,
    ChargeEntry,
    ChargeLot,
    ChargeRefund,
)
from parking.visits.models.visits import Visit
from parking.visits.rules.charges import LIVE, ChargeState, RefundState
from parking.visits.rules.pairing import VisitState


@dataclass(frozen=True, slots=True)
class ChargeView:
    """A charge; money in fen. `paid_fen` is what entries say, refunds taken off."""

    id: str
    visit_id: str | None
    lot_id: str
    network: str
    state: ChargeState
    contradicted: bool
    amount_fen: int
    paid_fen: int
    given_back_fen: int
    reckoned_at: datetime
    made_at: datetime
    settled_at: datetime | None
    next_at: datetime | None
    asks: int
    reference: str | None
    reason: str | None
    pay_url: str | None
    plate_masked: str | None
    entered_at: datetime | None
    exited_at: datetime | None

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def is_in_doubt(self) -> bool:
        return self.contradicted or self.state is ChargeState.IN_DOUBT


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund of a charge. `asked_by` is an actor as text."""

    id: str
    state: RefundState
    amount_fen: int
    reason: str
    asked_by: str
    made_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class EntryView:
    """A dated line of money, in fen."""

    kind: str
    fen: int
    at: datetime
    on: date


def charge(session: Session, charge_id: str, lots: Collection[str] | None = None) -> ChargeView:
    """One charge. Raises ChargeNotFound, also for one of a lot outside `lots`."""
    where = Charge.id == charge_id
    found = _charges(session, where if lots is None else and_(where, Charge.lot_id.in_(lots)), 1)
    if not found:
        raise ChargeNotFound
    return found[0]


def charges_of_visit(session: Session, visit_id: str) -> list[ChargeView]:
    """All charges of a visit, the newest first."""
    return _charges(session, Charge.visit_id == visit_id, 50)


def charges(
    session: Session,
    *,
    state: ChargeState | None = None,
    network: str | None = None,
    lots: Collection[str] | None = None,
    limit: int = 500,
) -> list[ChargeView]:
    """The newest charges, narrowed by what is told."""
    where: list[ColumnElement[bool]] = [Charge.id.is_not(None)]
    if state is not None:
        where.append(Charge.state == state)
    if network:
        where.append(Charge.network == network)
    if lots is not None:
        where.append(Charge.lot_id.in_(lots))
    return _charges(session, and_(*where), limit)


def doubtful_charges(session: Session, lots: Collection[str] | None = None) -> list[ChargeView]:
    """Charges of which nobody knows whether they were made, or whose network contradicted itself."""
    where = or_(Charge.state == ChargeState.IN_DOUBT, Charge.contradicted)
    return _charges(session, where if lots is None else and_(where, Charge.lot_id.in_(lots)), 500)


def stranded_charges(session: Session, lots: Collection[str] | None = None) -> list[ChargeView]:
    """Charges whose money belongs to no stay: its visit was taken back, or a lane's was never found."""
    gone = select(Visit.id).where(Visit.state == VisitState.VOIDED)
    where = and_(Charge.state == ChargeState.PAID, or_(Charge.visit_id.is_(None), Charge.visit_id.in_(gone)))
    return _charges(session, where if lots is None else and_(where, Charge.lot_id.in_(lots)), 500)


def refunds_of(session: Session, charge_id: str) -> list[RefundView]:
    """A charge's refunds in the order in which they were decided."""
    asked = select(ChargeRefund).where(ChargeRefund.charge_id == charge_id).order_by(ChargeRefund.made_at)
    return [
        RefundView(
            row.id,
            RefundState(row.state),
            row.amount_fen,
            row.reason,
            row.asked_by,
            row.made_at,
            row.settled_at,
        )
        for row in session.scalars(asked)
    ]


def entries_of(session: Session, charge_id: str) -> list[EntryView]:
    """A charge's entries in their order."""
    asked = select(ChargeEntry.kind, ChargeEntry.fen, ChargeEntry.at, ChargeEntry.on)
    return [
        EntryView(*row)
        for row in session.execute(asked.where(ChargeEntry.charge_id == charge_id).order_by(ChargeEntry.id))
    ]


@dataclass(frozen=True, slots=True)
class Income:
    """What a lot took on a day through a network, in fen; `refunded_fen` is negative or 0."""

    on: date
    lot_id: str
    network: str
    paid_fen: int
    refunded_fen: int
    payments: int

    @property
    def fen(self) -> int:
        return self.paid_fen + self.refunded_fen


def income(session: Session, lots: Collection[str], since_on: date, until_on: date) -> list[Income]:
    """Sums of the entries of these lots in [since_on, until_on), newest day first."""
    is_refund = ChargeEntry.kind == "refund"
    asked = (
        select(
            ChargeEntry.on,
            ChargeEntry.lot_id,
            ChargeEntry.network,
            func.coalesce(func.sum(ChargeEntry.fen).filter(~is_refund), 0),
            func.coalesce(func.sum(ChargeEntry.fen).filter(is_refund), 0),
            func.count().filter(ChargeEntry.kind == "payment"),
        )
        .where(ChargeEntry.lot_id.in_(lots), ChargeEntry.on >= since_on, ChargeEntry.on < until_on)
        .group_by(ChargeEntry.on, ChargeEntry.lot_id, ChargeEntry.network)
        .order_by(ChargeEntry.on.desc(), ChargeEntry.lot_id, ChargeEntry.network)
    )
    return [
        Income(on, lot_id, network, int(paid), int(back), int(count))
        for on, lot_id, network, paid, back, count in session.execute(asked)
    ]


@dataclass(frozen=True, slots=True)
class JoinedView:
    """A lot that an ETC network charges; `lane_key` is the network's name for the lane or lot."""

    lot_id: str
    network: str
    lane_key: str | None
    joined_at: datetime


def joined_lots(session: Session) -> list[JoinedView]:
    """Which network charges which lot."""
    asked = select(ChargeLot.lot_id, ChargeLot.network, ChargeLot.lane_key, ChargeLot.joined_at)
    return [JoinedView(*row) for row in session.execute(asked.order_by(ChargeLot.lot_id, ChargeLot.network))]


def _charges(session: Session, where: ColumnElement[bool], limit: int) -> list[ChargeView]:
    newest = select(Charge).where(where).order_by(Charge.made_at.desc(), Charge.id).limit(limit).subquery()
    rows = session.execute(
        select(
            newest,
            Visit.plate_masked,
            Visit.entered_at,
            Visit.exited_at,
            func.coalesce(func.sum(ChargeEntry.fen), 0).label("paid_fen"),
            func.coalesce(func.sum(ChargeEntry.fen).filter(ChargeEntry.kind == "refund"), 0).label("back"),
        )
        .outerjoin(Visit, Visit.id == newest.c.visit_id)
        .outerjoin(ChargeEntry, ChargeEntry.charge_id == newest.c.id)
        .group_by(*newest.c, Visit.plate_masked, Visit.entered_at, Visit.exited_at)
        .order_by(newest.c.made_at.desc(), newest.c.id)
    )
    return [
        ChargeView(
            id=row.id,
            visit_id=row.visit_id,
            lot_id=row.lot_id,
            network=row.network,
            state=ChargeState(row.state),
            contradicted=row.contradicted,
            amount_fen=row.amount_fen,
            paid_fen=int(row.paid_fen),
            given_back_fen=-int(row.back),
            reckoned_at=row.reckoned_at,
            made_at=row.made_at,
            settled_at=row.settled_at,
            next_at=row.next_at,
            asks=row.asks,
            reference=id_without_plates(row.reference) if row.reference else None,
            reason=row.reason,
            pay_url=row.pay_url,
            plate_masked=row.plate_masked,
            entered_at=row.entered_at,
            exited_at=row.exited_at,
        )
        for row in rows
    ]
