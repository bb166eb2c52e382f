"""How is a crossing taken back? By its name, in either order, or as the last of a plate at a place."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta

from sqlalchemy import Row, or_, select, tuple_, update
from sqlalchemy.orm import Session

from parking.boundary.gates import UndoTold
from parking.lots.queries.gates import GateBook
from parking.occupancy import queries as counts
from parking.occupancy import service as occupancy
from parking.plates.rules import Plate, holds_plate, read_plate
from parking.plates.service import PlateKeys
from parking.visits.models import Passage
from parking.visits.rules.outcomes import Outcome, OutcomeKind
from parking.visits.rules.windows import derived_id, is_event_id, window_problem
from parking.visits.service.counting import actor_of
from parking.visits.service.quarantine import quarantine
from parking.visits.service.receiving import Place, Teller, class_of, kept_aside, place_of, refused

# A vehicle that backs out does so at once; what is older is another crossing, even of one plate.
_UNDONE_WITHIN = timedelta(minutes=15)
_REASON = "设备撤销"


def void(
    session: Session, teller: Teller, event_id: str, reason: str, now: datetime, *, undone: bool = False
) -> Outcome:
    """Void what the teller told or will tell under this name; audited. Raises ReasonMissing."""
    if not is_event_id(event_id):
        return Outcome(OutcomeKind.REFUSED, event_id, "bad_event_id", "event_id")
    key = (teller.source, event_id)
    again = bool(counts.voided(session, [key]))
    own = Passage.source == key[0], Passage.event_id == key[1]
    # Whoever pairs it may hold it for long; who waits for that holds no gate and no counter yet.
    session.execute(select(Passage.event_id).where(*own).with_for_update())
    occupancy.void_fact(session, actor_of(teller), *key, now, reason=reason)
    # Pairing looks at it once more.
    session.execute(
        update(Passage)
        .where(*own, Passage.voided_at.is_(None))
        .values(voided_at=now, paired_at=None, undone=undone)
    )
    return Outcome(OutcomeKind.REPEATED if again else OutcomeKind.NEW, event_id)


def undo(
    session: Session,
    teller: Teller,
    book: GateBook,
    keys: PlateKeys,
    told: UndoTold,
    received_at: datetime,
    now: datetime,
) -> Outcome:
    """Void the crossing that did not happen after all. One that cannot be found is kept aside."""
    place = place_of(teller, book, told.lot_key, told.lane_key)
    # One made of a plate is not what it is kept under.
    event_id = told.event_id if told.event_id and not holds_plate(told.event_id) else ""
    if not event_id and (late := window_problem(told.at, received_at)):
        return _aside(session, teller, told, late, place, now)
    if not event_id and place is None:
        kept = refused(teller, "", "unknown_lot", "lot", at=told.at, place=None)
        quarantine(session, [kept.refusal] if kept.refusal else [], now)
        return kept.outcome
    if event_id:
        return void(session, teller, event_id, _REASON, now, undone=True)
    own_id, last = "", None
    if place is not None and (plate := read_plate(told.plate)).exists:
        lane_id = place.lane.id if place.lane else None
        hashed = keys.hash(plate, told.at)
        own_id = derived_id(told.at, hashed.value, "undo", place.lot_id, lane_id)
        if counts.voided(session, [(teller.source, own_id)]):
            # Sent again until it is answered; what came since did happen.
            return Outcome(OutcomeKind.REPEATED, own_id)
        last = _last_of(session, teller, place, keys, plate, told.at)
    if last is None:
        return _aside(session, teller, told, "nothing_to_undo", place, now)
    if last.undone:
        # So did the crossing before that one.
        return Outcome(OutcomeKind.REPEATED, last.event_id)
    outcome = void(session, teller, last.event_id, _REASON, now, undone=True)
    # By this the same undo is known again.
    occupancy.note_void(session, teller.source, own_id, now, reason=_REASON)
    return outcome


def locks_of_undo(session: Session, teller: Teller, book: GateBook, told: UndoTold) -> frozenset[Hashable]:
    """What is locked to undo it, as `occupancy.held_now` takes it."""
    if told.event_id:
        return occupancy.locks_of_void(session, teller.source, told.event_id)
    place = place_of(teller, book, told.lot_key, told.lane_key)
    counters = [(place.lot_id, class_of(teller, place.lane))] if place is not None else []
    return occupancy.locks_of_counts(teller.source, counters)


def _aside(
    session: Session, teller: Teller, told: UndoTold, reason: str, place: Place | None, now: datetime
) -> Outcome:
    kept = kept_aside(teller, told.event_id or "", reason, None, at=told.at, place=place)
    quarantine(session, [kept.refusal] if kept.refusal else [], now)
    return kept.outcome


def _last_of(
    session: Session, teller: Teller, place: Place, keys: PlateKeys, plate: Plate, at: datetime
) -> Row[str, bool] | None:
    """The newest crossing of this plate until then, told here by this teller: its event id, whether undone.

    Both are told by one clock, so a crossing after the undo is another one.
    """
    since = at - _UNDONE_WITHIN
    hashes = [(h.month, h.value) for h in keys.hashes_since(plate, since, at)]
    found = select(Passage.event_id, Passage.undone).where(
        Passage.lot_id == place.lot_id,
        tuple_(Passage.plate_month, Passage.plate_hash).in_(hashes),
        Passage.source == teller.source,
        Passage.at >= since,
        Passage.at <= at,
        or_(Passage.voided_at.is_(None), Passage.undone),
    )
    if place.lane is not None:
        found = found.where(Passage.lane_id == place.lane.id)
    return session.execute(found.order_by(Passage.at.desc(), Passage.event_id.desc()).limit(1)).one_or_none()
