"""How does a filing reach the bureau? Complete, by a checked organisation, once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from parking.accounts import queries as accounts
from parking.city.queries import Ground, ground
from parking.filings.errors import (
    DeclarationMissing,
    FilingIncomplete,
    FilingNotFound,
    FilingOpen,
    FilingRefused,
    OrganisationNotChecked,
    StepRefused,
)
from parking.filings.kinds import KINDS
from parking.filings.models import Filing
from parking.filings.queries.comparing import changed_keys
from parking.filings.queries.filings import documents_of, open_filing
from parking.filings.rules import EDITABLE, FIELDS, OPEN, FilingKind, FilingState, Step, missing
from parking.filings.service.drafting import check_unclaimed
from parking.filings.service.numbering import FILING, next_number
from parking.filings.service.steps import check_unchanged, lock_filing, may_take, take_step
from parking.kernel.actors import Actor
from parking.kernel.errors import FieldProblem, ParkingError

_LONGEST_NAME = 60


def submit(
    session: Session,
    actor: Actor,
    organisation_id: str,
    filing_id: str,
    version: int,
    declared_by: str,
    now: datetime,
) -> str:
    """Submit a draft, or what a correction notice asked for; returns the filing's number.

    The same submit a second time is answered with the same number and does nothing. Raises FilingNotFound,
    StepRefused, FilingChanged, OrganisationNotChecked, DeclarationMissing, FilingIncomplete with everything
    that is missing, FilingRefused with everything that is wrong, FilingOpen, and what the kind refuses.
    """
    filing = lock_filing(session, filing_id, organisation_id)
    if filing.state not in EDITABLE:
        if filing.number is not None and filing.submitted_version == version:
            return filing.number
        raise StepRefused
    check_unchanged(filing, version)
    corrects = filing.state == FilingState.CORRECTION_REQUESTED
    step = Step.CORRECTED if corrects else Step.SUBMITTED
    may_take(filing, step, actor)
    if not accounts.may_submit(session, organisation_id):
        raise OrganisationNotChecked
    declared_by = declared_by.strip()[:_LONGEST_NAME]
    if not declared_by:
        raise DeclarationMissing
    here = ground(session, now)
    check_complete(session, filing, here)
    check_right(session, filing, here)
    return _hand_in(session, actor, filing, step, declared_by, here)


def check_complete(session: Session, filing: Filing, here: Ground) -> None:
    """Everything that is asked for is there. Raises FilingIncomplete."""
    documents = documents_of(session, filing.id)
    problems = missing(here.city, FilingKind(filing.kind), filing.answers, documents)
    if problems:
        raise FilingIncomplete(problems=problems, count=len(problems))


def problems_so_far(
    session: Session, organisation_id: str, filing_id: str, now: datetime
) -> list[FieldProblem]:
    """What `submit` would find wrong with a draft, beside what is missing; reads only.

    What keeps the filing as a whole from being submitted names no field. Raises FilingNotFound.
    """
    filing = session.get(Filing, filing_id)
    if filing is None or filing.organisation_id != organisation_id:
        raise FilingNotFound
    kind, here = FilingKind(filing.kind), ground(session, now)
    absent = {each.field for each in missing(here.city, kind, filing.answers, ())}
    if absent & KINDS[kind].checks_from:
        return []
    try:
        check_right(session, filing, here, lock=False)
    except FilingRefused as refused:
        return [each for each in refused.problems if each.field not in absent]
    except ParkingError as refused:
        return [FieldProblem("", refused.code, refused.text, refused.params)]
    return []


def check_right(session: Session, filing: Filing, here: Ground, *, lock: bool = True) -> None:
    """Nothing contradicts itself, the map, the register, other filings. Raises FilingRefused, FilingOpen."""
    problems = KINDS[FilingKind(filing.kind)].check(session, filing, here, lock=lock)
    if problems:
        raise FilingRefused(problems=problems, count=len(problems))
    if filing.claimed_lot_id is not None and filing.kind == FilingKind.REGISTRATION:
        check_unclaimed(session, filing.claimed_lot_id, filing.id)


def _hand_in(
    session: Session, actor: Actor, filing: Filing, step: Step, declared_by: str, here: Ground
) -> str:
    if filing.number is None:
        filing.number = next_number(session, FILING, here).number
    details: dict[str, Any] = {}
    if filing.submitted_answers is not None:
        keys = changed_keys(filing.answers, filing.submitted_answers)
        # What the operator corrected; of private fields only that they were.
        details["corrected"] = keys
        details["before"] = _shown(keys, filing.submitted_answers)
        details["after"] = _shown(keys, filing.answers)
    filing.submitted_version = filing.version
    filing.submitted_answers = dict(filing.answers)
    filing.declared_by = declared_by
    filing.submitted_at = filing.submitted_at or here.now
    filing.organisation_name = accounts.organisation(session, filing.organisation_id).name
    claimed_lot_id = filing.claimed_lot_id
    try:
        with session.begin_nested():
            take_step(session, actor, filing, step, here, details=details)
    except IntegrityError as problem:
        # Somebody's claim on the same lot was faster by moments.
        raise FilingOpen(_rival(session, claimed_lot_id) or "") from problem
    return filing.number


def _rival(session: Session, lot_id: str | None) -> str | None:
    states = sorted(OPEN - {FilingState.DRAFTED})
    return open_filing(session, lot_id, FilingKind.REGISTRATION, states) if lot_id else None


def _shown(keys: list[str], answers: dict[str, Any]) -> dict[str, Any]:
    return {key: answers.get(key) for key in keys if not FIELDS[key].private}
