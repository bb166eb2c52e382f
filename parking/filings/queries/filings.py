"""What does one filing hold, and which ones has an organisation?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, select, tuple_
from sqlalchemy.orm import Session

from parking.filings.errors import FilingNotFound
from parking.filings.models import Filing, FilingPaper, FilingStep
from parking.filings.queries.notices import notices_of_filing
from parking.filings.queries.views import FilingRow, FilingView, PaperView, StepView
from parking.filings.rules import DueWhat, FilingKind, FilingState, Step
from parking.kernel.views import view_of

_MOST = 200
_ROW_COLUMNS = [getattr(Filing, part.name) for part in fields(FilingRow)]
_PAPER_COLUMNS = [getattr(FilingPaper, part.name) for part in fields(PaperView)]


def filing(session: Session, filing_id: str, organisation_id: str | None = None) -> FilingView:
    """One filing with all that belongs to it; four statements.

    With an organisation named, a filing of another one is as unknown as one that never was. Raises
    FilingNotFound.
    """
    row = session.scalar(
        select(Filing).where(Filing.id == filing_id).execution_options(populate_existing=True)
    )
    if row is None or organisation_id not in (None, row.organisation_id):
        raise FilingNotFound
    papers = session.execute(
        select(*_PAPER_COLUMNS)
        .where(FilingPaper.filing_id == filing_id)
        .order_by(FilingPaper.added_at, FilingPaper.id)
    )
    steps = session.scalars(
        select(FilingStep).where(FilingStep.filing_id == filing_id).order_by(FilingStep.number)
    )
    return view_of(
        FilingView,
        row,
        kind=FilingKind(row.kind),
        state=FilingState(row.state),
        answers=dict(row.answers),
        base=dict(row.base),
        papers=tuple(PaperView(*paper) for paper in papers),
        steps=tuple(_step(each) for each in steps),
        notices=tuple(notices_of_filing(session, filing_id)),
        due_what=_due_what(row.due_what),
    )


def filings_of(
    session: Session,
    organisation_id: str,
    state: FilingState | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[FilingRow]:
    """An organisation's filings, last touched first; `after` is the id of the last one shown."""
    asked = select(*_ROW_COLUMNS).where(Filing.organisation_id == organisation_id)
    if state is not None:
        asked = asked.where(Filing.state == state)
    if after is not None:
        shown = select(Filing.updated_at, Filing.id).where(
            Filing.id == after, Filing.organisation_id == organisation_id
        )
        if (last := session.execute(shown).first()) is not None:
            asked = asked.where(tuple_(Filing.updated_at, Filing.id) < tuple(last))
    ordered = asked.order_by(Filing.updated_at.desc(), Filing.id.desc()).limit(min(limit, _MOST))
    return [_row(row) for row in session.execute(ordered)]


def open_filing(
    session: Session,
    lot_id: str,
    kind: FilingKind,
    states: Sequence[str],
    organisation_id: str | None = None,
) -> str | None:
    """The filing of this kind that is in one of these states for a lot, of an organisation or of any."""
    about = (Filing.lot_id == lot_id) | (Filing.claimed_lot_id == lot_id)
    found = select(Filing.id).where(about, Filing.kind == kind, Filing.state.in_(states))
    if organisation_id is not None:
        found = found.where(Filing.organisation_id == organisation_id)
    return session.scalar(found)


def documents_of(session: Session, filing_id: str) -> frozenset[str]:
    """The keys of the documents that have a standing file."""
    standing = (FilingPaper.filing_id == filing_id) & FilingPaper.withdrawn_at.is_(None)
    return frozenset(session.scalars(select(FilingPaper.document_key).where(standing)))


def last_decision(session: Session, filing_id: str) -> FilingStep | None:
    """The newest step that moved the filing."""
    moved = FilingStep.step.not_in((Step.CLAIMED, Step.RELEASED))
    newest = select(FilingStep).where(FilingStep.filing_id == filing_id, moved)
    return session.scalar(newest.order_by(FilingStep.number.desc()).limit(1))


def times_taken(session: Session, filing_id: str, step: Step) -> int:
    """How often a filing took a step."""
    taken = select(FilingStep.number).where(FilingStep.filing_id == filing_id, FilingStep.step == step)
    return len(session.scalars(taken).all())


def _row(row: Row[Any]) -> FilingRow:
    told = dict(row._mapping)
    told |= {
        "kind": FilingKind(row.kind),
        "state": FilingState(row.state),
        "due_what": _due_what(row.due_what),
    }
    return FilingRow(**told)


def _step(row: FilingStep) -> StepView:
    return view_of(
        StepView,
        row,
        step=Step(row.step),
        state=FilingState(row.state),
        due_what=_due_what(row.due_what),
        details=dict(row.details),
    )


def _due_what(told: str | None) -> DueWhat | None:
    return DueWhat(told) if told else None
