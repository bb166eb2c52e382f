"""What was reported, who owes an answer, and what was done so far?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.orm import Session

from parking.complaints.errors import ComplaintNotFound, PhotoNotFound
from parking.complaints.models import Complaint, ComplaintStepTaken
from parking.complaints.rules import OPEN, ComplaintKind, ComplaintState, ComplaintStep
from parking.kernel.views import view_of
from parking.lots.models import Lot


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    """A complaint as a list shows it; `text` as it was written: lists mask what looks like a plate."""

    id: str
    number: str
    kind: str
    source: str
    lot_id: str
    place: str
    district_code: str | None
    text: str
    state: str
    due_on: date
    received_at: datetime
    answered_at: datetime | None
    is_confirmed: bool | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class StepView:
    """One step; `actor` as the audit names it ("officer:<account id>")."""

    step: ComplaintStep
    state: ComplaintState
    at: datetime
    actor: str
    text: str | None
    due_on: date
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Photo:
    """Where the photo lies in the file store."""

    sha256: str
    media_type: str
    size: int
    name: str


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """A complaint with all that is known of it. `phone_sealed` opens for whoever answers, and nobody else."""

    row: ComplaintRow
    source_number: str | None
    phone_sealed: bytes | None
    photo: Photo | None
    forwarded_at: datetime | None
    answer: str | None
    answered_by: str | None
    duplicate_of_id: str | None
    reopened_at: datetime | None
    ended_at: datetime | None
    erased_at: datetime | None
    version: int
    steps: tuple[StepView, ...]

    @property
    def state(self) -> ComplaintState:
        return ComplaintState(self.row.state)

    @property
    def kind(self) -> ComplaintKind:
        return ComplaintKind(self.row.kind)


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose eyes look: an officer's districts (none named: all), or an organisation, which sees what was
    forwarded about the lots that it has on file."""

    districts: Collection[str] = ()
    organisation_id: str | None = None

    def holds(self) -> ColumnElement[bool]:
        """The condition on a complaint."""
        told: list[ColumnElement[bool]] = []
        if self.districts:
            told.append(Complaint.district_code.in_(list(self.districts)))
        if self.organisation_id is not None:
            own = select(Lot.id).where(Lot.organisation_id == self.organisation_id)
            told += [Complaint.lot_id.in_(own), Complaint.forwarded_at.is_not(None)]
        return and_(True, *told)


EVERYTHING = Reach()


@dataclass(frozen=True, slots=True)
class Asked:
    """What of all complaints is asked for."""

    states: Collection[ComplaintState] | None = None
    kind: ComplaintKind | None = None
    district: str | None = None
    lot_id: str | None = None
    overdue_on: date | None = None


@dataclass(frozen=True, slots=True)
class ComplaintPage:
    """Complaints in order of what is due first; `after` leads to the next page, None at the end."""

    rows: tuple[ComplaintRow, ...]
    after: str | None


_ROW = [getattr(Complaint, part.name) for part in fields(ComplaintRow)]


def complaints(
    session: Session, reach: Reach, asked: Asked, *, after: str | None = None, limit: int = 50
) -> ComplaintPage:
    """Complaints by the day by which they are owed, then by number; keyset paging."""
    query = _asked(select(*_ROW).where(reach.holds()), asked)
    place = tuple_(Complaint.due_on, Complaint.number)
    if after:
        due, _, number = after.partition("~")
        query = query.where(place > (_day(due), number))
    query = query.order_by(Complaint.due_on, Complaint.number).limit(limit + 1)
    rows = [ComplaintRow(**row) for row in session.execute(query).mappings()]
    last = rows[limit - 1] if len(rows) > limit else None
    return ComplaintPage(tuple(rows[:limit]), f"{last.due_on.isoformat()}~{last.number}" if last else None)


def is_late(today: date) -> ColumnElement[bool]:
    """The condition that an answer has been owed since before today."""
    return and_(Complaint.state.in_([str(state) for state in OPEN]), Complaint.due_on < today)


def counts(session: Session, reach: Reach, asked: Asked, today: date) -> Mapping[str, int]:
    """How many there are in each state, and under "overdue" how many are late."""
    late = func.count().filter(is_late(today))
    query = select(Complaint.state, func.count(), late).where(reach.holds()).group_by(Complaint.state)
    told = {"overdue": 0}
    for state, number, overdue in session.execute(_asked(query, asked)):
        told[state] = number
        told["overdue"] += overdue
    return told


def complaint(session: Session, complaint_id: str, reach: Reach = EVERYTHING) -> ComplaintView:
    """One complaint. Raises ComplaintNotFound, also for another's."""
    found = session.scalar(select(Complaint).where(Complaint.id == complaint_id, reach.holds()))
    if found is None:
        raise ComplaintNotFound
    return view_of(
        ComplaintView,
        found,
        row=view_of(ComplaintRow, found),
        photo=_photo(found),
        steps=tuple(_steps(session, complaint_id)),
    )


def photo(session: Session, complaint_id: str, reach: Reach) -> Photo:
    """Its photo. Raises ComplaintNotFound, PhotoNotFound."""
    found = complaint(session, complaint_id, reach).photo
    if found is None:
        raise PhotoNotFound
    return found


def _photo(found: Complaint) -> Photo | None:
    if found.photo_sha256 is None:
        return None
    return Photo(
        found.photo_sha256, found.photo_media_type or "", found.photo_size or 0, found.photo_name or ""
    )


def _steps(session: Session, complaint_id: str) -> list[StepView]:
    query = select(ComplaintStepTaken).where(ComplaintStepTaken.complaint_id == complaint_id)
    return [
        view_of(StepView, row, step=ComplaintStep(row.step), state=ComplaintState(row.state))
        for row in session.scalars(query.order_by(ComplaintStepTaken.place))
    ]


def _asked(query: Any, asked: Asked) -> Any:
    if asked.states is not None:
        query = query.where(Complaint.state.in_([str(state) for state in asked.states]))
    if asked.kind is not None:
        query = query.where(Complaint.kind == asked.kind)
    if asked.district is not None:
        query = query.where(Complaint.district_code == asked.district)
    if asked.lot_id is not None:
        query = query.where(Complaint.lot_id == asked.lot_id)
    if asked.overdue_on is not None:
        query = query.where(is_late(asked.overdue_on))
    return query


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min
