"""How is a vehicle let into a lot for a time, and the right taken back?

A change draws the lot's next number in its own transaction, so that whoever follows the numbers misses none.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.kernel.actors import Actor
from parking.kernel.db.numbering import draw
from parking.plates.rules import masked, without_plates
from parking.plates.service import PlateKeys
from parking.sharing.errors.passes import PassesTooFast, PassesTooMany, PassRefused, PassUnknown
from parking.sharing.models.passes import Pass, PassSeries
from parking.sharing.queries import passes as queries
from parking.sharing.queries.passes import PassView
from parking.sharing.rules.passes import HOURLY_AT_MOST, STANDING_AT_MOST, PassAsked, pass_problems

_SUBJECT = "pass"
# What a booking lets in is bounded by its window's quota, and is no pass that somebody granted by hand.
BOOKED = "错时共享预约"


@dataclass(frozen=True, slots=True)
class LetIn:
    """A vehicle as a pass keeps it; the readable plate sealed."""

    plate_month: date
    plate_hash: bytes
    plate_sealed: bytes = field(repr=False)
    plate_masked: str


def grant_pass(session: Session, actor: Actor, keys: PlateKeys, asked: PassAsked, now: datetime) -> PassView:
    """Let a vehicle enter a lot in a span of at most 31 days. The caller answers for the lot being its own.

    The plate is hashed, sealed and masked here, and readable to the lot's own gate only. Raises PassRefused
    with the fields, PassesTooMany, PassesTooFast.
    """
    problems = tuple(pass_problems(asked, now))
    if problems:
        raise PassRefused(problems=problems)
    seq = draw(session, PassSeries, lot_id=asked.lot_id)
    _check_bounds(session, asked.lot_id, now)
    plate = asked.read
    known = keys.hash(plate, now)
    row = Pass(
        lot_id=asked.lot_id,
        seq=seq,
        plate_month=known.month,
        plate_hash=known.value,
        plate_sealed=keys.seal(plate.text),
        plate_masked=masked(plate.text),
        from_at=asked.from_at,
        until_at=asked.until_at,
        reason=without_plates(asked.reason.strip()),
        granted_at=now,
        granted_by=str(actor),
    )
    session.add(row)
    session.flush()
    details = {"lot": row.lot_id, "from_at": row.from_at.isoformat(), "until_at": row.until_at.isoformat()}
    audit.record(session, actor, "pass:granted", _SUBJECT, row.id, details, now)
    return queries.view(row)


def withdraw_pass(
    session: Session, actor: Actor, lot_ids: Collection[str], pass_id: str, now: datetime
) -> PassView:
    """Take a pass back, at one of the caller's own lots; a second time is no second change.

    The row stays as a tombstone for those who follow the numbers. Raises PassUnknown.
    """
    row = session.get(Pass, pass_id)
    if row is None or row.lot_id not in lot_ids:
        raise PassUnknown
    # The lot's number first, as whoever moves its bookings locks them.
    session.get(PassSeries, row.lot_id, with_for_update=True)
    session.refresh(row, with_for_update=True)
    if row.withdrawn_at is None:
        row.seq = draw(session, PassSeries, lot_id=row.lot_id)
        row.withdrawn_at, row.withdrawn_by = now, str(actor)
        row.plate_sealed = None
        session.flush()
        audit.record(session, actor, "pass:withdrawn", _SUBJECT, row.id, {"lot": row.lot_id}, now)
    return queries.view(row)


def issue_pass(
    session: Session,
    actor: Actor,
    lot_id: str,
    vehicle: LetIn,
    from_at: datetime,
    until_at: datetime,
    now: datetime,
) -> str:
    """The pass of a booking, in [from_at, until_at); its id. The booking is what is recorded of it."""
    row = Pass(
        lot_id=lot_id,
        seq=draw(session, PassSeries, lot_id=lot_id),
        plate_month=vehicle.plate_month,
        plate_hash=vehicle.plate_hash,
        plate_sealed=vehicle.plate_sealed,
        plate_masked=vehicle.plate_masked,
        from_at=from_at,
        until_at=until_at,
        reason=BOOKED,
        granted_at=now,
        granted_by=str(actor),
    )
    session.add(row)
    session.flush()
    return row.id


def end_pass(session: Session, actor: Actor, pass_id: str, now: datetime) -> None:
    """Take a booking's pass back; one that is over or withdrawn stays as it is."""
    row = session.get_one(Pass, pass_id, with_for_update=True, populate_existing=True)
    if row.withdrawn_at is None and row.until_at > now:
        row.seq = draw(session, PassSeries, lot_id=row.lot_id)
        row.withdrawn_at, row.withdrawn_by = now, str(actor)
    row.plate_sealed = None
    session.flush()


def forget_ended(session: Session, now: datetime) -> int:
    """Drop the readable plates of passes that are over; how many."""
    ended = update(Pass).where(Pass.until_at <= now, Pass.plate_sealed.is_not(None))
    return len(session.scalars(ended.values(plate_sealed=None).returning(Pass.id)).all())


def _check_bounds(session: Session, lot_id: str, now: datetime) -> None:
    """The lot's number is drawn, so nobody else grants here meanwhile."""
    own = select(func.count()).select_from(Pass).where(Pass.lot_id == lot_id, Pass.reason != BOOKED)
    standing = own.where(Pass.withdrawn_at.is_(None), Pass.until_at > now)
    if session.scalars(standing).one() >= STANDING_AT_MOST:
        raise PassesTooMany(most=STANDING_AT_MOST)
    lately = own.where(Pass.granted_at > now - timedelta(hours=1))
    if session.scalars(lately).one() >= HOURLY_AT_MOST:
        raise PassesTooFast(most=HOURLY_AT_MOST)
