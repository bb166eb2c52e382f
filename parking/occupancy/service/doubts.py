"""Which counts are doubted although they are fresh? Those of which whoever judges the sources says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.kernel.db.changes import announce
from parking.kernel.db.rows import rows_as_json
from parking.kernel.vocabulary import Mark
from parking.occupancy.queries import asked_row
from parking.occupancy.rules import Counter

# Locked in the order of their key, as every writer of counts does.
_SET = text("""
    with asked as (
        select lot_id, space_class, doubts
        from json_to_recordset(cast(:counters as json)) as c(lot_id text, space_class text, doubts text[])
    ),
    locked as (
        select s.lot_id, s.space_class, asked.doubts
        from counter_states s join asked using (lot_id, space_class)
        where s.doubts <> asked.doubts
        order by s.lot_id, s.space_class for update of s
    )
    update counter_states s set doubts = locked.doubts from locked
    where s.lot_id = locked.lot_id and s.space_class = locked.space_class
    returning s.lot_id
""")


def set_doubts(session: Session, doubts: Mapping[Counter, Collection[Mark]]) -> tuple[str, ...]:
    """Let these counters carry these marks and no other doubts; returns the ids of the changed lots.

    A mark stays however many counts come, until it is taken back here. Counters that are not named keep what
    they have. One statement; the look-up is told at the commit.
    """
    if not doubts:
        return ()
    rows = rows_as_json(
        {**asked_row(counter), "doubts": sorted(mark.value for mark in marks)}
        for counter, marks in doubts.items()
    )
    changed = tuple(sorted(set(session.scalars(_SET, {"counters": rows}))))
    announce(session, "counts", changed)
    return changed
