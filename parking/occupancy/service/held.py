"""Which of the locks that passages, counts and voids wait for does another transaction hold at this instant?

Asked only after one was waited for in vain, so that what other lots tell goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.kernel.db.rows import rows_as_json
from parking.occupancy.queries import asked_row
from parking.occupancy.rules import Counter
from parking.occupancy.service.corrections import places_of
from parking.occupancy.service.counters import ASKED, GATES, gate_of
from parking.occupancy.service.passing import Sourced

# A counter that is not there yet is held by nobody.
_HELD_COUNTERS = text(f"""
    with free as materialized (
        select s.lot_id, s.space_class
        from {ASKED} join counter_states s using (lot_id, space_class)
        for update of s skip locked
    )
    select lot_id, space_class from {ASKED} join counter_states using (lot_id, space_class)
    except select lot_id, space_class from free
""")  # noqa: S608 - only the constant
_HELD_GATES = text("""
    select number from unnest(cast(:numbers as integer[])) as n(number)
    where not pg_try_advisory_xact_lock_shared(:gates, number)
""")


def locks_of(told: Iterable[Sourced]) -> frozenset[Hashable]:
    """What is locked for these passages: their counters, and the gates of their sources as numbers."""
    return frozenset(lock for one in told for lock in (one.passage.counter, gate_of(one.source)))


def locks_of_counts(source: str, counters: Iterable[Counter]) -> frozenset[Hashable]:
    """What is locked for absolute counts that a source tells."""
    return frozenset([gate_of(source), *counters])


def locks_of_void(session: Session, source: str, event_id: str) -> frozenset[Hashable]:
    """What is locked to void a fact, as far as it is known by now."""
    return frozenset([gate_of(source), *places_of(session, source, event_id)])


def held_now(session: Session, locks: Collection[Hashable]) -> frozenset[Hashable]:
    """Which of these locks another transaction holds, of gates and counters: of others nothing is known.

    Waits for none; those that were free are locked until this transaction ends.
    """
    gates = [lock for lock in locks if isinstance(lock, int)]
    counters = [lock for lock in locks if isinstance(lock, tuple)]
    asked = {"counters": rows_as_json(asked_row(counter) for counter in counters)}
    held = {(row.lot_id, row.space_class) for row in session.execute(_HELD_COUNTERS, asked)}
    closed = session.scalars(_HELD_GATES, {"gates": GATES, "numbers": gates})
    return frozenset(held | set(closed))
