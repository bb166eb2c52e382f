"""How is the state of counters kept true while several write at once?

Writers pass the gate of their source, lock the counters' rows in the order of their key, write facts, and
fold anew. So two writers wait for each other but never in a circle, and the second sees the first's facts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from parking.kernel.db.changes import announce
from parking.kernel.db.driver import Answer, Driver, driver_sql
from parking.kernel.db.rows import rows_as_json
from parking.kernel.vocabulary import Mark
from parking.lots import service as lots
from parking.occupancy.queries import FactsOfCounter, asked_row, load_present
from parking.occupancy.rules import (
    Counter,
    Folded,
    fold_standing,
    hand_over_at,
    slot_before,
    stand,
)

# The first of the two numbers of an advisory lock; the second is the source's.
GATES = 730_412
ASKED = "json_to_recordset(cast(:counters as json)) as asked(lot_id text, space_class text)"

SHOWN = (
    "basis",
    "value",
    "as_of",
    "source",
    "told_capacity",
    "drift",
    "marks",
    "ageing_after_s",
    "unknown_after_s",
)

# By name: a column that a migration adds must not change what a prepared statement returns.
_COLUMNS = ", ".join(
    f"s.{name}" for name in ("lot_id", "space_class", *SHOWN, "base_at", "refold_at", "history_until_at")
)
_ROW = (
    f"{_COLUMNS}, (select l.connected_since_at from lots l where l.id = s.lot_id) is not null as is_connected"  # noqa: S608
)
# Rows of the CTEs are joined before any counter is locked: the gate is passed first, and nothing is locked
# unless every counter exists (else rows would be made while others are held, out of order).
_LOCK = text(f"""
    with gate as materialized (
        select count(pg_advisory_xact_lock_shared(:gates, number)) as passed
        from unnest(cast(:numbers as integer[])) as n(number)
    ),
    known as materialized (
        select count(*) as number from {ASKED} join counter_states using (lot_id, space_class)
    )
    select {_ROW}, exists (
        select from counting_sources d where d.lot_id = s.lot_id and d.source = any(:sources)
    ) as declared
    from gate, known, {ASKED} join counter_states s using (lot_id, space_class)
    where known.number = :number
    order by s.lot_id, s.space_class
    for update of s
""")  # noqa: S608 - only the constants above
_LOCK_AT_ONCE = driver_sql(_LOCK)
_PASS_GATES = driver_sql(
    text("""
    select pg_advisory_xact_lock_shared(:gates, number)
    from unnest(cast(:numbers as integer[])) as n(number)
""")
)
_MAKE = text(f"""
    insert into counter_states (lot_id, space_class, updated_at)
    select asked.lot_id, asked.space_class, :now from {ASKED} join lots on lots.id = asked.lot_id
    order by asked.lot_id, asked.space_class
    on conflict do nothing
""")  # noqa: S608
_KNOWN = text(f"select lot_id, space_class from {ASKED} join counter_states using (lot_id, space_class)")  # noqa: S608
_LOCK_LOTS = text(f"""
    select {_ROW} from counter_states s where lot_id = any(:lots) order by lot_id, space_class for update
""")  # noqa: S608
_LOCK_DUE = text(f"""
    select {_ROW} from counter_states s where refold_at <= :now order by lot_id, space_class for update
""")  # noqa: S608
_STORE = text("""
    update counter_states s set
        basis = n.basis, value = n.value, base_at = n.base_at, as_of = n.as_of, source = n.source,
        told_capacity = n.told_capacity, drift = n.drift,
        marks = n.marks, ageing_after_s = n.ageing_after_s, unknown_after_s = n.unknown_after_s,
        refold_at = n.refold_at, history_until_at = n.history_until_at, updated_at = :now
    from json_to_recordset(cast(:states as json)) as n(
        lot_id text, space_class text, basis text, value integer, base_at timestamptz, as_of timestamptz,
        source text, told_capacity integer, drift integer, marks text[], ageing_after_s integer,
        unknown_after_s integer, refold_at timestamptz, history_until_at timestamptz
    )
    where s.lot_id = n.lot_id and s.space_class = n.space_class
""")
Locked = dict[Counter, Any]
"""The rows of the counters that are locked."""


def close_gate(session: Session, source: str) -> None:
    """Keep every other writer of this source's facts out until the transaction ends. Before any counter."""
    gate = {"gates": GATES, "gate": gate_of(source)}
    session.execute(text("select pg_advisory_xact_lock(:gates, :gate)"), gate)


def pass_gates(own: Driver, sources: Collection[str]) -> None:
    """Pass the gates of these sources for the rest of the transaction, with the statements that follow.

    What follows sees everything that whoever had closed a gate did.
    """
    own.ask(_PASS_GATES, {"gates": GATES, "numbers": _numbers(sources)})


def lock_counters(
    session: Session, sources: Collection[str], counters: Collection[Counter], now: datetime
) -> Locked:
    """Pass the gates of these sources and lock these counters for the rest of the transaction.

    Counters that are new are made; one whose lot the register does not have is absent from the answer.
    """
    return made_whole(session, _lock(session, sources, counters), sources, counters, now)


def counters_locked(own: Driver, sources: Collection[str], counters: Collection[Counter]) -> Answer:
    """Ask for the locks together with other statements; `made_whole` reads the answer."""
    return own.ask(_LOCK_AT_ONCE, _asked_locks(sources, counters))


