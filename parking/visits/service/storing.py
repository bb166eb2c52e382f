"""How do received passages become rows? One transaction for many calls, a few statements for all of them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from parking.kernel.db.driver import alone, driver_sql, together
from parking.kernel.db.rows import rows_as_json
from parking.occupancy import queries as counts
from parking.occupancy import service as occupancy
from parking.visits.service.quarantine import Refusal, quarantine
from parking.visits.service.receiving import Crossing, Key, Received

# A failed try costs more than it may save where some of many were told before.
_MOST_AT_ONCE = 64
# Bytes travel as hexadecimal text.
_STORED = """
    with told as materialized (
        select * from json_to_recordset(cast(:rows as json)) as p(
            source text, event_id text, lot_id text, lane_id text, device_id text, at timestamptz,
            received_at timestamptz, direction text, counts boolean, space_class text, plate_month date,
            plate_hash text, plate_sealed text, plate_masked text, plate_kind text, colour text, stay text,
            stay_id text, resent boolean, late boolean
        )
    ), stored as (
        insert into passages (
            source, event_id, lot_id, lane_id, device_id, at, received_at, direction, counts, plate_month,
            plate_hash, plate_sealed, plate_masked, plate_kind, colour, stay, stay_id, resent, late, undone
        )
        select source, event_id, lot_id, lane_id, device_id, at, received_at, direction, counts, plate_month,
            decode(plate_hash, 'hex'), decode(plate_sealed, 'hex'), plate_masked, plate_kind, colour, stay,
            stay_id, resent, late, false
        from told
        order by source, event_id
        on conflict (source, event_id) do nothing
        returning source, event_id
    )
"""
_MOVING = """select source, event_id, lot_id, space_class, least(at, received_at) as at,
            case direction when 'entry' then 1 else -1 end as direction
        from told join stored using (source, event_id)"""
# The facts that move the counts are laid in the same statement.
_STORE = driver_sql(
    text(f"""
    {_STORED}, moving as materialized (
        {_MOVING}
        where counts
    ), {occupancy.LAY_FACTS}
    select stored.source, stored.event_id, facts.source is not null as is_laid,
        coalesce(facts.voided, false) as is_voided
    from stored left join facts using (source, event_id)
""")  # noqa: S608 - only the part that lays facts
)
_STORE_PLAINLY = driver_sql(
    text(f"""
    {_STORED}, moving as materialized (
        {_MOVING}
    ), {occupancy.FOLLOW_PLAINLY}
""")
)
_STANDING = text("""
    select p.source, p.event_id, p.lot_id, p.direction, p.at, p.counts and p.voided_at is null as counted
    from passages p join json_to_recordset(cast(:keys as json)) as k(source text, event_id text)
        using (source, event_id)
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

    @property
    def locks(self) -> frozenset[Hashable]:
        """What is locked for it, as `occupancy.held_now` takes it, and whose refusals it brings."""
        moving = occupancy.locks_of(one.moves for one in self.passages if one.moves is not None)
        return moving | {refusal.origin for refusal in self.refusals}


@dataclass(frozen=True, slots=True)
class Stored:
    """Of the passages of a delivery: which are new, and which move a count (now or before).

    `crossings`: of what may have been told before, the crossing that stands under its key.
    """

    new: frozenset[Key]
    counted: frozenset[Key]
    crossings: Mapping[Key, Crossing] = field(default_factory=dict)


def store(session: Session, deliveries: Sequence[Delivery], now: datetime) -> list[Stored]:
    """Store the deliveries of several calls; of one key the first telling stands.

    They may be committed beside the session's transaction, already before it ends.
    """
    first: dict[Key, Received] = {}
    # Of two calls that bring the same, the second repeats the first.
    bringer: dict[Key, int] = {}
    for number, delivery in enumerate(deliveries):
        for passage in delivery.passages:
            if first.setdefault(passage.key, passage) is passage:
                bringer[passage.key] = number
    crossings: dict[Key, Crossing] = {}
    if len(first) < sum(len(delivery.passages) for delivery in deliveries):
        crossings = {key: passage.crossing for key, passage in first.items()}
    refusals = [refusal for delivery in deliveries for refusal in delivery.refusals]
    if not refusals and _stored_plainly(session, first, now):
        new = counted = frozenset(first)
    else:
        new, counted = _store(session, first, crossings, now) if first else (frozenset(), frozenset())
    if refusals:
        quarantine(session, refusals, now)
    return [
        Stored(frozenset(key for key in new if bringer[key] == number), counted, crossings)
        for number in range(len(deliveries))
    ]


def _stored_plainly(session: Session, told: dict[Key, Received], now: datetime) -> bool:
    """Whether these passages are stored and committed: only where all of them are new and plain."""
    moving = [passage.moves for passage in told.values() if passage.moves is not None]
    if not len(moving) == len(told) <= _MOST_AT_ONCE or not moving:
        return False
    values = {"rows": rows_as_json(passage.row for passage in told.values()), "now": now}
    try:
        with alone(session) as own:
            occupancy.ask_gates(own, moving)
            own.ask(_STORE_PLAINLY, values | occupancy.plain_values(moving))
    except DBAPIError as problem:
        if getattr(problem.orig, "sqlstate", None) != occupancy.NOT_PLAIN:
            raise
        return False
    return True


def _store(
    session: Session, told: dict[Key, Received], crossings: dict[Key, Crossing], now: datetime
) -> tuple[frozenset[Key], frozenset[Key]]:
    # Passages first, in the order of their keys: the counters, for which others wait, are locked for the
    # shorter half, and whoever has a counter waits for nobody's passage any more.
    moving = [passage.moves for passage in told.values() if passage.moves is not None]
    with together(session) as own:
        occupancy.ask_gates(own, moving)
        rows = rows_as_json(passage.row for passage in told.values())
        asked = own.ask(_STORE, {"rows": rows, "now": now})
        locks = occupancy.ask_for_locks(own, moving)
    stored = asked.rows
    new = frozenset((row.source, row.event_id) for row in stored)
    locked = locks.locked(session, now) if locks else {}
    laid = [moves for row in stored if row.is_laid and (moves := told[row.source, row.event_id].moves)]
    fresh = [moves for key in new if (moves := told[key].moves) is not None]
    if laid or not fresh:
        hit = {(row.source, row.event_id) for row in stored if row.is_voided}
        passed = occupancy.follow(session, locked, laid, hit, now)
    else:
        # A counter was missing, which is made by now.
        passed = occupancy.pass_through(session, locked, fresh, now)
    evidence = [key for key in new if told[key].moves is None]
    voided = passed.voided | counts.voided(session, evidence)
    if voided:
        session.execute(_VOID, {"keys": _keys(voided), "now": now})
    counted = passed.new - voided
    repeated = told.keys() - new
    if repeated:
        for row in session.execute(_STANDING, {"keys": _keys(repeated)}):
            crossings[row.source, row.event_id] = Crossing(row.lot_id, row.direction, row.at)
            counted |= {(row.source, row.event_id)} if row.counted else set()
    return new, counted


def _keys(keys: Sequence[Key] | frozenset[Key] | set[Key]) -> str:
    return rows_as_json({"source": source, "event_id": event_id} for source, event_id in keys)
