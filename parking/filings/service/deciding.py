"""How does the bureau decide, once, with reasons and a numbered paper?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from parking.accounts import queries as accounts
from parking.city.queries import Ground, ground
from parking.filings.errors import ApplicantNotChecked, CorrectionsSpent
from parking.filings.kinds import KINDS
from parking.filings.models import Filing
from parking.filings.queries.filings import documents_of, times_taken
from parking.filings.rules import (
    FilingKind,
    FilingState,
    Item,
    NoticeKind,
    Step,
    correction_items,
    due,
    told_items,
)
from parking.filings.rules.due import CORRECTIONS
from parking.filings.service.certificates import put_on_lot
from parking.filings.service.numbering import certificate_content, issue, next_edition, next_number
from parking.filings.service.steps import check_undecided, lock_filing, may_take, said, take_step
from parking.filings.service.submitting import check_right
from parking.kernel.actors import Actor

_NUMBERED_ANEW = (FilingKind.REGISTRATION, FilingKind.CLOSURE, FilingKind.SHARING)


def accept(session: Session, actor: Actor, filing_id: str, version: int, now: datetime) -> str:
    """受理: take a filing on; returns the number of the acceptance notice.

    Raises FilingNotFound, AlreadyDecided, FilingClaimed, StepRefused, StepNotAllowed.
    """
    return _accept(session, actor, filing_id, version, Step.ACCEPTED, now)


def deem_accepted(session: Session, actor: Actor, filing_id: str, version: int, now: datetime) -> str:
    """逾期视为受理: the day passed without an answer; returns the number of the acceptance notice.

    Raises as `accept` does.
    """
    return _accept(session, actor, filing_id, version, Step.DEEMED_ACCEPTED, now)


def request_correction(
    session: Session, actor: Actor, filing_id: str, version: int, items: Sequence[Item], now: datetime
) -> str:
    """一次性告知补正: name all that is missing; what the checklist misses is added to the officer's items.

    Returns the notice's number. Raises as `accept` does, ReasonMissing, and CorrectionsSpent where a notice
    was sent before (as often as the profile allows: once).
    """
    filing, here = _take_up(session, actor, filing_id, version, Step.CORRECTION_REQUESTED, now)
    most = int(here.city.told("filings.corrections", CORRECTIONS))
    if times_taken(session, filing.id, Step.CORRECTION_REQUESTED) >= most:
        raise CorrectionsSpent
    kind = FilingKind(filing.kind)
    told = correction_items(items, here.city, kind, filing.answers, documents_of(session, filing.id))
    return _answer(session, actor, filing, Step.CORRECTION_REQUESTED, NoticeKind.CORRECTION, told, here)


def refuse(
    session: Session, actor: Actor, filing_id: str, version: int, items: Sequence[Item], now: datetime
) -> str:
    """不予受理, with reasons; returns the notice's number. Raises as `accept` does, and ReasonMissing."""
    filing, here = _take_up(session, actor, filing_id, version, Step.REFUSED, now)
    told = told_items(items, "refuse", here.city, FilingKind(filing.kind), filing.answers)
    return _answer(session, actor, filing, Step.REFUSED, NoticeKind.REFUSAL, told, here)


def return_filing(
    session: Session, actor: Actor, filing_id: str, version: int, items: Sequence[Item], now: datetime
) -> str:
    """退回 an accepted filing, with reasons; returns the notice's number.

    Raises as `accept` does, and ReasonMissing.
    """
    filing, here = _take_up(session, actor, filing_id, version, Step.RETURNED, now)
    told = told_items(items, "return", here.city, FilingKind(filing.kind), filing.answers)
    return _answer(session, actor, filing, Step.RETURNED, NoticeKind.RETURN, told, here)


def approve(session: Session, actor: Actor, filing_id: str, version: int, now: datetime) -> str:
    """予以备案: write the lot, its spaces, the ledger and the certificate, all in this transaction.

    Returns the number of the certificate's paper, or of the closure receipt. What was right when it was
    submitted is checked again. Raises as `accept` does, FilingRefused, ApplicantNotChecked, and what the
    kind or the register refuses; then nothing was written.
    """
    filing, here = _take_up(session, actor, filing_id, version, Step.APPROVED, now)
    # A lot is closed for whoever leaves, too.
    if filing.kind != FilingKind.CLOSURE and not accounts.may_submit(session, filing.organisation_id):
        raise ApplicantNotChecked
    check_right(session, filing, here)
    kind = KINDS[FilingKind(filing.kind)]
    fresh = next_number(session, kind.notice, here) if filing.kind in _NUMBERED_ANEW else None
    carried = kind.carry_out(session, actor, filing, fresh.number if fresh else "", here)
    certificate = carried.certificate
    filing.lot_id = certificate.lot_id
    filing.certificate_number = certificate.number
    numbered = fresh or next_edition(session, certificate)
    content = {**certificate_content(certificate, here), **carried.content}
    number = issue(
        session, actor, kind.notice, numbered, filing, here, content, certificate_number=certificate.number
    )
    if filing.kind != FilingKind.SHARING:
        # What is lent changes nothing of the lot itself, nor of its certificate.
        certificate.filing_id = filing.id
        certificate.version += 1
    if kind.notice is NoticeKind.CERTIFICATE:
        certificate.notice_number = number
        certificate.editions = numbered.edition
    session.flush()
    put_on_lot(session, actor, certificate, now)
    details = {
        "changes": [asdict(change) for change in carried.changes],
        "certificate": certificate.number,
        "lot": certificate.lot_id,
    }
    take_step(session, actor, filing, Step.APPROVED, here, notice_number=number, details=details)
    return number


def _take_up(
    session: Session, actor: Actor, filing_id: str, version: int, step: Step, now: datetime
) -> tuple[Filing, Ground]:
    """The filing behind its lock, if this actor may still take this step."""
    filing = lock_filing(session, filing_id)
    here = ground(session, now)
    check_undecided(session, actor, filing, version, here)
    may_take(filing, step, actor)
    return filing, here


def _accept(session: Session, actor: Actor, filing_id: str, version: int, step: Step, now: datetime) -> str:
    filing, here = _take_up(session, actor, filing_id, version, step, now)
    owed = due(FilingState.ACCEPTED, here.today, here.city, here.calendar)
    numbered = next_number(session, NoticeKind.ACCEPTANCE, here)
    due_on = owed.on if owed else None
    content = {"deemed": step is Step.DEEMED_ACCEPTED}
    number = issue(session, actor, NoticeKind.ACCEPTANCE, numbered, filing, here, content, due_on=due_on)
    take_step(session, actor, filing, step, here, notice_number=number)
    return number


def _answer(
    session: Session,
    actor: Actor,
    filing: Filing,
    step: Step,
    kind: NoticeKind,
    told: list[dict[str, str]],
    here: Ground,
) -> str:
    """Issue a paper that says something against the filing, and take the step."""
    leads_to = may_take(filing, step, actor)
    owed = due(leads_to, here.today, here.city, here.calendar)
    numbered = next_number(session, kind, here)
    content: dict[str, Any] = {"items": told}
    number = issue(session, actor, kind, numbered, filing, here, content, due_on=owed.on if owed else None)
    take_step(session, actor, filing, step, here, reason=said(told), notice_number=number, details=content)
    return number
