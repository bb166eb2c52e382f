"""How does what a source tells become facts and states? A few statements a call, however many are told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.boundary.feeds import RecordProblem
from parking.kernel.actors import Actor
from parking.kernel.db.rows import rows_as_json
from parking.occupancy.queries import asked_row
from parking.occupancy.rules import (
    AGEING_AFTER_S,
    UNKNOWN_AFTER_S,
    Counter,
    CountInput,
    PassageInput,
    count_problem,
    passage_problem,
    unknown_lot,
)
from parking.occupancy.service.counters import Locked, lock_counters, refold
from parking.occupancy.service.passing import Sourced, lock_for_passages, pass_through

_STORE_COUNTS = text("""
    insert into count_facts
        (source, event_id, lot_id, space_class, as_of, free, occupied, capacity, hand_set, received_at)
    select :source, f.event_id, f.lot_id, f.space_class, f.at, f.free, f.occupied, f.capacity, :hand_set, :now
    from json_to_recordset(cast(:facts as json)) as f(
        event_id text, lot_id text, space_class text, at timestamptz,
        free integer, occupied integer, capacity integer
    )
    order by f.event_id
    on conflict (source, event_id) do nothing
    returning event_id
""")
_DECLARE_BY_DEFAULT = text("""
    insert into counting_sources (source, lot_id, rank, ageing_after_s, unknown_after_s)
    select :source, lot_id, 0, :ageing_s, :unknown_s from unnest(cast(:lots as text[])) as l(lot_id)
    order by lot_id
    on conflict do nothing
""")

Told = TypeVar("Told", CountInput, PassageInput)


@dataclass(frozen=True, slots=True)
class RecordedCounts:
    """What became of what was told: new facts, repeated ones, lots whose state changed, what was refused.

    `new_keys` are the event ids of the new counts.
    """

    new: int
    repeated: int
    changed_lots: tuple[str, ...]
    problems: tuple[RecordProblem, ...] = ()
    new_keys: frozenset[str] = frozenset()


def record_counts(
    session: Session, actor: Actor, source: str, counts: Sequence[CountInput], now: datetime
) -> RecordedCounts:
    """Record the absolute counts that a source told; `actor` is who brought them.

    A count that is negative, too large, says nothing, is more than 120 s ahead of `now` or belongs to no lot
    of the register becomes a problem ("lot id:class"), and the others are recorded. Of one event id the first
    telling stands; a correction is a void and a new fact. One call a transaction, or writers may deadlock.
    """
    problems, accepted = _sifted(counts, now, count_problem)
    locked = lock_counters(session, [source], sorted({count.counter for count in accepted}), now)
    problems += [unknown_lot(count) for count in accepted if count.counter not in locked]
    facts: dict[str, CountInput] = {}
    for count in accepted:
        if count.counter in locked:
            facts.setdefault(count.key, count)
    _declare_by_default(session, source, locked)
    new = write_counts(session, source, facts, now) if facts else set()
    oldest: dict[Counter, datetime | None] = {}
    for event_id in new:
        at, counter = min(facts[event_id].as_of, now), facts[event_id].counter
        oldest[counter] = min(oldest.get(counter) or at, at)
    changed = refold(session, locked, oldest, now) if oldest else ()
    repeated = len(counts) - len(new) - len(problems)
    return RecordedCounts(len(new), repeated, changed, tuple(problems), frozenset(new))


def record_passages(
    session: Session, actor: Actor, source: str, passages: Sequence[PassageInput], now: datetime
) -> RecordedCounts:
    """Record the crossings that one device told; refusals and bounds as for `record_counts`."""
    problems, accepted = _sifted(passages, now, passage_problem)
    told = [Sourced(source, passage) for passage in accepted]
    locked = lock_for_passages(session, told, now)
    problems += [unknown_lot(passage) for passage in accepted if passage.counter not in locked]
    passed = pass_through(session, locked, told, now)
    new = len(passed.new)
    return RecordedCounts(new, len(passages) - new - len(problems), passed.changed_lots, tuple(problems))


def write_counts(
    session: Session, source: str, counts: Mapping[str, CountInput], now: datetime, *, hand_set: bool = False
) -> set[str]:
    """Insert counts by event id; returns the ids that are new. For locked counters only."""
    rows = [
        {
            **asked_row(count.counter),
            "event_id": event_id,
            # A clock a little ahead is taken as of the arrival.
            "at": min(count.as_of, now),
            "free": count.free,
            "occupied": count.occupied,
            "capacity": count.capacity,
        }
        for event_id, count in counts.items()
    ]
    given = {"facts": rows_as_json(rows), "source": source, "now": now, "hand_set": hand_set}
    return set(session.scalars(_STORE_COUNTS, given))


def _sifted(
    told: Iterable[Told], now: datetime, problem: Callable[[Told, datetime], RecordProblem | None]
) -> tuple[list[RecordProblem], list[Told]]:
    problems, accepted = [], []
    for fact in told:
        found = problem(fact, now)
        if found is None:
            accepted.append(fact)
        else:
            problems.append(found)
    return problems, accepted


def _declare_by_default(session: Session, source: str, locked: Locked) -> None:
    """A source that nobody declared on a lot gets the usual limits, or its facts would never be folded."""
    missing = sorted({counter[0] for counter, row in locked.items() if not row.declared})
    if missing:
        limits = {"ageing_s": AGEING_AFTER_S, "unknown_s": UNKNOWN_AFTER_S}
        session.execute(_DECLARE_BY_DEFAULT, {"source": source, "lots": missing, **limits})
