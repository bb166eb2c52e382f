"""How does an absolute count that a gate tells reach the counters?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from parking.boundary.gates import CountTold
from parking.kernel.actors import Actor
from parking.lots.queries.gates import ClientFacts, DeviceFacts, GateBook
from parking.lots.rules.gates import DeviceRole
from parking.occupancy import service as occupancy
from parking.occupancy.rules import CountInput, count_problem
from parking.visits.rules.outcomes import Outcome, OutcomeKind
from parking.visits.rules.windows import window_problem
from parking.visits.service.quarantine import quarantine
from parking.visits.service.receiving import Refused, Teller, class_of, kept_aside, place_of, refused


def record_told(
    session: Session,
    teller: Teller,
    book: GateBook,
    told: Sequence[CountTold],
    received_at: datetime,
    now: datetime,
) -> tuple[Outcome, ...]:
    """Record counts; one outcome for each, in order. What is out of time or no count is kept aside."""
    judged = [_judged(teller, book, count, received_at, now) for count in told]
    good = [count for count in judged if isinstance(count, CountInput)]
    recorded = occupancy.record_counts(session, actor_of(teller), teller.source, good, now)
    refusals = [one.refusal for one in judged if isinstance(one, Refused) and one.refusal]
    if refusals:
        quarantine(session, refusals, now)
    fresh = set(recorded.new_keys)
    outcomes = []
    for one in judged:
        if isinstance(one, Refused):
            outcomes.append(one.outcome)
            continue
        kind = OutcomeKind.NEW if one.key in fresh else OutcomeKind.REPEATED
        fresh.discard(one.key)
        outcomes.append(Outcome(kind, one.key, counted=True))
    return tuple(outcomes)


def actor_of(teller: Teller) -> Actor:
    """Who is named in the audit."""
    return Actor("client" if isinstance(teller, ClientFacts) else "device", teller.name)


def _judged(
    teller: Teller, book: GateBook, told: CountTold, received_at: datetime, now: datetime
) -> CountInput | Refused:
    place = place_of(teller, book, told.lot_key, None)
    name = told.event_id or ""
    if late := window_problem(told.at, received_at):
        return kept_aside(teller, name, late, "at", at=told.at, place=place)
    if place is None:
        return refused(teller, name, "unknown_lot", "lot", at=told.at, place=None)
    if isinstance(teller, DeviceFacts) and teller.role is not DeviceRole.COUNTING:
        return Refused(Outcome(OutcomeKind.REFUSED, name, "evidence_only"))
    count = CountInput(
        place.lot_id,
        told.space_class or class_of(teller, place.lane),
        min(told.at, received_at),
        free=told.free,
        occupied=told.occupied,
        capacity=told.capacity,
        event_id=told.event_id,
    )
    if problem := count_problem(count, now):
        return refused(teller, count.key[:200], problem.kind.value, problem.field, at=told.at, place=place)
    return count
