"""How does what a source tells become facts and states? A few statements a call, however many are told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from parking.boundary.feeds import RecordProblem
from parking.kernel.actors import Actor
from parking.occupancy.queries import rows_as_json
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
_STORE_PASSAGES = text("""
    insert into passage_facts (source, event_id, lot_id, space_class, at, direction, counts, received_at)
    select :source, f.event_id, f.lot_id, f.space_class, f.at, f.direction, f.counts, :now
    from json_to_recordset(cast(:facts as json)) as f(
        event_id text, lot_id text, space_class text, at timestamptz, direction integer, counts boolean
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
    """What became of what was told: new facts, repeated ones, lots whose state changed, what was refused."""

    new: int
    repeated: int
    changed_lots: tuple[str, ...]
    problems: tuple[RecordProblem, ...] = ()


def record_counts(
    session: Session, actor: Actor, source: str, counts: Sequence[CountInput], now: datetime
) -> RecordedCounts:
    """Record the absolute counts that a source told; `actor` is who brought them.

    A count that is negative, too large, says nothing, is more than 120 s ahead of `now` or belongs to no lot
    of the register becomes a problem ("lot id:class"), and the others are recorded. Of one event id the first
    telling stands; a correction is a void and a new fact. One call a transaction, or writers may deadlock.
    """
    return _record(
        session, source, counts, now, problem=count_problem, write=write_counts, key=lambda count: count.key
    )


def record_passages(
    session: Session, actor: Actor, source: str, passages: Sequence[PassageInput], now: datetime
) -> RecordedCounts:
    """Record the crossings that a device told; refusals and bounds as for `record_counts`."""
    return _record(
        session,
        source,
        passages,
        now,
        problem=passage_problem,
        write=_write_passages,
        key=lambda passage: passage.event_id,
    )


def write_counts(
    session: Session, source: str, counts: Mapping[str, CountInput], now: datetime, *, hand_set: bool = False
) -> set[str]:
    """Insert counts by event id; returns the ids that are new. For locked counters only."""
    rows = [
        {
            **_common(event_id, count, count.as_of, now),
            "free": count.free,
            "occupied": count.occupied,
            "capacity": count.capacity,
        }
        for event_id, count in counts.items()
    ]
    return _insert(session, _STORE_COUNTS, rows, source=source, now=now, hand_set=hand_set)


def _record(
    session: Session,
    source: str,
    told: Sequence[Told],
    now: datetime,
    *,
    problem: Callable[[Told, datetime], RecordProblem | None],
    write: Callable[[Session, str, Mapping[str, Told], datetime], set[str]],
    key: Callable[[Told], str],
) -> RecordedCounts:
    problems, accepted = _sifted(told, now, problem)
    locked = lock_counters(session, source, sorted({fact.counter for fact in accepted}), now)
    problems += [unknown_lot(fact) for fact in accepted if fact.counter not in locked]
    facts: dict[str, Told] = {}
    for fact in accepted:
        if fact.counter in locked:
            facts.setdefault(key(fact), fact)
    _declare_by_default(session, source, locked)
    new = write(session, source, facts, now) if facts else set()
    oldest: dict[Counter, datetime | None] = {}
    for event_id in new:
        fact = facts[event_id]
        at = min(_instant(fact), now)
        oldest[fact.counter] = min(oldest.get(fact.counter) or at, at)
    changed = refold(session, locked, oldest, now) if oldest else ()
    return RecordedCounts(len(new), len(told) - len(new) - len(problems), changed, tuple(problems))


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


def _write_passages(
    session: Session, source: str, passages: Mapping[str, PassageInput], now: datetime
) -> set[str]:
    rows = [
        {
            **_common(event_id, passage, passage.at, now),
            "direction": passage.direction,
            "counts": passage.counts,
        }
        for event_id, passage in passages.items()
    ]
    return _insert(session, _STORE_PASSAGES, rows, source=source, now=now)


def _common(event_id: str, told: CountInput | PassageInput, at: datetime, now: datetime) -> dict[str, Any]:
    # A clock a little ahead is taken as of the arrival.
    lot_id, space_class = told.counter
    return {"event_id": event_id, "lot_id": lot_id, "space_class": space_class, "at": min(at, now)}


def _insert(session: Session, statement: TextClause, rows: list[dict[str, Any]], **same: Any) -> set[str]:
    return set(session.scalars(statement, {"facts": rows_as_json(rows), **same}))


def _instant(fact: CountInput | PassageInput) -> datetime:
    return fact.as_of if isinstance(fact, CountInput) else fact.at