def made_whole(
    session: Session,
    found: Iterable[Any],
    sources: Collection[str],
    counters: Collection[Counter],
    now: datetime,
) -> Locked:
    """The locked counters; where one was missing none is locked yet, so the missing are made first."""
    locked = _by_counter(found)
    if len(locked) < len(counters):
        session.execute(_MAKE, {**_asked(counters), "now": now})
        made = {(row.lot_id, row.space_class) for row in session.execute(_KNOWN, _asked(counters))}
        return _by_counter(_lock(session, sources, made))
    return locked


def lock_lots(session: Session, lot_ids: Collection[str]) -> Locked:
    """Lock the counters that these lots have."""
    if not lot_ids:
        return {}
    return _by_counter(session.execute(_LOCK_LOTS, {"lots": sorted(lot_ids)}))


def lock_due(session: Session, now: datetime) -> Locked:
    """Lock the counters where another source is to be believed since `now` or before."""
    return _by_counter(session.execute(_LOCK_DUE, {"now": now}))


def refold(
    session: Session, locked: Locked, told_at: Mapping[Counter, datetime | None], now: datetime
) -> tuple[str, ...]:
    """Fold these locked counters anew and announce what changed; returns the ids of the changed lots.

    `told_at` gives for each counter the instant of its oldest new (or voided) fact: its history is told anew
    from there on; None leaves the history alone.
    """
    loaded = load_present(session, told_at, now)
    rows, changed, connected = [], set(), set()
    for counter, since in told_at.items():
        before = locked[counter]
        after = _state(loaded.get(counter), now)
        rows.append({**asked_row(counter), **after, "history_until_at": history_until(before, since)})
        if any(getattr(before, name) != after[name] for name in SHOWN):
            changed.add(counter[0])
            if starts_living(before, after, now):
                connected.add(counter[0])
    session.execute(_STORE, {"states": rows_as_json(rows), "now": now})
    tell(session, changed, connected, now)
    return tuple(sorted(changed))


def tell(session: Session, changed: Collection[str], connected: Collection[str], now: datetime) -> None:
    """Tell the look-up which lots' counts changed, and the register which lots started to live."""
    announce(session, "counts", changed)
    mark_connected(session, connected, now)


def mark_connected(session: Session, connected: Collection[str], now: datetime) -> None:
    """Tell the register which lots started to live."""
    if connected:
        lots.mark_connected(session, sorted(connected), now)


def history_until(before: Any, since: datetime | None) -> datetime | None:
    """Up to where a counter's history stays told when its oldest new fact is of `since`."""
    # None is older than every slot only for a counter that has no history yet.
    ends = [end for end in (before.history_until_at, since and slot_before(since)) if end]
    return min(ends, default=None)


def _state(found: FactsOfCounter | None, now: datetime) -> dict[str, Any]:
    """The columns of a counter's state; without a standing count all of them are empty."""
    standing = stand(found.facts if found else ())
    terms = found.terms if found else {}
    # Another process's clock may be ahead of ours; what it recorded is not in the future for long.
    at = max(now, standing.newest_at or now)
    folded: Folded | None = fold_standing(standing, at, terms)
    if folded is None:
        return {**dict.fromkeys(SHOWN), "base_at": None, "drift": 0, "marks": [], "refold_at": None}
    told = {name: getattr(folded, name) for name in ("base_at", *SHOWN) if name != "marks"}
    marks = [Mark.HAND_SET.value] if folded.hand_set else []
    return {**told, "marks": marks, "refold_at": hand_over_at(standing, at, terms)}


def starts_living(before: Any, after: Mapping[str, Any], now: datetime) -> bool:
    """Whether a lot that is not connected lives by what its source or gates tell (not by hand) from now on.

    Not by what the counter was: what counts as living may change between two releases.

    `after` names `marks`, `base_at`, `as_of` and `ageing_after_s`.
    """
    as_of, ageing_after_s = after["as_of"], after["ageing_after_s"]
    if before.is_connected or as_of is None or ageing_after_s is None:
        return False
    if Mark.HAND_SET in after["marks"] and as_of <= after["base_at"]:
        return False
    return bool(now < as_of + timedelta(seconds=ageing_after_s))


def _lock(session: Session, sources: Collection[str], counters: Collection[Counter]) -> Iterable[Row[Any]]:
    return session.execute(_LOCK, _asked_locks(sources, counters))


def _asked_locks(sources: Collection[str], counters: Collection[Counter]) -> dict[str, Any]:
    return {
        **_asked(counters),
        "gates": GATES,
        "numbers": _numbers(sources),
        "sources": list(sources),
        "number": len(counters),
    }


def _by_counter(rows: Iterable[Any]) -> Locked:
    return {(row.lot_id, row.space_class): row for row in rows}


def _asked(counters: Collection[Counter]) -> dict[str, str]:
    return {"counters": rows_as_json(asked_row(counter) for counter in counters)}


def _numbers(sources: Collection[str]) -> list[int]:
    # In one order for everybody, as the counters are.
    return sorted({gate_of(source) for source in sources})


def gate_of(source: str) -> int:
    """The number of a source's gate, below 64."""
    # Sources of one number only wait for each other's voids; so few, because each is a lock that is held.
    return crc32(source.encode()) % 64
