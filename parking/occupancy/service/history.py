"""How is the course of a day kept, and how long the facts it was told from?

A slot is folded from the facts as they are known now; a late or voided fact sets its counter's history back,
and the slots from there on are told anew. Quality and capacity are those of the slot's end, by the register
and the terms of the sources as they are known now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.db.rows import rows_as_json
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from parking.occupancy.queries import FactsOfCounter, asked_row, load_facts
from parking.occupancy.rules import (
    LONGEST_LIMIT_S,
    MINUTE,
    Counter,
    fold_standing,
    no_count,
    public_count,
    slot_at_or_before,
    slot_minutes,
    slots_between,
    stand,
    view_of,
)

RETENTION_DAYS = 7
# Facts of a slot's last minute may still be on their way when it ends; told too early, it is told twice.
SETTLE = timedelta(seconds=60)

_BEHIND = text("""
    select lot_id, space_class, history_until_at from counter_states
    where history_until_at < :last
    order by lot_id, space_class limit :most for update
""")
_STORE = text("""
    insert into count_history
        (lot_id, space_class, slot_at, occupied, capacity, quality, live, suspect, unknown)
    select * from json_to_recordset(cast(:slots as json)) as n(
        lot_id text, space_class text, slot_at timestamptz, occupied integer, capacity integer, quality text,
        live smallint, suspect smallint, unknown smallint
    )
    on conflict (lot_id, space_class, slot_at) do update set
        occupied = excluded.occupied, capacity = excluded.capacity, quality = excluded.quality,
        live = excluded.live, suspect = excluded.suspect, unknown = excluded.unknown
""")
_TOLD = text("""
    update counter_states s set history_until_at = :last
    from json_to_recordset(cast(:counters as json)) as told(lot_id text, space_class text)
    where s.lot_id = told.lot_id and s.space_class = told.space_class
""")
_NEWEST = """
    select n.as_of from count_facts n
    where n.lot_id = c.lot_id and n.space_class = c.space_class and n.source = s.source
        and n.as_of <= :before and not exists (
            select from voided_facts v where v.source = n.source and v.event_id = n.event_id
        )
    order by n.as_of desc limit 1
"""
# The passages first: what is newest of a counter is asked of the counts that stand.
_PRUNE_PASSAGES = text(f"""
    delete from passage_facts p using (
        select c.lot_id, c.space_class, max(newest.as_of) as as_of
        from counter_states c join counting_sources s using (lot_id) cross join lateral ({_NEWEST}) newest
        group by c.lot_id, c.space_class
    ) kept
    where p.lot_id = kept.lot_id and p.space_class = kept.space_class and p.at <= kept.as_of
""")  # noqa: S608 - only the constant above
_PRUNE_COUNTS = text(f"""
    delete from count_facts f
    using counter_states c join counting_sources s using (lot_id) cross join lateral ({_NEWEST}) newest
    where f.lot_id = c.lot_id and f.space_class = c.space_class and f.source = s.source
        and f.as_of < newest.as_of
""")  # noqa: S608


def fold_history(session: Session, now: datetime, *, most: int = 100) -> int:
    """Tell the slots that ended at least a minute ago, of at most `most` counters; returns of how many.

    Call it until it returns 0, a transaction each: its counters are locked meanwhile. After a downtime it
    catches up, at most as far back as the facts are kept.
    """
    last = slot_at_or_before(now - SETTLE)
    behind = session.execute(_BEHIND, {"last": last, "most": most}).all()
    if not behind:
        return 0
    limit = slot_at_or_before(now - _retention(session, now))
    since = {(row.lot_id, row.space_class): max(row.history_until_at, limit) for row in behind}
    loaded = load_facts(session, since, last, MINUTE)
    capacities = _Capacities(session, now, {lot_id for lot_id, _ in since})
    slots: list[dict[str, Any]] = []
    for counter, from_at in since.items():
        slots += _course(counter, loaded.get(counter), from_at, last, capacities)
    if slots:
        session.execute(_STORE, {"slots": rows_as_json(slots)})
    told = rows_as_json(asked_row(counter) for counter in since)
    session.execute(_TOLD, {"last": last, "counters": told})
    return len(behind)


def prune_facts(session: Session, now: datetime) -> int:
    """Delete the facts that no instant of the retention needs; returns how many.

    The retention is the city's limit `fact_retention_days`, else 7 days. What stays tells the same counts at
    any instant since: the newest count of each source before it, and passages after the newest of those.
    """
    before = settled_before(session, now)
    passages = session.execute(_PRUNE_PASSAGES, {"before": before})
    counts = session.execute(_PRUNE_COUNTS, {"before": before})
    return int(passages.rowcount + counts.rowcount)  # type: ignore[attr-defined]


def settled_before(session: Session, now: datetime) -> datetime:
    """Before this instant no fact comes any more, and no source is fresh at an instant of the retention."""
    # A count decides among sources for at most the longest limit.
    return now - _retention(session, now) - timedelta(seconds=LONGEST_LIMIT_S)


class _Capacities:
    """The register's capacities on the city dates that are asked for, each date read once."""

    def __init__(self, session: Session, now: datetime, lot_ids: set[str]) -> None:
        self._session = session
        self._lot_ids = lot_ids
        self._zone = city.time_zone(session, now)
        self._by_date: dict[object, Mapping[tuple[str, SpaceClass], int]] = {}

    def at(self, counter: Counter, instant: datetime) -> int:
        on = instant.astimezone(self._zone).date()
        if on not in self._by_date:
            self._by_date[on] = lots.capacity_at(self._session, on, self._lot_ids)
        return self._by_date[on].get((counter[0], SpaceClass(counter[1])), 0)


def _course(
    counter: Counter,
    found: FactsOfCounter | None,
    after: datetime,
    until: datetime,
    capacities: _Capacities,
) -> Iterator[dict[str, Any]]:
    """A row for each slot of a counter that ends in (after, until]."""
    lot_id, space_class = counter[0], SpaceClass(counter[1])
    standing = stand(found.facts if found else ())
    terms = found.terms if found else {}
    for slot_at in slots_between(after, until):
        capacity = capacities.at(counter, slot_at)
        folded = fold_standing(standing, slot_at, terms)
        told = (
            public_count(view_of(lot_id, space_class, folded), capacity, slot_at)
            if folded
            else no_count(space_class, capacity)
        )
        yield {
            "lot_id": lot_id,
            "space_class": space_class.value,
            "slot_at": slot_at,
            "occupied": told.occupied,
            "capacity": told.capacity or 0,
            "quality": told.quality.value,
            **asdict(slot_minutes(standing, terms, lot_id, space_class, capacity, slot_at)),
        }


def _retention(session: Session, now: datetime) -> timedelta:
    days = city.facts_now(session, now).get("limits.fact_retention_days") or RETENTION_DAYS
    return timedelta(days=float(days))
