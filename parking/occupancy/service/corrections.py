"""How does a person set a count, and how is a fact taken back?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.city import queries as city
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.ids import new_id
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from parking.lots.errors import LotNotFound
from parking.occupancy.errors import CountRefused, ReasonMissing
from parking.occupancy.models import CountFact, CountingSource, PassageFact, VoidedFact
from parking.occupancy.rules import MOST_SPACES, Counter, CountInput
from parking.occupancy.service.counters import Locked, close_gate, lock_counters, lock_lots, refold
from parking.occupancy.service.recording import write_counts

HAND = "hand"
# A person's count is believed before any device's while it is fresh: it was set because they were wrong.
HAND_RANK = -1
HAND_AGEING_AFTER_S = 1_800
HAND_UNKNOWN_AFTER_S = 7_200


def set_count_by_hand(
    session: Session,
    actor: Actor,
    lot_id: str,
    space_class: SpaceClass,
    now: datetime,
    *,
    reason: str,
    free: int | None = None,
    occupied: int | None = None,
) -> None:
    """Set the free or the occupied spaces of a class as a person sees them now; audited, marked hand_set.

    It starts a counter that only passages move. It is fresh for 30 min and unknown after 2 h without a
    passage, or as the city's limits `hand_ageing_after_s` and `hand_unknown_after_s` say. Raises
    ReasonMissing, CountRefused (neither or both told, or outside 0..capacity), LotNotFound.
    """
    reason = _said(reason)
    close_gate(session, HAND)
    counter: Counter = (lot_id, space_class.value)
    locked = lock_counters(session, [HAND], [counter], now)
    if counter not in locked:
        raise LotNotFound
    on = city.today(session, now)
    _check(free, occupied, lots.capacity_at(session, on, [lot_id]).get((lot_id, space_class), 0))
    _keep_terms(session, lot_id, city.facts(session, on))
    event_id = new_id()
    told = CountInput(lot_id, space_class, now, free=free, occupied=occupied, event_id=event_id)
    write_counts(session, HAND, {event_id: told}, now, hand_set=True)
    refold(session, locked, {counter: now}, now)
    before = locked[counter]
    details = {
        "space_class": space_class.value,
        "before": {"basis": before.basis, "value": before.value, "source": before.source},
        "after": {"free": free, "occupied": occupied, "event_id": event_id},
    }
    audit.record(session, actor, "count:set_by_hand", "lot", lot_id, details, now, reason)


def _keep_terms(session: Session, lot_id: str, limits: Mapping[str, Any]) -> None:
    """Let a hand count at this lot be fresh for as long as the city says."""
    terms = {
        "rank": HAND_RANK,
        "ageing_after_s": int(limits.get("limits.hand_ageing_after_s") or HAND_AGEING_AFTER_S),
        "unknown_after_s": int(limits.get("limits.hand_unknown_after_s") or HAND_UNKNOWN_AFTER_S),
    }
    session.execute(
        insert(CountingSource)
        .values(source=HAND, lot_id=lot_id, **terms)
        .on_conflict_do_update(index_elements=[CountingSource.source, CountingSource.lot_id], set_=terms)
    )


def void_fact(
    session: Session, actor: Actor, source: str, event_id: str, now: datetime, *, reason: str
) -> bool:
    """Make a count or passage as if it never was, also when it has not come yet; audited.

    A correction is this and a new fact under another event id. Returns whether the fact was known. Raises
    ReasonMissing. Voiding twice is voiding once.
    """
    reason = _said(reason)
    # Else a fact on its way and its void would not see each other.
    close_gate(session, source)
    known = places_of(session, source, event_id)
    locked: Locked = lock_lots(session, {lot_id for (lot_id, _) in known})
    if not note_void(session, source, event_id, now, reason=reason):
        return bool(known)
    refold(session, locked, known, now)
    details = {"event_id": event_id, "lots": sorted({lot_id for lot_id, _ in known})}
    audit.record(session, actor, "count:voided", "counting_source", source, details, now, reason)
    return bool(known)


def note_void(session: Session, source: str, event_id: str, now: datetime, *, reason: str) -> bool:
    """Note that nothing ever counts under this name; returns whether that is new.

    Whoever calls sees to what moved under it until now.
    """
    added = session.scalar(
        insert(VoidedFact)
        .values(source=source, event_id=event_id, voided_at=now, reason=reason)
        .on_conflict_do_nothing()
        .returning(VoidedFact.event_id)
    )
    return added is not None


def places_of(session: Session, source: str, event_id: str) -> dict[Counter, datetime | None]:
    """The counters (a count's, a passage's) that the fact moves, and when."""
    named = {"source": source, "event_id": event_id}
    counts = select(CountFact.lot_id, CountFact.space_class, CountFact.as_of).filter_by(**named)
    passages = select(PassageFact.lot_id, PassageFact.space_class, PassageFact.at).filter_by(**named)
    places: dict[Counter, datetime | None] = {}
    for lot_id, space_class, at in [*session.execute(counts), *session.execute(passages)]:
        known = places.get((lot_id, space_class))
        places[lot_id, space_class] = min(known, at) if known else at
    return places


def _said(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing(problems=[FieldProblem("reason", "missing", ReasonMissing.text)])
    return reason.strip()


def _check(free: int | None, occupied: int | None, capacity: int) -> None:
    if (free is None) == (occupied is None):
        text = N_("请给出空余车位数或占用车位数其中之一")
        raise CountRefused(problems=[FieldProblem("free", "one_of_two", text)])
    most = capacity or MOST_SPACES
    for field, number in (("free", free), ("occupied", occupied)):
        if number is not None and not 0 <= number <= most:
            text = N_("应在 0 与 %(capacity)s 之间")
            raise CountRefused(problems=[FieldProblem(field, "out_of_range", text, {"capacity": most})])
