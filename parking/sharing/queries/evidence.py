"""What was offered and what was used in a month, agreement by agreement?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.days import month_span
from parking.lots import queries as lots
from parking.lots.queries import LotCard
from parking.sharing.models.bookings import WindowUse
from parking.sharing.models.windows import Window
from parking.sharing.queries.agreements import AgreementView, agreements
from parking.sharing.rules.evidence import Evidence, UseTold, WindowTold, evidence_of, sums


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """An agreement of a lot with its month; the lot's district as it is today."""

    agreement: AgreementView
    lot: LotCard
    sum: Evidence


def evidence(
    session: Session, month_on: date, now: datetime, districts: Collection[str] = ()
) -> list[EvidenceLine]:
    """The month so far of every agreement that had a window in it, in districts (none named: all).

    The most offered comes first. The same handful of statements however many agreements there are; `month_on`
    is any day of the month. Raises ProfileMissing before the city's profile was loaded.
    """
    from_at, until_at = month_span(month_on, city.time_zone(session, now))
    told = sums(
        (agreement_id, evidence_of(window, from_at, until_at, now))
        for agreement_id, window in _windows(session, from_at, min(until_at, now))
    )
    if not told:
        return []
    views = agreements(session, ids=told)
    today = city.today(session, now)
    cards = {
        card.id: card
        for card in lots.lot_cards(session, today, {view.lot_id for view in views})
        if not districts or card.district_code in districts
    }
    lines = [EvidenceLine(view, cards[view.lot_id], told[view.id]) for view in views if view.lot_id in cards]
    return sorted(lines, key=lambda each: (-each.sum.offered, each.lot.code, each.agreement.id))


def _windows(session: Session, from_at: datetime, until_at: datetime) -> list[tuple[str, WindowTold]]:
    """Windows that were open in a span, with their uses, each with its agreement."""
    # A window that ends with the month's beginning is the month's before; it has no overstay here.
    within = (Window.until_at > from_at, Window.from_at < until_at)
    uses: dict[str, list[UseTold]] = defaultdict(list)
    asked = (
        select(
            WindowUse.window_id,
            WindowUse.entered_at,
            WindowUse.left_at,
            WindowUse.is_over,
            WindowUse.booking_id.is_not(None).label("is_booked"),
            WindowUse.overstay_minutes,
        )
        .join(Window, Window.id == WindowUse.window_id)
        .where(*within)
    )
    for use in session.execute(asked):
        told = UseTold(use.entered_at, use.left_at, use.is_over, use.is_booked, use.overstay_minutes)
        uses[use.window_id].append(told)
    found = select(
        Window.agreement_id, Window.id, Window.from_at, Window.until_at, Window.closed_at, Window.quota
    ).where(*within)
    return [
        (
            row.agreement_id,
            WindowTold(row.from_at, row.until_at, row.closed_at, row.quota, tuple(uses.get(row.id, ()))),
        )
        for row in session.execute(found)
    ]
