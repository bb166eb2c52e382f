"""What happens to a finding whose next step does not come? It is asked for, louder each time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from parking.accounts.rules import Permission
from parking.accounts.service import notify_officers
from parking.audit import service as audit
from parking.city.queries import Ground, ground
from parking.inspections import queries
from parking.inspections.models import Finding
from parking.inspections.rules import ENDED, OWED_BY, FindingState, FindingStep, escalation_level, notices
from parking.inspections.service.noticing import tell_operator_of
from parking.inspections.service.stepping import Step, locked, take
from parking.kernel.actors import Actor

# From this level on those who plan inspections are told too, not only those who make them.
_LOUD = 2


def overdue_ids(session: Session, now: datetime) -> list[str]:
    """The findings whose next step is owed since before the city's today."""
    return queries.overdue_ids(session, ground(session, now).today)


def escalate(session: Session, actor: Actor, finding_id: str, now: datetime) -> int | None:
    """Raise a finding to the level that its delay has reached, and tell who owes the step and who watches.

    Returns the new level; None where it already has it or is not overdue any more. Raises FindingNotFound.
    """
    here = ground(session, now)
    finding = locked(session, finding_id, None)
    if FindingState(finding.state) in ENDED or finding.due_on is None:
        return None
    level = escalation_level(finding.due_on, here.today, city=here.city, calendar=here.calendar)
    if level <= finding.escalation:
        return None
    owed_by = OWED_BY[FindingState(finding.state)]
    details = {"level": level, "before_level": finding.escalation, "owed_by": owed_by}
    finding.escalation = level
    event = take(session, finding, Step(FindingStep.ESCALATED, actor, now, details=details), here)
    _tell(session, finding, level, owed_by, here, now)
    audit.record_all(session, actor, [event], now)
    return level


def _tell(session: Session, finding: Finding, level: int, owed_by: str, here: Ground, now: datetime) -> None:
    due = finding.due_on.isoformat() if finding.due_on else ""
    params = {"number": finding.number, "due_on": due, "level": level}
    if owed_by == "operator":
        tell_operator_of(session, finding, notices.OVERDUE, params, here, now)
    watching = Permission.BUREAU_INSPECTIONS_PLAN if level >= _LOUD else Permission.BUREAU_INSPECTIONS_RECORD
    notify_officers(session, watching, finding.district_code, notices.OVERDUE, params, now)
