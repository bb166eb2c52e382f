"""Does a network's list of a day agree with ours? Compared once the day is over, again when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from parking.boundary.charges import NetworkEntry
from parking.city import queries as city
from parking.kernel.days import day_span
from parking.visits.models.charges import Charge, ChargeEntry, Reconciliation, ReconciliationLine
from parking.visits.rules.reconciling import Comparison, Line, compare

_LONGEST = 120
_DAYS = 3


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


def days_to_reconcile(session: Session, network: str, now: datetime) -> list[date]:
    """Of the last three city days those that were not compared with this network since they ended.

    Raises ProfileMissing.
    """
    zone = city.time_zone(session, now)
    days = _last_days(now.astimezone(zone).date())
    asked = select(Reconciliation.on, Reconciliation.compared_at).where(
        Reconciliation.network == network, Reconciliation.on.in_(days)
    )
    # What was compared while the day went on is no comparison of the day.
    done = {on for on, compared_at in session.execute(asked) if compared_at >= day_span(on, zone)[1]}
    return [on for on in days if on not in done]


def comparable_days(session: Session, network: str, now: datetime) -> tuple[date, date]:
    """The first and the last city day that can be compared: from the network's first charge until yesterday.

    The last three are always among them, for a network may name charges that we never asked. Raises
    ProfileMissing.
    """
    zone = city.time_zone(session, now)
    days = _last_days(now.astimezone(zone).date())
    first_at = session.scalar(select(func.min(Charge.made_at)).where(Charge.network == network))
    first = min(days[-1], first_at.astimezone(zone).date()) if first_at else days[-1]
    return first, days[0]


def _last_days(today: date) -> list[date]:
    return [today - timedelta(days=back) for back in range(1, _DAYS + 1)]
