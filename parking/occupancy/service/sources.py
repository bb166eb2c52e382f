"""How long are a source's counts fresh on its lots, and whose count is believed now that time has passed?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.occupancy.errors import LimitsWrong
from parking.occupancy.models import CountFact, CountingSource
from parking.occupancy.rules import LONGEST_LIMIT_S
from parking.occupancy.service.counters import close_gate, lock_due, lock_lots, refold


def declare_source(
    session: Session,
    source: str,
    ranks: Mapping[str, int],
    ageing_after_s: int,
    unknown_after_s: int,
    now: datetime,
) -> tuple[str, ...]:
    """Say how a source is taken on the lots of `ranks` (lot id -> rank, lower is believed first).

    Its counts are live below `ageing_after_s` and withheld from `unknown_after_s` on. One statement where
    nothing is new; else the counters of these lots are folded anew and the changed lots returned. Raises
    LimitsWrong unless 0 < first < second <= 86,400 s.
    """
    if not 0 < ageing_after_s < unknown_after_s <= LONGEST_LIMIT_S:
        raise LimitsWrong(longest_s=LONGEST_LIMIT_S)
    columns = (
        CountingSource.lot_id,
        CountingSource.rank,
        CountingSource.ageing_after_s,
        CountingSource.unknown_after_s,
    )
    known = {
        tuple(row)
        for row in session.execute(
            select(*columns).where(CountingSource.source == source, CountingSource.lot_id.in_(ranks))
        )
    }
    asked = {(lot_id, rank, ageing_after_s, unknown_after_s) for lot_id, rank in ranks.items()}
    different = sorted(asked - known)
    if not different:
        return ()
    close_gate(session, source)
    locked = lock_lots(session, {row[0] for row in different})
    names = [column.key for column in columns]
    upsert = insert(CountingSource).values(
        [{"source": source, **dict(zip(names, row, strict=True))} for row in different]
    )
    session.execute(
        upsert.on_conflict_do_update(
            index_elements=[CountingSource.source, CountingSource.lot_id],
            set_={name: upsert.excluded[name] for name in names[1:]},
        )
    )
    return refold(session, locked, dict.fromkeys(locked), now)


def withdraw_source(session: Session, source: str, lot_id: str, now: datetime) -> tuple[str, ...]:
    """Believe from now on nothing that a source told of a lot so far; what it tells of later instants counts.

    Facts and history stay as they are. Returns the changed lots: whatever another source tells holds there.
    """
    close_gate(session, source)
    locked = lock_lots(session, {lot_id})
    # Told by a process whose clock is a little ahead of ours.
    newest = (
        select(func.max(CountFact.as_of))
        .where(CountFact.source == source, CountFact.lot_id == lot_id)
        .scalar_subquery()
    )
    session.execute(
        update(CountingSource)
        .where(CountingSource.source == source, CountingSource.lot_id == lot_id)
        .values(withdrawn_at=func.greatest(now, newest))
        .execution_options(synchronize_session=False)
    )
    return refold(session, locked, dict.fromkeys(locked), now)


def hand_over_counters(session: Session, now: datetime) -> tuple[str, ...]:
    """Fold anew the counters whose believed source is not fresh any more while another's count is better.

    Returns the ids of the changed lots. No fact tells of this moment, so a job asks.
    """
    locked = lock_due(session, now)
    return refold(session, locked, dict.fromkeys(locked), now) if locked else ()
