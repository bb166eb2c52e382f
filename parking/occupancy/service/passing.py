"""How do counts follow passages one by one, and still equal the fold of all facts?

A passage after the count that a value rests on moves the value by one and nothing else; the counter's row is
locked, so each is added to what was there. Folded anew is only where more hangs on it: a passage before that
count (its drift), a count that is about to be replaced, or one whose basis is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.kernel.db.changes import ANNOUNCE, announcement
from parking.kernel.db.driver import (
    Answer,
    Driver,
    Statement,
    driver,
    driver_sql,
    say_last,
    say_now,
    together,
)
from parking.kernel.db.rows import rows_as_json
from parking.occupancy.queries import asked_row
from parking.occupancy.rules import Counter, PassageInput, moved
from parking.occupancy.service.counters import (
    Locked,
    counters_locked,
    history_until,
    made_whole,
    mark_connected,
    pass_gates,
    refold,
    starts_living,
)

Key = tuple[str, str]
"""(source, event id)."""

_STORE_PASSAGES = driver_sql(
    text("""
    with told as materialized (
        select * from json_to_recordset(cast(:facts as json)) as f(
            source text, event_id text, lot_id text, space_class text, at timestamptz, direction integer,
            counts boolean
        )
    ), stored as (
        insert into passage_facts
            (source, event_id, lot_id, space_class, at, direction, counts, received_at)
        select source, event_id, lot_id, space_class, at, direction, counts, :now from told
        order by source, event_id
        on conflict (source, event_id) do nothing
        returning source, event_id
    )
    select source, event_id, exists (
        select from voided_facts v where v.source = s.source and v.event_id = s.event_id
    ) as voided
    from stored s
""")
)
LAY_FACTS = """
    facts as (
        insert into passage_facts (source, event_id, lot_id, space_class, at, direction, counts, received_at)
        select source, event_id, lot_id, space_class, least(at, :now), direction, true, :now from moving
        where not exists (
            select from (select distinct lot_id, space_class from moving) m
            left join counter_states s using (lot_id, space_class) where s.lot_id is null
        )
        order by source, event_id
        on conflict (source, event_id) do nothing
        returning source, event_id, exists (
            select from voided_facts v
            where v.source = passage_facts.source and v.event_id = passage_facts.event_id
        ) as voided
    )
"""
"""Lays facts as a part of the statement that stores what they follow from: of
`moving (source, event_id, lot_id, space_class, at, direction)`, once the gates are passed; what is new is in
`facts (source, event_id, voided)`. None is laid where a counter is missing. `follow` does the rest."""

# The look-up is told in the same statement.
_STEP = driver_sql(
    text(f"""
    with stepped as (update counter_states s set
        value = n.value, as_of = n.as_of, marks = n.marks, history_until_at = n.history_until_at,
        updated_at = :now
    from json_to_recordset(cast(:steps as json)) as n(
        lot_id text, space_class text, value integer, as_of timestamptz, marks text[],
        history_until_at timestamptz
    )
    where s.lot_id = n.lot_id and s.space_class = n.space_class)
    {ANNOUNCE}
