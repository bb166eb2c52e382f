"""How is a step taken? Behind the filing's lock, by the table, with its trace in the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.accounts import service as accounts
from parking.accounts.rules.permissions import Permission
from parking.audit import service as audit
from parking.city.queries import Ground
from parking.filings.errors import AlreadyDecided, FilingChanged, FilingClaimed, FilingNotFound
from parking.filings.models import Filing, FilingStep
from parking.filings.queries.filings import last_decision
from parking.filings.rules import FINAL, FilingState, Step, due, next_state
from parking.filings.rules.texts import TO_OFFICERS, TO_OPERATOR
from parking.kernel.actors import Actor

_SILENT = frozenset({Step.CLAIMED, Step.RELEASED})


def lock_filing(session: Session, filing_id: str, organisation_id: str | None = None) -> Filing:
    """A filing, locked until the transaction ends. Another organisation's is as unknown as none.

    Raises FilingNotFound.
    """
    which = select(Filing).where(Filing.id == filing_id)
    if organisation_id is not None:
        which = which.where(Filing.organisation_id == organisation_id)
    found = session.scalar(which.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise FilingNotFound
    return found


def check_unchanged(filing: Filing, version: int) -> None:
    """The caller has read what stands. Raises FilingChanged."""
    if filing.version != version:
        raise FilingChanged(filing.version)


def check_undecided(session: Session, actor: Actor, filing: Filing, version: int, here: Ground) -> None:
    """Nobody was faster, no colleague works on it. Raises AlreadyDecided, FilingChanged, FilingClaimed."""
    if filing.version != version:
        last = last_decision(session, filing.id)
        # Changed since that step without another one: a colleague joined it to a lot.
        if last is None or last.at < filing.updated_at:
            raise FilingChanged(filing.version)
        raise AlreadyDecided(last.actor, last.at, last.step)
    held = filing.claimed_until_at is not None and filing.claimed_until_at > here.now
    if held and actor.kind == "officer" and filing.claimed_by != actor.name:
        raise FilingClaimed(filing.claimed_by or "", filing.claimed_until_at)


def may_take(filing: Filing, step: Step, actor: Actor) -> FilingState:
    """Where the step would lead. Raises StepRefused, StepNotAllowed."""
    return next_state(FilingState(filing.state), step, actor.kind)


def take_step(
    session: Session,
    actor: Actor,
    filing: Filing,
    step: Step,
    here: Ground,
    *,
    reason: str | None = None,
    notice_number: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Move the filing by the table, write the step and its audit entry, and tell the other side.

    Raises StepRefused, StepNotAllowed.
    """
    before = filing.state
    after = may_take(filing, step, actor)
    if step not in _SILENT:
        owed = due(after, here.today, here.city, here.calendar)
        filing.state = after
        filing.due_what, filing.due_on = (owed.what, owed.on) if owed else (None, None)
        filing.reminded_on = None
        filing.version += 1
        filing.updated_at = here.now
        # Whoever worked on it has finished; the next step is anybody's.
        if after in FINAL or after is not FilingState(before):
            filing.claimed_by = filing.claimed_until_at = None
    write_step(
        session, actor, filing, step, here, reason=reason, notice_number=notice_number, details=details or {}
    )
    _tell(session, filing, step, here)
    _record(session, actor, filing, step, before, here, reason, notice_number)


def write_step(
    session: Session,
    actor: Actor,
    filing: Filing,
    step: Step,
    here: Ground,
    *,
    reason: str | None,
    notice_number: str | None,
    details: Mapping[str, Any],
) -> None:
    """Append the step as it was taken."""
    session.add(
        FilingStep(
            filing_id=filing.id,
            step=step,
            state=filing.state,
            actor=str(actor),
            at=here.now,
            reason=reason,
            due_what=filing.due_what,
            due_on=filing.due_on,
            notice_number=notice_number,
            details=dict(details),
        )
    )
    session.flush()


def _record(
    session: Session,
    actor: Actor,
    filing: Filing,
    step: Step,
    before: str,
    here: Ground,
    reason: str | None,
    notice_number: str | None,
) -> None:
    told = {
        "number": filing.number,
        "kind": filing.kind,
        "before": before,
        "after": str(filing.state),
        "version": filing.version,
        "due_on": filing.due_on.isoformat() if filing.due_on else None,
        "notice": notice_number,
    }
    audit.record(session, actor, f"filing:{step}", "filing", filing.id, told, here.now, reason)


def _tell(session: Session, filing: Filing, step: Step, here: Ground) -> None:
    params = {
        "lot": filing.lot_name,
        "number": filing.number,
        "due_on": filing.due_on.isoformat() if filing.due_on else None,
    }
    if (text := TO_OPERATOR.get(step)) is not None:
        accounts.notify_members(session, filing.organisation_id, text, params, here.now)
    if (text := TO_OFFICERS.get(step)) is not None:
        permission = Permission.BUREAU_FILINGS_DECIDE
        accounts.notify_officers(session, permission, filing.district_code, text, params, here.now)


def said(items: Sequence[Mapping[str, str]]) -> str:
    """Items as one line, for the step's reason."""
    return "；".join(item["text_zh"] for item in items)
