"""Which visits are there, which are doubtful, and which passages did a lot tell us on a day?

No query takes a plate. Who stands at a lot's own gate hands in hashes and learns of that lot's open visit;
nothing here answers when or where a vehicle was at another lot.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from parking.kernel.days import day_span
from parking.kernel.vocabulary import Direction
from parking.plates.rules import PlateHash
from parking.sharing.queries import keys as sharing
from parking.visits.errors import VisitNotFound
from parking.visits.models import Passage, Visit
from parking.visits.rules.pairing import Doubt, VisitState


@dataclass(frozen=True, slots=True)
class VisitView:
    """A visit with its plate masked; the sealed one only while the visit is unsettled."""

    id: str
    lot_id: str
    state: str
    doubt: str | None
    stay: str
    stay_id: str | None
    seen_at: datetime
    entered_at: datetime | None
    exited_at: datetime | None
    closed_at: datetime | None
    plate_masked: str | None
    plate_kind: str
    colour: str
    entry_lane_id: str | None
    exit_lane_id: str | None
    settled_at: datetime | None
    plate_sealed: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class PassageNumbers:
    """How many passages of a lot's day we hold; `voided` are not among the other two."""

    lot_id: str
    entries: int
    exits: int
    voided: int


_COLUMNS = [getattr(Visit, part.name) for part in fields(VisitView)]


def visit(session: Session, visit_id: str, lots: Collection[str] | None = None) -> VisitView:
    """One visit; at one of these lots, where they are given. Raises VisitNotFound."""
    row = session.execute(select(*_COLUMNS).where(Visit.id == visit_id)).one_or_none()
    if row is None or (lots is not None and row.lot_id not in lots):
        raise VisitNotFound
    return VisitView(*row)


def open_visit(
    session: Session,
    lot_id: str,
    plate_hashes: Collection[PlateHash] = (),
    stay_id: str | None = None,
) -> VisitView | None:
    """The newest visit at this lot of a vehicle that has not left, by its hashes or the vendor's number.

    One that is closed only because it lasts too long has not left either.
    """
    known: list[ColumnElement[bool]] = []
    if plate_hashes:
        known.append(Visit.plate_hash.in_([each.value for each in plate_hashes]))
    if stay_id is not None:
        known.append(Visit.stay_id == stay_id)
    if not known:
        return None
    inside = or_(
        Visit.state == VisitState.OPEN,
        (Visit.state == VisitState.CLOSED) & (Visit.doubt == Doubt.TOO_LONG),
    )
    asked = select(*_COLUMNS).where(Visit.lot_id == lot_id, Visit.exited_at.is_(None), inside, or_(*known))
    row = session.execute(asked.order_by(Visit.entered_at.desc(), Visit.id).limit(1)).one_or_none()
    return VisitView(*row) if row else None


def visits_of_day(
    session: Session, lot_id: str, on: date, zone: ZoneInfo, *, limit: int, before: datetime | None = None
) -> list[VisitView]:
    """The visits that were first seen at a lot on a city day, newest first; `before` goes on from there."""
    start_at, end_at = day_span(on, zone)
    until_at = min(end_at, before) if before else end_at
    asked = select(*_COLUMNS).where(
        Visit.lot_id == lot_id,
        Visit.state != VisitState.VOIDED,
        Visit.seen_at >= start_at,
        Visit.seen_at < until_at,
    )
    found = session.execute(asked.order_by(Visit.seen_at.desc(), Visit.id).limit(limit))
    return [VisitView(*row) for row in found]


def passage_numbers(
    session: Session, source: str, lot_ids: Collection[str], on: date, zone: ZoneInfo
) -> tuple[PassageNumbers, ...]:
    """How many passages of a city day we hold of this source, for each of the lots, by lot."""
    start_at, end_at = day_span(on, zone)
    standing = Passage.voided_at.is_(None)

    def number(direction: Direction) -> ColumnElement[int]:
        return func.count(case((standing & (Passage.direction == direction), 1)))

    asked = (
        select(Passage.lot_id, number(Direction.ENTRY), number(Direction.EXIT), func.count(Passage.voided_at))
        .where(Passage.lot_id.in_(list(lot_ids)), Passage.source == source)
        .where(Passage.at >= start_at, Passage.at < end_at)
        .group_by(Passage.lot_id)
    )
    found = {row[0]: PassageNumbers(*row) for row in session.execute(asked)}
    return tuple(found.get(lot_id, PassageNumbers(lot_id, 0, 0, 0)) for lot_id in sorted(set(lot_ids)))


def passage_ids(
    session: Session,
    source: str,
    lot_id: str,
    on: date,
    zone: ZoneInfo,
    *,
    after: str | None = None,
    limit: int = 5_000,
) -> tuple[str, ...]:
    """The event ids of this source's passages of a lot's city day, in order, voided ones too.

    At most `limit` of them; `after` is the last id of the part before.
    """
    start_at, end_at = day_span(on, zone)
    asked = select(Passage.event_id).where(
        Passage.lot_id == lot_id, Passage.source == source, Passage.at >= start_at, Passage.at < end_at
    )
    if after is not None:
        asked = asked.where(Passage.event_id > after)
    return tuple(session.scalars(asked.order_by(Passage.event_id).limit(limit)))


def months_needed(session: Session, now: datetime) -> frozenset[date]:
    """The months whose plate keys must stay: of visits whose vehicle is inside, and of standing passes."""
    of_open = select(Visit.plate_month).where(Visit.state == VisitState.OPEN, Visit.plate_month.is_not(None))
    open_months = frozenset(month for month in session.scalars(of_open.distinct()) if month is not None)
    return open_months | sharing.months_needed(session, now)