""")  # noqa: S608 - only the constant
)


@dataclass(frozen=True, slots=True)
class Sourced:
    """A crossing and who told it."""

    source: str
    passage: PassageInput

    @property
    def key(self) -> Key:
        return self.source, self.passage.event_id


@dataclass(frozen=True, slots=True)
class Passed:
    """Which facts are new, which of them were voided before they came, and the lots whose counts changed."""

    new: frozenset[Key] = frozenset()
    voided: frozenset[Key] = frozenset()
    changed_lots: tuple[str, ...] = ()


@dataclass(slots=True)
class _Moves:
    """What new facts do to one counter; `oldest` and `newest` of those that stand and count."""

    since: datetime
    change: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None


@dataclass(slots=True)
class _After:
    """What is written after a batch."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    connected: set[str] = field(default_factory=set)
    anew: dict[Counter, datetime | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LocksAsked:
    """Counters whose locks were asked for beside other statements."""

    sources: frozenset[str]
    counters: Sequence[Counter]
    answer: Answer

    def locked(self, session: Session, now: datetime) -> Locked:
        """What `lock_for_passages` returns, once the block is left in which they were asked for."""
        return made_whole(session, self.answer, self.sources, self.counters, now)


def ask_gates(own: Driver, told: Collection[Sourced]) -> None:
    """Pass the gates of what is told, before facts are laid (`LAY_FACTS`), together with other statements."""
    if told:
        pass_gates(own, {one.source for one in told})


def ask_for_locks(own: Driver, told: Collection[Sourced]) -> LocksAsked | None:
    """Ask for what `lock_for_passages` locks, together with other statements; None where that is nothing."""
    if not told:
        return None
    sources = frozenset(one.source for one in told)
    counters = sorted({one.passage.counter for one in told})
    return LocksAsked(sources, counters, counters_locked(own, sources, counters))


def lock_for_passages(session: Session, told: Collection[Sourced], now: datetime) -> Locked:
    """Lock the counters that these passages move, in order, until the transaction ends.

    Whoever inserts more about the same passages does so before this, in the order of their keys, or two
    writers may wait for each other in a circle. A counter whose lot the register does not have is absent.
    """
    with together(session) as own:
        asked = ask_for_locks(own, told)
    return asked.locked(session, now) if asked else {}


def pass_through(session: Session, locked: Locked, told: Sequence[Sourced], now: datetime) -> Passed:
    """Store passages of locked counters and let the counts follow; equals the fold of all facts.

    They were checked with `passage_problem` or by rules as strict. Of one key the first telling stands. An
    instant after `now` is taken as `now`.
    """
    first: dict[Key, Sourced] = {}
    for one in told:
        if one.passage.counter in locked:
            first.setdefault(one.key, one)
    if not first:
        return Passed()
    rows = [_row(one, now) for one in first.values()]
    with driver(session) as own:
        stored = own.ask(_STORE_PASSAGES, {"facts": rows_as_json(rows), "now": now}).rows
    new = frozenset((source, event_id) for source, event_id, _ in stored)
    voided = frozenset((source, event_id) for source, event_id, is_voided in stored if is_voided)
    return Passed(new, voided, _follow(session, locked, [first[key] for key in new], voided, now))


def follow(
    session: Session, locked: Locked, laid: Collection[Sourced], voided: Collection[Key], now: datetime
) -> Passed:
    """Let the counts of locked counters follow facts that were laid just now (`LAY_FACTS`)."""
    changed = _follow(session, locked, laid, voided, now, say=say_last)
    return Passed(frozenset(one.key for one in laid), frozenset(voided), changed)


def _row(one: Sourced, now: datetime) -> dict[str, Any]:
    passage = one.passage
    return {
        **asked_row(passage.counter),
        "source": one.source,
        "event_id": passage.event_id,
        "at": min(passage.at, now),
        "direction": passage.direction,
        "counts": passage.counts,
    }


def _follow(
    session: Session,
    locked: Locked,
    fresh: Iterable[Sourced],
    voided: Collection[Key],
    now: datetime,
    *,
    say: Callable[[Session, Statement, Mapping[str, Any]], object] = say_now,
) -> tuple[str, ...]:
    after = _After()
    for counter, moves in _moves(fresh, voided, now).items():
        before = locked[counter]
        if _needs_fold(before, moves, now):
            after.anew[counter] = moves.since
        else:
            _step(after, before, moves, now)
    if after.steps:
        told = announcement("counts", after.changed)
        steps = {"steps": rows_as_json(after.steps), "now": now, "announcement": told}
        say(session, _STEP, steps)
        mark_connected(session, after.connected, now)
    folded = refold(session, locked, after.anew, now) if after.anew else ()
    return tuple(sorted({*after.changed, *folded}))


def _moves(fresh: Iterable[Sourced], voided: Collection[Key], now: datetime) -> dict[Counter, _Moves]:
    found: dict[Counter, _Moves] = {}
    for one in fresh:
        at = min(one.passage.at, now)
        moves = found.setdefault(one.passage.counter, _Moves(since=at))
        moves.since = min(moves.since, at)
        if one.passage.counts and one.key not in voided:
            moves.change += one.passage.direction
            moves.oldest = min(moves.oldest or at, at)
            moves.newest = max(moves.newest or at, at)
    return found


def _needs_fold(before: Any, moves: _Moves, now: datetime) -> bool:
    if before.value is None:
        # No count stands, and no passage makes one stand.
        return False
    if before.base_at is None or (before.refold_at is not None and before.refold_at <= now):
        return True
    return moves.oldest is not None and moves.oldest <= before.base_at


def _step(after: _After, before: Any, moves: _Moves, now: datetime) -> None:
    value, as_of, marks = before.value, before.as_of, before.marks
    if value is not None and moves.newest is not None:
        value = moved(before.basis, value, moves.change)
        as_of = max(as_of, moves.newest)
        if value != before.value or as_of != before.as_of:
            after.changed.add(before.lot_id)
            terms = {"base_at": before.base_at, "ageing_after_s": before.ageing_after_s}
            if starts_living(before, {"marks": marks, "as_of": as_of, **terms}, now):
                after.connected.add(before.lot_id)
    after.steps.append(
        {
            "lot_id": before.lot_id,
            "space_class": before.space_class,
            "value": value,
            "as_of": as_of,
            "marks": marks,
            "history_until_at": history_until(before, moves.since),
        }
    )
