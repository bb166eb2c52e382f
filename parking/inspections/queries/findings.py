"""What is wrong, whose turn is it, and what was done so far?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.orm import Session

from parking.inspections.errors import FindingNotFound, PaperNotFound
from parking.inspections.models import Finding, FindingPaper, FindingStepTaken
from parking.inspections.queries.scoping import in_districts, lots_of
from parking.inspections.rules import ENDED, OWED_BY, FindingState, FindingStep, Grade
from parking.kernel.views import view_of

# Far behind every real date, so that what is owed by no day comes last.
_NEVER = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding as a list shows it."""

    id: str
    number: str
    kind: str
    lot_id: str | None
    place: str
    district_code: str | None
    grade: str
    text: str
    state: str
    due_on: date | None
    escalation: int
    found_at: datetime
    handed_over_at: datetime | None
    closed_at: datetime | None

    @property
    def owed_by(self) -> str | None:
        """Whose turn it is: bureau, operator, police; None where it ended."""
        return OWED_BY.get(FindingState(self.state))


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a finding's history; `actor` as the audit names it ("officer:<account id>")."""

    step: FindingStep
    state: FindingState
    at: datetime
    actor: str
    text: str | None
    due_on: date | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PaperView:
    """A photo or a piece of evidence; `step` says at which step it came."""

    id: str
    step: str
    sha256: str
    media_type: str
    size: int
    name: str
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding with all that is known of it."""

    row: FindingRow
    inspection_id: str | None
    item_zh: str | None
    item_en: str | None
    reference: str | None
    lat: float | None
    lon: float | None
    recorded_at: datetime
    order_id: str | None
    handed_over_to: str | None
    handover_answer: str | None
    handover_answered_at: datetime | None
    version: int
    steps: tuple[StepView, ...]
    papers: tuple[PaperView, ...]

    @property
    def state(self) -> FindingState:
        return FindingState(self.row.state)

    @property
    def grade(self) -> Grade:
        return Grade(self.row.grade)

    def papers_of(self, step: FindingStep) -> tuple[PaperView, ...]:
        return tuple(paper for paper in self.papers if paper.step == step)


@dataclass(frozen=True, slots=True)
class FindingPage:
    """Findings in order of what is due first; `after` leads to the next page, None at the end."""

    rows: tuple[FindingRow, ...]
    after: str | None


_ROW = [getattr(Finding, part.name) for part in fields(FindingRow)]


def findings(
    session: Session,
    *,
    districts: Collection[str] = (),
    organisation_id: str | None = None,
    states: Collection[FindingState] | None = None,
    lot_id: str | None = None,
    overdue_on: date | None = None,
    after: str | None = None,
    limit: int = 50,
) -> FindingPage:
    """Findings by the day by which they are owed, then by number; keyset paging.

    `overdue_on` keeps those whose day lies before it; `organisation_id` what was ordered of its lots.
    """
    query = _filtered(select(*_ROW), districts, organisation_id, states, lot_id, overdue_on)
    place = func.coalesce(Finding.due_on, _NEVER)
    if after:
        due, _, number = after.partition("~")
        query = query.where(tuple_(place, Finding.number) > (_day(due), number))
    query = query.order_by(place, Finding.number).limit(limit + 1)
    rows = [FindingRow(**row) for row in session.execute(query).mappings()]
    more = len(rows) > limit
    last = rows[limit - 1] if more else None
    return FindingPage(
        tuple(rows[:limit]), f"{(last.due_on or _NEVER).isoformat()}~{last.number}" if last else None
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min


def _filtered(
    query: Any,
    districts: Collection[str],
    organisation_id: str | None,
    states: Collection[FindingState] | None,
    lot_id: str | None,
    overdue_on: date | None,
) -> Any:
    query = query.where(in_districts(Finding.district_code, districts))
    if organisation_id is not None:
        query = query.where(_ordered_of(organisation_id))
    if states is not None:
        query = query.where(Finding.state.in_([str(state) for state in states]))
    if lot_id is not None:
        query = query.where(Finding.lot_id == lot_id)
    if overdue_on is not None:
        query = query.where(Finding.due_on < overdue_on, Finding.state.not_in([str(each) for each in ENDED]))
    return query


def _ordered_of(organisation_id: str) -> ColumnElement[bool]:
    """What an operator is told of: findings on its lots, once they were ordered to be put right."""
    return and_(lots_of(Finding.lot_id, organisation_id), Finding.order_id.is_not(None))


def counts(
    session: Session, *, today: date, districts: Collection[str] = (), organisation_id: str | None = None
) -> dict[str, int]:
    """How many findings stand in each state, and under "overdue" how many are late."""
    late = func.count().filter(Finding.due_on < today)
    query = select(Finding.state, func.count(), late).group_by(Finding.state)
    rows = session.execute(_filtered(query, districts, organisation_id, None, None, None)).all()
    told = {state: number for state, number, _ in rows}
    return told | {"overdue": sum(late for state, _, late in rows if FindingState(state) not in ENDED)}


def overdue_ids(session: Session, today: date) -> list[str]:
    """The ids of all findings whose next step is owed since before today."""
    query = select(Finding.id).where(
        Finding.due_on < today, Finding.state.not_in([str(each) for each in ENDED])
    )
    return list(session.scalars(query.order_by(Finding.id)))


def finding(
    session: Session,
    finding_id: str,
    *,
    districts: Collection[str] = (),
    organisation_id: str | None = None,
) -> FindingView:
    """One finding with its history. Raises FindingNotFound, also for what is another's to see."""
    query = select(Finding).where(Finding.id == finding_id)
    found = session.scalars(
        _filtered(query, districts, organisation_id, None, None, None).execution_options(
            populate_existing=True
        )
    ).one_or_none()
    if found is None:
        raise FindingNotFound
    return view_of(
        FindingView,
        found,
        row=view_of(FindingRow, found),
        steps=tuple(steps_of(session, finding_id)),
        papers=tuple(papers_of(session, finding_id)),
    )


def steps_of(session: Session, finding_id: str) -> list[StepView]:
    """The history of a finding, oldest first."""
    query = select(FindingStepTaken).where(FindingStepTaken.finding_id == finding_id)
    return [
        view_of(StepView, row, step=FindingStep(row.step), state=FindingState(row.state))
        for row in session.scalars(query.order_by(FindingStepTaken.place))
    ]


def papers_of(session: Session, finding_id: str) -> list[PaperView]:
    """The photos and the evidence of a finding, oldest first."""
    query = select(FindingPaper).where(FindingPaper.finding_id == finding_id)
    return [
        view_of(PaperView, row)
        for row in session.scalars(query.order_by(FindingPaper.added_at, FindingPaper.id))
    ]


def paper(
    session: Session,
    finding_id: str,
    paper_id: str,
    *,
    districts: Collection[str] = (),
    organisation_id: str | None = None,
) -> PaperView:
    """One photo. Raises FindingNotFound, PaperNotFound."""
    told = finding(session, finding_id, districts=districts, organisation_id=organisation_id)
    found = next((each for each in told.papers if each.id == paper_id), None)
    if found is None:
        raise PaperNotFound
    return found


def of_inspection(session: Session, inspection_id: str) -> list[FindingRow]:
    """What one visit found, in the order of its checklist."""
    query = select(*_ROW).where(Finding.inspection_id == inspection_id).order_by(Finding.number)
    return [FindingRow(**row) for row in session.execute(query).mappings()]
