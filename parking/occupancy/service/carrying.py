"""On what does a counter rest that only passages move, once its count is a month old?

On a count carried forward: what its facts say at the last passage that is settled, kept as a count of the
same source. Else every passage since the old count would be needed for ever.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.occupancy.models import CountFact
from parking.occupancy.queries import load_facts
from parking.occupancy.rules import Counter, Folded, fold_standing, stand
from parking.occupancy.service.counters import lock_counters, refold
from parking.occupancy.service.history import settled_before

# Once a day for a counter, not at each hour.
_CARRIED_EVERY = timedelta(days=1)
_AT_ONCE = timedelta(0)

_OWED = text("""
    select c.lot_id, c.space_class, c.source from counter_states c
    where c.base_at < :base_before and exists (
        select from passage_facts p
        where p.lot_id = c.lot_id and p.space_class = c.space_class and p.counts
            and p.at > c.base_at and p.at <= :settled and not exists (
                select from voided_facts v where v.source = p.source and v.event_id = p.event_id
            )
    )
    order by c.lot_id, c.space_class limit :most
""")


def carry_counts(session: Session, now: datetime, *, most: int = 100) -> int:
    """Carry forward the counts of at most `most` counters that passages have moved since; returns how many.

    Call it until it returns 0, a transaction each. No count of any instant within the retention changes.
    """
    settled = settled_before(session, now)
    given = {"base_before": settled - _CARRIED_EVERY, "settled": settled, "most": most}
    owed = session.execute(_OWED, given).all()
    if not owed:
        return 0
    counters: list[Counter] = [(row.lot_id, row.space_class) for row in owed]
    locked = lock_counters(session, {row.source for row in owed}, counters, now)
    loaded = load_facts(session, dict.fromkeys(locked, settled), settled, _AT_ONCE)
    carried = 0
    for counter, found in loaded.items():
        folded = fold_standing(stand(found.facts), settled, found.terms)
        if folded is not None and folded.as_of > folded.base_at:
            carried += _carry(session, counter, folded, now)
    refold(session, locked, dict.fromkeys(locked), now)
    return carried


def _carry(session: Session, counter: Counter, folded: Folded, now: datetime) -> int:
    lot_id, space_class = counter
    stored = session.execute(
        insert(CountFact)
        .values(
            source=folded.source,
            event_id=f"carried/{lot_id}/{space_class}/{folded.as_of.isoformat()}",
            lot_id=lot_id,
            space_class=space_class,
            as_of=folded.as_of,
            free=folded.value if folded.basis == "free" else None,
            occupied=folded.value if folded.basis == "occupied" else None,
            capacity=folded.told_capacity,
            hand_set=folded.hand_set,
            received_at=now,
        )
        .on_conflict_do_nothing()
    )
    return int(stored.rowcount)  # type: ignore[attr-defined]
