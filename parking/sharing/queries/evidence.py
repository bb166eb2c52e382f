"""What was offered and what was used in a month, agreement by agreement?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.days import month_span
from parking.lots import queries as lots
from parking.lots.queries import LotCard
from parking.sharing.queries.agreements import AgreementView, agreements
from parking.sharing.rules.evidence import NOTHING, Evidence

# A window is counted where it begins, a use where it entered (in the window's time), an overstay where the
# window ended. A window that closed early, or rested meanwhile, offers for that time just the spaces of those
# who stayed; a use that left without being seen has no time. A window that ends with the month's beginning is
# the month's before.
_SUMS = text("""
    with windows as (
        select id, agreement_id, quota, from_at, until_at, closed_at,
            greatest(from_at, :first) as since,
            least(until_at, :last, :now) as until,
            least(until_at, :last, :now, closed_at) as open_until
        from shared_windows
        where until_at > :first and from_at < least(:last, :now)
    ), uses as (
        select w.id, w.agreement_id, u.is_over and u.left_at is null as is_unseen,
            u.booking_id is not null as is_booked,
            greatest(u.entered_at, w.from_at) >= :first and greatest(u.entered_at, w.from_at) < :last
                as is_counted,
            case when w.until_at <= :last then u.overstay_minutes else 0 end as overstay,
            least(coalesce(u.left_at, w.until), w.until) as left_at,
            greatest(u.entered_at, w.since) as used_from,
            greatest(u.entered_at, w.since, w.open_until) as kept_from
        from windows w join window_uses u on u.window_id = w.id
    ), of_uses as (
        select agreement_id,
            count(*) filter (where is_counted) as uses,
            count(*) filter (where is_counted and is_booked) as booked,
            count(*) filter (where is_counted and is_unseen) as unseen,
            count(*) filter (where overstay > 0) as overstays,
            sum(overstay) as overstay_minutes,
            sum(left_at - used_from) filter (where not is_unseen and left_at > used_from) as used,
            sum(left_at - kept_from) filter (where not is_unseen and left_at > kept_from) as kept
        from uses group by agreement_id
    ), rests as (
        select w.id, w.agreement_id, w.quota,
            greatest(r.from_at, w.since) as from_at, least(r.until_at, w.open_until) as until_at
        from windows w join window_rests r on r.window_id = w.id
    ), of_rests as (
        select agreement_id, sum(quota * (until_at - from_at)) as rested
        from rests where until_at > from_at group by agreement_id
    ), stayed as (
        select r.agreement_id,
            sum(least(u.left_at, r.until_at) - greatest(u.used_from, r.from_at)) as kept_then
        from rests r join uses u using (id)
        where not u.is_unseen and least(u.left_at, r.until_at) > greatest(u.used_from, r.from_at)
        group by r.agreement_id
    ), of_windows as (
        select agreement_id,
            count(*) filter (
                where from_at >= :first and (closed_at is null or closed_at > from_at)
            ) as windows,
            sum(quota * (open_until - since)) filter (where open_until > since) as offered
        from windows group by agreement_id
    )
    select agreement_id, windows, uses, booked, unseen, overstays, overstay_minutes, used, kept, offered,
        rested, kept_then
    from of_windows left join of_uses using (agreement_id) left join of_rests using (agreement_id)
        left join stayed using (agreement_id)
""")


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
    told = _sums(session, from_at, until_at, now)
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


def _sums(session: Session, from_at: datetime, until_at: datetime, now: datetime) -> dict[str, Evidence]:
    """The sums of each agreement with a window in [from_at, until_at) that has begun."""
    asked = {"first": from_at, "last": until_at, "now": now}
    return {
        row.agreement_id: Evidence(
            windows=row.windows,
            offered=(row.offered or NOTHING)
            - (row.rested or NOTHING)
            + (row.kept or NOTHING)
            + (row.kept_then or NOTHING),
            used=row.used or NOTHING,
            uses=row.uses or 0,
            booked=row.booked or 0,
            unseen=row.unseen or 0,
            overstays=row.overstays or 0,
            overstay_minutes=row.overstay_minutes or 0,
        )
        for row in session.execute(_SUMS, asked)
    }
