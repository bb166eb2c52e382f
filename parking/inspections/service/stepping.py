"""How does a finding take a step? Locked, by the table, with its due day, its history and its audit entry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit.rules import Event
from parking.city.queries import Ground
from parking.inspections.errors import AlreadyStepped, FindingNotFound
from parking.inspections.models import Finding, FindingStepTaken
from parking.inspections.queries.scoping import in_districts, lots_of
from parking.inspections.rules import ADDING, FindingState, FindingStep, Grade, due_on, next_state
from parking.kernel.actors import Actor
from parking.kernel.db.steps import add_step


@dataclass(frozen=True, slots=True)
class Step:
    """A step to be taken; `due` is a day that an officer sets instead of the grade's."""

    step: FindingStep
    actor: Actor
    at: datetime
    text: str | None = None
    due: date | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def locked(
    session: Session,
    finding_id: str,
    version: int | None,
    *,
    districts: Collection[str] = (),
    organisation_id: str | None = None,
) -> Finding:
    """The finding, locked until the transaction ends; `version` is the one that the caller has read.

    Raises FindingNotFound (also for what is another's), AlreadyStepped where somebody decided since.
    """
    query = select(Finding).where(Finding.id == finding_id, in_districts(Finding.district_code, districts))
    if organisation_id is not None:
        query = query.where(lots_of(Finding.lot_id, organisation_id), Finding.order_id.is_not(None))
    query = query.with_for_update(of=Finding).execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise FindingNotFound
    if version is not None and version != found.version:
        raise first_was(session, found)
    return found


def first_was(session: Session, finding: Finding) -> AlreadyStepped:
    """Who decided last, when, and what: for whoever came second."""
    query = select(FindingStepTaken).where(
        FindingStepTaken.finding_id == finding.id,
        FindingStepTaken.step.not_in([str(step) for step in ADDING]),
    )
    last = session.scalars(query.order_by(FindingStepTaken.place.desc()).limit(1)).one()
    return AlreadyStepped(who=last.actor, at=last.at, step=last.step)


def take(session: Session, finding: Finding, step: Step, here: Ground) -> Event:
    """Take a step of a locked finding; returns its audit event. Raises StepNotAllowed.

    A deciding step raises the version, sets the next due day and begins to ask for it anew.
    """
    before = FindingState(finding.state)
    after = next_state(before, step.step, on_lot=finding.lot_id is not None)
    finding.state = after
    if step.step not in ADDING:
        finding.version += 1
        finding.escalation = 0
        finding.due_on = due_on(
            after,
            Grade(finding.grade),
            here.today,
            city=here.city,
            calendar=here.calendar,
            asked=step.due,
        )
    if after is FindingState.CLOSED:
        finding.closed_at = step.at
    note_step(session, finding, step)
    return event_of(finding, step, before)


def note_step(session: Session, finding: Finding, step: Step) -> None:
    """Add a step to the history as the finding stands now."""
    row = FindingStepTaken(
        finding_id=finding.id,
        step=step.step,
        state=finding.state,
        at=step.at,
        actor=str(step.actor),
        text=step.text,
        due_on=finding.due_on,
        details=dict(step.details),
    )
    add_step(session, row, FindingStepTaken.finding_id == finding.id)


def event_of(finding: Finding, step: Step, before: FindingState | None) -> Event:
    """The audit entry of a step: states and due day, never the free text, in which a name may stand."""
    details = {
        "before": before,
        "after": finding.state,
        "due_on": finding.due_on.isoformat() if finding.due_on else None,
        "number": finding.number,
        **step.details,
    }
    return Event(f"finding:{step.step}", "finding", finding.id, details)
