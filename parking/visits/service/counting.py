"""How does an absolute count that a gate tells reach the counters?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from parking.boundary.gates import CountTold
from parking.kernel.actors import Actor
from parking.lots.queries.gates import ClientFacts, DeviceFacts, GateBook
from parking.lots.rules.gates import DeviceRole
from parking.occupancy import queries as counts
from parking.occupancy import service as occupancy
from parking.occupancy.queries import CountKept
from parking.occupancy.rules import CountInput, count_problem
from parking.plates.rules import holds_plate
from parking.visits.rules.outcomes import Outcome, OutcomeKind
from parking.visits.rules.windows import is_event_id, window_problem
from parking.visits.service.quarantine import quarantine
from parking.visits.service.receiving import (
    Place,
    Refused,
    Teller,
    class_of,
    kept_aside,
    place_of,
    refused,
)


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
    kept = counts.counts_told(session, teller.source, [count.key for count in good])
    fresh = set(recorded.new_keys)
    outcomes, refusals = [], []
    for one in judged:
        found = (
            one if isinstance(one, Refused) else _found_out(one, one.key in fresh, teller, kept.get(one.key))
        )
        if isinstance(one, CountInput):
            # Told twice in one call, the second repeats the first.
            fresh.discard(one.key)
        if isinstance(found, Refused):
            refusals += [found.refusal] if found.refusal else []
            found = found.outcome
        outcomes.append(found)
    quarantine(session, refusals, now)
    return tuple(outcomes)


def judge_told(
    teller: Teller, book: GateBook, told: Sequence[CountTold], received_at: datetime, now: datetime
) -> tuple[Outcome, ...]:
    """What would become of counts that nobody told before; nothing is stored."""
    judged = [_judged(teller, book, count, received_at, now) for count in told]
    return tuple(
        one.outcome if isinstance(one, Refused) else Outcome(OutcomeKind.NEW, one.key) for one in judged
    )


def locks_of_told(teller: Teller, book: GateBook, told: Sequence[CountTold]) -> frozenset[Hashable]:
    """What is locked to record these counts, as `occupancy.held_now` takes it."""
    placed = [(place_of(teller, book, count.lot_key, None), count.space_class) for count in told]
    counters = [
        (place.lot_id, space_class or class_of(teller, place.lane)) for place, space_class in placed if place
    ]
    return occupancy.locks_of_counts(teller.source, counters)


def actor_of(teller: Teller) -> Actor:
    """Who is named in the audit."""
    return Actor("client" if isinstance(teller, ClientFacts) else "device", teller.name)


def _found_out(count: CountInput, is_new: bool, teller: Teller, kept: CountKept | None) -> Outcome | Refused:
    """What became of a count that may be recorded; a client's is refused where another stands under its id.

    A device's comes with a crossing and has its id: told again, the crossing is, and the number is of now.
    """
    if kept is not None and isinstance(teller, ClientFacts) and not kept.told.may_be(count):
        place = Place(count.lot_id)
        return refused(teller, count.key, "event_id_reused", "event_id", at=count.as_of, place=place)
    kind = OutcomeKind.NEW if is_new else OutcomeKind.REPEATED
    return Outcome(kind, count.key, counted=kept is None or not kept.is_voided)


def _judged(
    teller: Teller, book: GateBook, told: CountTold, received_at: datetime, now: datetime
) -> CountInput | Refused:
    place = place_of(teller, book, told.lot_key, None)
    name = told.event_id or ""
    if isinstance(teller, DeviceFacts) and holds_plate(name):
        # It cannot mend it; the count names itself by what it says.
        name = ""
    if late := window_problem(told.at, received_at):
        return kept_aside(teller, name, late, "at", at=told.at, place=place)
    if place is None:
        return refused(teller, name, "unknown_lot", "lot", at=told.at, place=None)
    if isinstance(teller, DeviceFacts) and teller.role is not DeviceRole.COUNTING:
        return Refused(Outcome(OutcomeKind.REFUSED, name, "evidence_only"))
    if name and not is_event_id(name):
        return refused(teller, name, "bad_event_id", "event_id", at=told.at, place=place)
    count = CountInput(
        place.lot_id,
        told.space_class or class_of(teller, place.lane),
        min(told.at, received_at),
        free=told.free,
        occupied=told.occupied,
        capacity=told.capacity,
        event_id=name or None,
    )
    if problem := count_problem(count, now):
        return refused(teller, count.key[:200], problem.kind.value, problem.field, at=told.at, place=place)
    return count
