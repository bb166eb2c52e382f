"""What do passages and visits forget as time goes by, and what is closed because it lasts too long?

Each function takes a bounded part and tells how many rows it changed; the caller goes on until none is left.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.visits.rules.pairing import LAPSES_AFTER, TOO_LONG
from parking.visits.service.tracks import REMEMBERED

MOST_AT_ONCE = 5_000

_CLOSE = text("""
    update visits set state = 'closed', doubt = 'too_long', closed_at = entered_at + :too_long,
        settled_at = :now, settled_by = 'rule', plate_sealed = null, changed_at = :now
    where id in (
        select id from visits where state = 'open' and entered_at < :now - :too_long
        order by entered_at limit :most for update skip locked
    )
    returning id
""")
_UNSEAL = text("""
    update visits set plate_sealed = null where id in (
        select id from visits where plate_sealed is not null and closed_at < :before
        limit :most for update skip locked
    )
    returning id
""")
# A masked plate with a place and a time can be guessed at; a stay's number leads to the vendor's own list.
_FORGET_VISITS = text("""
    update visits set plate_month = null, plate_hash = null, plate_sealed = null, plate_masked = null,
        stay_id = null
    where id in (
        select id from visits where plate_masked is not null and seen_at < :before and state <> 'open'
        limit :most for update skip locked
    )
    returning id
""")
_FORGET_PASSAGES = text("""
    delete from passages where (source, event_id) in (
        select source, event_id from passages where lot_id = :lot_id and at < :before
        order by at limit :most for update skip locked
    )
    returning event_id
""")
_LOTS = text("""
    with recursive lots as (
        (select lot_id from passages order by lot_id limit 1)
        union all
        select (select p.lot_id from passages p where p.lot_id > l.lot_id order by p.lot_id limit 1)
        from lots l where l.lot_id is not null
    ) select lot_id from lots where lot_id is not null
""")
_FORGET_LINKS = text("""
    delete from plate_links where plate_month < cast(:before as date) - interval '1 month' returning lot_id
""")
_FORGET_FAILURES = text("delete from pairing_failures where failed_at < :before returning event_id")


def close_too_long(session: Session, now: datetime, most: int = MOST_AT_ONCE) -> int:
    """Close the visits whose vehicle has not left for thirty days; a later exit still ends them."""
    told = {"now": now, "too_long": TOO_LONG, "most": most}
    return len(session.execute(_CLOSE, told).all())


def unseal_lapsed(session: Session, now: datetime, most: int = MOST_AT_ONCE) -> int:
    """Drop the readable plates of visits that nobody settled within thirty days of their end."""
    return len(session.execute(_UNSEAL, {"before": now - LAPSES_AFTER, "most": most}).all())


def forget_visits(session: Session, now: datetime, most: int = MOST_AT_ONCE) -> int:
    """Take what points to a vehicle off visits of 180 days ago; their times and money stay."""
    return len(session.execute(_FORGET_VISITS, {"before": now - REMEMBERED, "most": most}).all())


def lots_with_passages(session: Session) -> list[str]:
    """The lots of which any passage is kept, one index probe each."""
    return list(session.scalars(_LOTS))


def forget_passages(lot_id: str, session: Session, now: datetime, most: int = MOST_AT_ONCE) -> int:
    """Delete a lot's passages of 180 days ago: what they add up to is told by counts and visits."""
    told = {"lot_id": lot_id, "before": now - REMEMBERED, "most": most}
    return len(session.execute(_FORGET_PASSAGES, told).all())


def forget_links(session: Session, now: datetime) -> int:
    """Delete the links between months whose keys are over, and old notes of what could not be paired."""
    before = now - REMEMBERED
    links = session.execute(_FORGET_LINKS, {"before": before}).all()
    return len(links) + len(session.execute(_FORGET_FAILURES, {"before": before}).all())
