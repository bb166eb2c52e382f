"""Which visits are doubtful, by lot, day and kind; and what was refused at the door, by reason?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, cast, func, or_, select
from sqlalchemy.orm import Session

from parking.kernel.days import midnight
from parking.plates.rules import id_without_plates
from parking.visits.models import PairingFailure, Passage, Quarantined, Visit
from parking.visits.queries.visits import VisitView
from parking.visits.rules.pairing import VisitState


@dataclass(frozen=True, slots=True)
class DoubtfulNumber:
    """How many visits of a kind were first seen at a lot on a city day; `doubt` None: nothing is doubtful."""

    lot_id: str
    on: date
    doubt: str | None
    visits: int


@dataclass(frozen=True, slots=True)
class RefusedNumber:
    """What was refused for one reason: different things, how often all of them were told, when last."""

    reason: str
    things: int
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class RefusedView:
    """One thing that was refused, without plate and secret."""

    origin: str
    reason: str
    field: str | None
    dialect: str | None
    serial: str | None
    network: str | None
    device_id: str | None
    lot_id: str | None
    event_id: str | None
    at: datetime | None
    direction: str | None
    fee_fen: int | None
    first_at: datetime
    last_at: datetime
    times: int


_VISIT = [getattr(Visit, part.name) for part in fields(VisitView)]
_REFUSED = [getattr(Quarantined, part.name) for part in fields(RefusedView)]


def doubtful_numbers(
    session: Session, lot_ids: Collection[str], from_on: date, until_on: date, zone: ZoneInfo
) -> list[DoubtfulNumber]:
    """The visits that were first seen on the city days [from_on, until_on), by lot, day and kind."""
    start_at, end_at = midnight(from_on, zone), midnight(until_on, zone)
    on = cast(func.timezone(zone.key, Visit.seen_at), Date)
    asked = (
        select(Visit.lot_id, on, Visit.doubt, func.count())
        .where(Visit.lot_id.in_(list(lot_ids)), Visit.state != VisitState.VOIDED)
        .where(Visit.seen_at >= start_at, Visit.seen_at < end_at)
        .group_by(Visit.lot_id, on, Visit.doubt)
        .order_by(Visit.lot_id, on, Visit.doubt)
    )
    return [DoubtfulNumber(*row) for row in session.execute(asked)]


def doubtful_visits(
    session: Session,
    lot_id: str,
    from_on: date,
    until_on: date,
    zone: ZoneInfo,
    *,
    doubt: str | None = None,
    limit: int = 500,
) -> list[VisitView]:
    """A lot's doubtful visits that were first seen on the city days [from_on, until_on), newest first."""
    start_at, end_at = midnight(from_on, zone), midnight(until_on, zone)
    kind = Visit.doubt.is_not(None) if doubt is None else Visit.doubt == doubt
    asked = (
        select(*_VISIT)
        .where(Visit.lot_id == lot_id, Visit.state != VisitState.VOIDED, kind)
        .where(Visit.seen_at >= start_at, Visit.seen_at < end_at)
        .order_by(Visit.seen_at.desc(), Visit.id)
        .limit(limit)
    )
    return [VisitView(*row) for row in session.execute(asked)]


def late_numbers(
    session: Session, lot_id: str, from_on: date, until_on: date, zone: ZoneInfo
) -> dict[date, int]:
    """How many passages of a lot's city days [from_on, until_on) were told late; no day without one."""
    start_at, end_at = midnight(from_on, zone), midnight(until_on, zone)
    on = cast(func.timezone(zone.key, Passage.at), Date)
    asked = (
        select(on, func.count())
        .where(Passage.lot_id == lot_id, Passage.late, Passage.voided_at.is_(None))
        .where(Passage.at >= start_at, Passage.at < end_at)
        .group_by(on)
    )
    return {day: int(number) for day, number in session.execute(asked)}


def refused_numbers(session: Session, lot_ids: Collection[str]) -> list[RefusedNumber]:
    """What lies in quarantine, by reason: of these lots, and of whoever belongs to none."""
    asked = (
        select(Quarantined.reason, func.count(), func.sum(Quarantined.times), func.max(Quarantined.last_at))
        .where(_in_reach(lot_ids))
        .group_by(Quarantined.reason)
        .order_by(func.max(Quarantined.last_at).desc())
    )
    return [RefusedNumber(*row) for row in session.execute(asked)]


def refused(session: Session, lot_ids: Collection[str], reason: str | None, limit: int) -> list[RefusedView]:
    """What lies in quarantine, what was told last first; for one reason, where it is given."""
    asked = select(*_REFUSED).where(_in_reach(lot_ids))
    if reason is not None:
        asked = asked.where(Quarantined.reason == reason)
    found = session.execute(asked.order_by(Quarantined.last_at.desc(), Quarantined.id).limit(limit))
    return [_shown(RefusedView(*row)) for row in found]


def _shown(view: RefusedView) -> RefusedView:
    """Without the plates of ids that were kept before such ids were refused."""
    event_id = view.event_id and id_without_plates(view.event_id)
    return replace(view, event_id=event_id, serial=view.serial and id_without_plates(view.serial))


def unpaired(session: Session, lot_ids: Collection[str]) -> int:
    """How many passages of these lots are set aside because pairing them failed."""
    asked = select(func.count()).select_from(PairingFailure)
    return session.scalars(asked.where(PairingFailure.lot_id.in_(list(lot_ids)))).one()


def _in_reach(lot_ids: Collection[str]) -> ColumnElement[bool]:
    return or_(Quarantined.lot_id.is_(None), Quarantined.lot_id.in_(list(lot_ids)))
