"""Which days were compared with a network's list, and where do the lists differ?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.plates.rules import id_without_plates
from parking.visits.errors import ChargeNotFound
from parking.visits.models.charges import Charge, Reconciliation, ReconciliationLine
from parking.visits.rules.reconciling import DifferenceKind


@dataclass(frozen=True, slots=True)
class DayView:
    """A network's day as last compared; money in fen."""

    network: str
    on: date
    compared_at: datetime
    ours_fen: int
    theirs_fen: int
    matched: int
    differing: int


@dataclass(frozen=True, slots=True)
class LineView:
    """A difference; `lot_id` None where we know no such charge."""

    kind: DifferenceKind
    charge_id: str
    is_refund: bool
    ours_fen: int | None
    theirs_fen: int | None
    reference: str | None
    lot_id: str | None


_DAY = (
    Reconciliation.network,
    Reconciliation.on,
    Reconciliation.compared_at,
    Reconciliation.ours_fen,
    Reconciliation.theirs_fen,
    Reconciliation.matched,
    Reconciliation.differing,
)


def reconciliations(session: Session, limit: int = 200) -> list[DayView]:
    """The days that were compared, the newest first."""
    asked = select(*_DAY).order_by(Reconciliation.on.desc(), Reconciliation.network).limit(limit)
    return [DayView(*row) for row in session.execute(asked)]


def reconciliation(
    session: Session, network: str, on: date, lots: Collection[str] | None = None
) -> tuple[DayView, list[LineView]]:
    """A compared day and its differences; of these lots alone, where they are given.

    The sums are always those of the whole city, which no list of a network divides by lots. Raises
    ChargeNotFound where the day was never compared.
    """
    day = session.execute(
        select(*_DAY).where(Reconciliation.network == network, Reconciliation.on == on)
    ).one_or_none()
    if day is None:
        raise ChargeNotFound
    line = ReconciliationLine
    asked = (
        select(
            line.kind,
            line.charge_id,
            line.is_refund,
            line.ours_fen,
            line.theirs_fen,
            line.reference,
            Charge.lot_id,
        )
        .outerjoin(Charge, Charge.id == line.charge_id)
        .where(line.network == network, line.on == on)
        .order_by(line.kind, line.charge_id, line.is_refund)
    )
    if lots is not None:
        asked = asked.where(Charge.lot_id.in_(lots))
    lines = [
        LineView(
            DifferenceKind(row.kind),
            row.charge_id,
            row.is_refund,
            row.ours_fen,
            row.theirs_fen,
            id_without_plates(row.reference) if row.reference else None,
            row.lot_id,
        )
        for row in session.execute(asked)
    ]
    return DayView(*day), lines
