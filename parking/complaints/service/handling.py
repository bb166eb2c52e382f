"""What is done with a complaint? It is forwarded or taken on, answered, closed, rejected or joined."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from parking.city.queries import ground
from parking.complaints.errors import NobodyToForwardTo, ReopenedAlready
from parking.complaints.models import Complaint
from parking.complaints.queries import EVERYTHING, Reach
from parking.complaints.rules import (
    OPEN,
    ComplaintKind,
    ComplaintState,
    ComplaintStep,
    due_on,
    may_reopen,
    notices,
    reopen_days,
)
from parking.complaints.service.noticing import operator_of, tell_officers, tell_operator
from parking.complaints.service.stepping import Step, locked, noted, refuse, said, take
from parking.kernel.actors import Actor
from parking.kernel.errors import N_


def forward(
    session: Session,
    actor: Actor,
    complaint_id: str,
    *,
    version: int,
    now: datetime,
    text: str = "",
    reach: Reach = EVERYTHING,
) -> None:
    """Send it to whoever runs the lot; `text` tells them what is asked.

    Raises ComplaintNotFound, ComplaintRefused, AlreadyStepped, StepNotAllowed, NobodyToForwardTo.
    """
    told = noted(text)
    complaint = locked(session, complaint_id, version, reach)
    here = ground(session, now)
    if operator_of(session, complaint.lot_id, here) is None:
        raise NobodyToForwardTo
    complaint.forwarded_at = now
    take(session, complaint, Step(ComplaintStep.FORWARDED, actor, now, told))
    tell_operator(session, complaint, notices.FORWARDED, here, now)


def take_on(
    session: Session,
    actor: Actor,
    complaint_id: str,
    *,
    version: int,
    now: datetime,
    text: str = "",
    reach: Reach = EVERYTHING,
) -> None:
    """The bureau looks into it itself. Raises as `forward` does, but for NobodyToForwardTo."""
    told = noted(text)
    complaint = locked(session, complaint_id, version, reach)
    take(session, complaint, Step(ComplaintStep.TAKEN, actor, now, told))


def answer(
    session: Session,
    actor: Actor,
    complaint_id: str,
    *,
    version: int,
    now: datetime,
    text: str,
    reach: Reach = EVERYTHING,
) -> None:
    """Answer it (1 to 1000 characters); whoever holds the code reads it.

    An operator (`reach` of an organisation) answers what waits for it alone, an officer what the bureau has
    taken. Raises ComplaintNotFound, ComplaintRefused, AlreadyStepped, StepNotAllowed.
    """
    told = said(text, N_("请写明答复"))
    complaint = locked(session, complaint_id, version, reach)
    by_operator = reach.organisation_id is not None
    mine = ComplaintState.FORWARDED if by_operator else ComplaintState.TAKEN
    if complaint.state != mine and complaint.state in (ComplaintState.FORWARDED, ComplaintState.TAKEN):
        refuse("text", "not_yours", N_("现在不由您答复：请先收回自办，或等待转来"))
    _answered(complaint, told, actor, now)
    take(session, complaint, Step(ComplaintStep.ANSWERED, actor, now, told))
    if by_operator:
        tell_officers(session, complaint, notices.ANSWERED, now)


def close(
    session: Session,
    actor: Actor,
    complaint_id: str,
    *,
    version: int,
    now: datetime,
    is_confirmed: bool,
    text: str = "",
    reach: Reach = EVERYTHING,
) -> None:
    """办结: end an answered one, saying whether what was complained about was so; that counts for the score.

    Raises as `take_on` does.
    """
    told = noted(text)
    complaint = locked(session, complaint_id, version, reach)
    complaint.is_confirmed = is_confirmed
    details = {"confirmed": is_confirmed}
    take(session, complaint, Step(ComplaintStep.CLOSED, actor, now, told, details))


def reject(
    session: Session,
    actor: Actor,
    complaint_id: str,
    *,
    version: int,
    now: datetime,
    text: str,
    reach: Reach = EVERYTHING,
) -> None:
    """It is not about parking, or not for us: the reason is what whoever holds the code reads.

    Raises as `take_on` does.
    """
    told = said(text, N_("请写明不予办理的理由"))
    complaint = locked(session, complaint_id, version, reach)
    _answered(complaint, told, actor, now)
    take(session, complaint, Step(ComplaintStep.REJECTED, actor, now, told))


def join(
    session: Session,
    actor: Actor,
    complaint_id: str,
    *,
    version: int,
    now: datetime,
    original: str,
    reach: Reach = EVERYTHING,
) -> None:
    """It is the same matter as another of the same lot, named by its number: the answer to that one holds.

    Raises as `take_on` does; an `original` of another lot, itself or one that was joined itself is refused.
    """
    # Both at once and in one order: two officers may join two to each other.
    both = or_(Complaint.id == complaint_id, Complaint.number == original.strip())
    held = session.scalars(
        select(Complaint).where(both, reach.holds()).order_by(Complaint.id).with_for_update()
    ).all()
    complaint = locked(session, complaint_id, version, reach)
    found = next((each for each in held if each.number == original.strip()), None)
    if found is None or found.id == complaint.id or found.lot_id != complaint.lot_id:
        refuse("original", "unknown", N_("请填写同一停车场另一件反映的编号"))
    if found.state in (ComplaintState.DUPLICATE, ComplaintState.REJECTED):
        refuse("original", "ended", N_("那一件本身已并入他件或未予办理，请另选一件"))
    complaint.duplicate_of_id = found.id
    take(session, complaint, Step(ComplaintStep.JOINED, actor, now, details={"original": found.number}))


def reopen(session: Session, actor: Actor, complaint_id: str, *, now: datetime, text: str) -> None:
    """Whoever holds the code says that it is not settled: once, within `complaints.reopen_days` days.

    It waits for the bureau again with a new due day, and counts no more as confirmed or not. Raises
    ComplaintNotFound, ComplaintRefused, ReopenedAlready.
    """
    told = said(text, N_("请写明还有什么没有解决"))
    complaint = locked(session, complaint_id, None)
    here = ground(session, now)
    days = reopen_days(here.city)
    state = ComplaintState(complaint.state)
    if not may_reopen(state, complaint.answered_at, complaint.reopened_at, now, days):
        raise ReopenedAlready(days=days)
    complaint.reopened_at, complaint.is_confirmed, complaint.reminded_at = now, None, None
    kind = ComplaintKind(complaint.kind)
    complaint.due_on = due_on(kind, here.today, city=here.city, calendar=here.calendar)
    take(session, complaint, Step(ComplaintStep.REOPENED, actor, now, told))
    tell_officers(session, complaint, notices.REOPENED, now)


def remind(session: Session, actor: Actor, complaint_id: str, now: datetime) -> bool:
    """Tell whoever owes the answer that it is due; once for each due day. False where nothing is owed.

    Raises ComplaintNotFound.
    """
    complaint = locked(session, complaint_id, None)
    state = ComplaintState(complaint.state)
    if complaint.reminded_at is not None or state not in OPEN:
        return False
    complaint.reminded_at = now
    take(session, complaint, Step(ComplaintStep.REMINDED, actor, now))
    if state is ComplaintState.FORWARDED:
        tell_operator(session, complaint, notices.DUE_SOON, ground(session, now), now)
    tell_officers(session, complaint, notices.DUE_SOON, now)
    return True


def _answered(complaint: Complaint, told: str, actor: Actor, now: datetime) -> None:
    """Let whoever holds the code read this; how long it took is told by the first time."""
    complaint.answer, complaint.answered_by, complaint.answered_at = told, str(actor), now
    complaint.first_answered_at = complaint.first_answered_at or now
