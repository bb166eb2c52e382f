"""Does a network's list of a day agree with ours? Compared every night, again whenever somebody asks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from parking.boundary.charges import NetworkEntry
from parking.visits.models.charges import ChargeEntry, Reconciliation, ReconciliationLine
from parking.visits.rules.reconciling import Comparison, Line, compare

_LONGEST = 120


def reconcile(
    session: Session, network: str, on: date, theirs: Iterable[NetworkEntry], now: datetime
) -> Comparison:
    """Compare a network's list of a city day with our entries of that day; what was found before gives way.

    It names differences and changes no charge.
    """
    asked = (
        select(ChargeEntry.charge_id, func.sum(ChargeEntry.fen))
        .where(ChargeEntry.network == network, ChargeEntry.on == on)
        .group_by(ChargeEntry.charge_id, ChargeEntry.kind == "refund")
    )
    ours = [Line(charge_id, int(fen)) for charge_id, fen in session.execute(asked) if fen]
    told = [Line(each.charge_id[:_LONGEST], each.amount_fen, each.reference[:_LONGEST]) for each in theirs]
    found = compare(ours, told)
    row = session.get(Reconciliation, (network, on), with_for_update=True)
    if row is None:
        row = Reconciliation(network=network, on=on)
        session.add(row)
    row.compared_at = now
    row.ours_fen, row.theirs_fen = found.ours_fen, found.theirs_fen
    row.matched, row.differing = found.matched, len(found.differences)
    session.execute(
        delete(ReconciliationLine).where(ReconciliationLine.network == network, ReconciliationLine.on == on)
    )
    session.add_all(
        ReconciliationLine(
            network=network,
            on=on,
            charge_id=each.charge_id,
            is_refund=each.is_refund,
            kind=each.kind,
            ours_fen=each.ours_fen,
            theirs_fen=each.theirs_fen,
            reference=each.reference,
        )
        for each in found.differences
    )
    session.flush()
    return found


def days_to_reconcile(session: Session, network: str, days: Iterable[date]) -> list[date]:
    """Of these days those that were never compared with this network."""
    wanted = list(days)
    done = set(
        session.scalars(
            select(Reconciliation.on).where(Reconciliation.network == network, Reconciliation.on.in_(wanted))
        )
    )
    return [on for on in wanted if on not in done]
