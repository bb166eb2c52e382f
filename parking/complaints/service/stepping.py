"""How does a complaint take a step? Locked, by the table, with its history and its audit entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.complaints.errors import AlreadyStepped, ComplaintNotFound, ComplaintRefused
from parking.complaints.models import Complaint, ComplaintStepTaken
from parking.complaints.queries import EVERYTHING, Reach
from parking.complaints.rules import ENDED, TEXT_MOST, ComplaintState, ComplaintStep, next_state
from parking.kernel.actors import Actor
from parking.kernel.db.steps import add_step
from parking.kernel.errors import FieldProblem
from parking.kernel.texts import text_problems


@dataclass(frozen=True, slots=True)
class Step:
    """A step to be taken. `details` hold no free text: they go into the audit trail."""

    step: ComplaintStep
    actor: Actor
    at: datetime
    text: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def locked(session: Session, complaint_id: str, version: int | None, reach: Reach = EVERYTHING) -> Complaint:
    """The complaint, locked until the transaction ends; `version` is the one that the caller has read.

    Raises ComplaintNotFound (also for what is another's), AlreadyStepped where somebody was first.
    """
    query = select(Complaint).where(Complaint.id == complaint_id, reach.holds())
    query = query.with_for_update(of=Complaint).execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise ComplaintNotFound
    if version is not None and version != found.version:
        taken = select(ComplaintStepTaken).where(
            ComplaintStepTaken.complaint_id == complaint_id,
            ComplaintStepTaken.step != ComplaintStep.REMINDED,
        )
        last = session.scalars(taken.order_by(ComplaintStepTaken.place.desc()).limit(1)).one()
        raise AlreadyStepped(who=last.actor, at=last.at, step=last.step)
    return found


def take(session: Session, complaint: Complaint, step: Step) -> None:
    """Take a step of a locked complaint: state, version, history, audit. Raises StepNotAllowed."""
    before = ComplaintState(complaint.state)
    after = next_state(before, step.step)
    complaint.state = after
    if step.step is not ComplaintStep.REMINDED:
        complaint.version += 1
    complaint.ended_at = (complaint.ended_at or step.at) if after in ENDED else None
    note(session, complaint, step, before)


def note(session: Session, complaint: Complaint, step: Step, before: ComplaintState | None) -> None:
    """Add a step to the history as the complaint stands now, and to the audit trail without its text."""
    row = ComplaintStepTaken(
        complaint_id=complaint.id,
        step=step.step,
        state=complaint.state,
        at=step.at,
        actor=str(step.actor),
        text=step.text,
        due_on=complaint.due_on,
        details=dict(step.details),
    )
    add_step(session, row, ComplaintStepTaken.complaint_id == complaint.id)
    details = {
        "before": before,
        "after": complaint.state,
        "due_on": complaint.due_on.isoformat(),
        "number": complaint.number,
        **step.details,
    }
    action = f"complaint:{step.step}"
    audit.record(session, step.actor, action, "complaint", complaint.id, details, step.at)


def said(text: str, missing: str | None) -> str:
    """What was written, without blanks around it.

    Raises ComplaintRefused where it is too long, or where it is needed (`missing` asks for it) and empty.
    """
    if problems := [*text_problems("text", text, TEXT_MOST, missing)]:
        raise ComplaintRefused(problems=problems, count=len(problems))
    return text.strip()


def noted(text: str) -> str | None:
    """What was written beside a step that needs no words; None for nothing. Raises as `said` does."""
    return said(text, None) or None


def refuse(name: str, code: str, text: str, **params: object) -> NoReturn:
    """Raises ComplaintRefused with one problem."""
    raise ComplaintRefused(problems=[FieldProblem(name, code, text, params)], count=1)
