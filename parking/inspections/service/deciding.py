"""What follows on a finding? An answer, a re-check, a hand-over, the end: each decided once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.city.queries import ground
from parking.inspections.errors import FindingRefused
from parking.inspections.models import Finding
from parking.inspections.rules import FindingStep, notices
from parking.inspections.service.noticing import tell_inspectors, tell_operator_of
from parking.inspections.service.sendings import keep_result, sent_before
from parking.inspections.service.stepping import Step, locked, take
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.texts import text_problems

TEXT_MOST = 1000
_AHEAD = timedelta(minutes=5)


def answer_order(
    session: Session,
    actor: Actor,
    finding_id: str,
    organisation_id: str,
    text: str,
    version: int,
    now: datetime,
    *,
    form_key: str | None = None,
) -> None:
    """整改回复: the operator says what was done (1 to 1000 characters); a re-check is then owed.

    Raises FindingNotFound (also for another's lot), FindingRefused, AlreadyStepped, StepNotAllowed.
    """
    if sent_before(session, actor, form_key, f"answer {finding_id}", now) is not None:
        return
    said = _said(text, N_("请写明怎样整改的"))
    finding = locked(session, finding_id, version, organisation_id=organisation_id)
    _take_all(session, finding, [Step(FindingStep.PUT_RIGHT, actor, now, text=said)], now)
    tell_inspectors(session, finding, now)
    keep_result(session, actor, form_key, finding_id)


def recheck(
    session: Session,
    actor: Actor,
    finding_id: str,
    *,
    passed: bool,
    text: str,
    version: int,
    now: datetime,
    districts: Collection[str] = (),
    form_key: str | None = None,
) -> None:
    """复核: what was put right is seen to be right, or goes back to the operator with a new day.

    A passed re-check closes the finding (销号), unless `inspections.recheck_closes` is false: then closing is
    a decision of its own. `text` is needed to send back. Raises FindingNotFound, FindingRefused,
    AlreadyStepped, StepNotAllowed.
    """
    if sent_before(session, actor, form_key, f"recheck {finding_id}", now) is not None:
        return
    here = ground(session, now)
    finding = locked(session, finding_id, version, districts=districts)
    if not passed:
        said = _said(text, N_("请写明还有哪些没有整改到位"))
        _take_all(session, finding, [Step(FindingStep.SENT_BACK, actor, now, text=said)], now)
        params = {"number": finding.number, "due_on": finding.due_on.isoformat() if finding.due_on else ""}
        tell_operator_of(session, finding, notices.SENT_BACK, params, here, now)
    else:
        said = _said(text, None)
        steps = [Step(FindingStep.RECHECKED, actor, now, text=said or None)]
        if here.city.told("inspections.recheck_closes", True):
            steps.append(Step(FindingStep.CLOSED, actor, now))
        _take_all(session, finding, steps, now)
    keep_result(session, actor, form_key, finding_id)


def close(
    session: Session,
    actor: Actor,
    finding_id: str,
    *,
    version: int,
    now: datetime,
    text: str = "",
    districts: Collection[str] = (),
    form_key: str | None = None,
) -> None:
    """销号: end a finding that was re-checked or handed over.

    Raises FindingNotFound, FindingRefused, AlreadyStepped, StepNotAllowed.
    """
    if sent_before(session, actor, form_key, f"close {finding_id}", now) is not None:
        return
    finding = locked(session, finding_id, version, districts=districts)
    said = _said(text, None) or None
    _take_all(session, finding, [Step(FindingStep.CLOSED, actor, now, text=said)], now)
    keep_result(session, actor, form_key, finding_id)


def withdraw(
    session: Session,
    actor: Actor,
    finding_id: str,
    *,
    text: str,
    version: int,
    now: datetime,
    districts: Collection[str] = (),
    form_key: str | None = None,
) -> None:
    """Take back a finding that was recorded by mistake, saying why.

    Raises FindingNotFound, FindingRefused, AlreadyStepped, StepNotAllowed.
    """
    if sent_before(session, actor, form_key, f"withdraw {finding_id}", now) is not None:
        return
    said = _said(text, N_("请写明撤回的理由"))
    finding = locked(session, finding_id, version, districts=districts)
    _take_all(session, finding, [Step(FindingStep.WITHDRAWN, actor, now, text=said)], now)
    keep_result(session, actor, form_key, finding_id)


def hand_over(
    session: Session,
    actor: Actor,
    finding_id: str,
    *,
    to: str,
    version: int,
    now: datetime,
    handed_over_at: datetime | None = None,
    text: str = "",
    districts: Collection[str] = (),
    form_key: str | None = None,
) -> None:
    """Hand what stands on the road to the traffic police (`to`: which unit); both times are kept.

    `handed_over_at` (default: now) lies between the finding's own time and now. Raises FindingNotFound,
    FindingRefused, AlreadyStepped, StepNotAllowed.
    """
    if sent_before(session, actor, form_key, f"hand_over {finding_id}", now) is not None:
        return
    finding = locked(session, finding_id, version, districts=districts)
    unit, said = to.strip(), _said(text, None) or None
    if not unit or len(unit) > 100:
        _refuse("to", "missing", N_("请写明移交给哪个单位，最多 100 个字"))
    at = _within(handed_over_at or now, finding.found_at, now, "handed_over_at")
    finding.handed_over_at, finding.handed_over_to = at, unit
    details = {"to": unit, "found_at": finding.found_at.isoformat(), "handed_over_at": at.isoformat()}
    step = Step(FindingStep.HANDED_OVER, actor, now, text=said, details=details)
    _take_all(session, finding, [step], now)
    keep_result(session, actor, form_key, finding_id)


def note_handover_answer(
    session: Session,
    actor: Actor,
    finding_id: str,
    *,
    text: str,
    version: int,
    now: datetime,
    answered_at: datetime | None = None,
    districts: Collection[str] = (),
    form_key: str | None = None,
) -> None:
    """Keep what the traffic police told us, and when. Raises as `hand_over` does."""
    if sent_before(session, actor, form_key, f"handover_answer {finding_id}", now) is not None:
        return
    finding = locked(session, finding_id, version, districts=districts)
    said = _said(text, N_("请写明交警的答复"))
    at = _within(answered_at or now, finding.handed_over_at or finding.found_at, now, "answered_at")
    finding.handover_answer, finding.handover_answered_at = said, at
    step = Step(FindingStep.HANDOVER_ANSWERED, actor, now, text=said, details={"answered_at": at.isoformat()})
    _take_all(session, finding, [step], now)
    keep_result(session, actor, form_key, finding_id)


def _take_all(session: Session, finding: Finding, steps: Collection[Step], now: datetime) -> None:
    here = ground(session, now)
    events = [(step.actor, take(session, finding, step, here)) for step in steps]
    for actor, event in events:
        audit.record_all(session, actor, [event], now)


def _said(text: str, missing: str | None) -> str:
    """The text without blanks around it; `missing` is what to say where it must not be empty."""
    if problems := [*text_problems("text", text, TEXT_MOST, missing)]:
        raise FindingRefused(problems=problems, count=len(problems))
    return text.strip()


def _within(at: datetime, from_at: datetime, now: datetime, field: str) -> datetime:
    if at < from_at or at > now + _AHEAD:
        _refuse(field, "out_of_span", N_("时间应在上一步之后、现在之前"))
    return min(at, now)


def _refuse(field: str, code: str, text: str, **params: object) -> None:
    raise FindingRefused(problems=[FieldProblem(field, code, text, params)], count=1)
