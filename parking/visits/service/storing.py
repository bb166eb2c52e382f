"""How do received passages become rows? One transaction for many calls, a few statements for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.kernel.db.driver import driver_sql, together
from parking.occupancy import queries as counts
from parking.occupancy import service as occupancy
from parking.occupancy.queries import rows_as_json
from parking.visits.service.quarantine import Refusal, quarantine
from parking.visits.service.receiving import Key, Received

# Bytes travel as hexadecimal text.
_STORE = driver_sql(
    text("""
    insert into passages (
        source, event_id, lot_id, lane_id, device_id, at, received_at, direction, counts, plate_month,
        plate_hash, plate_sealed, plate_masked, plate_kind, colour, stay, stay_id, resent, late, undone
    )
    select source, event_id, lot_id, lane_id, device_id, at, received_at, direction, counts, plate_month,
        decode(plate_hash, 'hex'), decode(plate_sealed, 'hex'), plate_masked, plate_kind, colour, stay,
        stay_id, resent, late, false
    from json_to_recordset(cast(:rows as json)) as p(
        source text, event_id text, lot_id text, lane_id text, device_id text, at timestamptz,
        received_at timestamptz, direction text, counts boolean, plate_month date, plate_hash text,
        plate_sealed text, plate_masked text, plate_kind text, colour text, stay text, stay_id text,
        resent boolean, late boolean
    )
    order by source, event_id
    on conflict (source, event_id) do nothing
    returning source, event_id
""")
)
_COUNTED = text("""
    select p.source, p.event_id from passages p join json_to_recordset(cast(:keys as json)) as k(
        source text, event_id text
    ) using (source, event_id)
    where p.counts and p.voided_at is null
""")
_VOID = text("""
    update passages p set voided_at = :now from json_to_recordset(cast(:keys as json)) as k(
        source text, event_id text
    )
    where p.source = k.source and p.event_id = k.event_id
""")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one call brought that is to be stored."""

    passages: Sequence[Received]
    refusals: Sequence[Refusal]

    @property
    def weight(self) -> int:
        return len(self.passages) + len(self.refusals)


@dataclass(frozen=True, slots=True)
class Stored:
    """Of the passages of a delivery: which are new, and which move a count (now or before)."""

    new: frozenset[Key]
    counted: frozenset[Key]


def store(session: Session, deliveries: Sequence[Delivery], now: datetime) -> list[Stored]:
    """Store the deliveries of several calls; of one key the first telling stands."""
    first: dict[Key, Received] = {}
    # Of two calls that bring the same, the second repeats the first.
    bringer: dict[Key, int] = {}
    for number, delivery in enumerate(deliveries):
        for passage in delivery.passages:
            if first.setdefault(passage.key, passage) is passage:
                bringer[passage.key] = number
    new, counted = _store(session, first, now) if first else (frozenset(), frozenset())
    refusals = [refusal for delivery in deliveries for refusal in delivery.refusals]
    if refusals:
        quarantine(session, refusals, now)
    return [
        Stored(frozenset(key for key in new if bringer[key] == number), counted)
        for number in range(len(deliveries))
    ]


def _store(
    session: Session, told: dict[Key, Received], now: datetime
) -> tuple[frozenset[Key], frozenset[Key]]:
    # Passages first, in the order of their keys: the counters, for which others wait, are locked for the
    # shorter half, and whoever has a counter waits for nobody's passage any more.
    with together(session) as own:
        stored = own.ask(_STORE, {"rows": rows_as_json(passage.row for passage in told.values())})
        moving = [passage.moves for passage in told.values() if passage.moves is not None]
        locks = occupancy.ask_for_locks(own, moving)
    new: frozenset[Key] = frozenset(stored.fetchall())
    fresh = [moves for key in new if (moves := told[key].moves) is not None]
    locked = locks.locked(session, now) if locks else {}
    passed = occupancy.pass_through(session, locked, fresh, now)
    evidence = [key for key in new if told[key].moves is None]
    voided = passed.voided | counts.voided(session, evidence)
    if voided:
        session.execute(_VOID, {"keys": _keys(voided), "now": now})
    counted = passed.new - voided
    repeated = told.keys() - new
    if repeated:
        known = session.execute(_COUNTED, {"keys": _keys(repeated)})
        counted |= {(row.source, row.event_id) for row in known}
    return new, counted


def _keys(keys: Sequence[Key] | frozenset[Key] | set[Key]) -> str:
    return rows_as_json({"source": source, "event_id": event_id} for source, event_id in keys)
