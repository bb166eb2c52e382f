"""How did each party of a filed agreement confirm it: by whose act, and by which paper is it known?"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.accounts.queries.officers import officers_who_may
from parking.accounts.rules import Audience, Permission
from parking.city.queries import Ground
from parking.filings.models import Filing, FilingPaper, FilingStep
from parking.filings.rules import FilingKind, Step, checklist
from parking.kernel.actors import Actor
from parking.sharing.errors.agreements import OwnerConsentMissing, SupervisorMissing
from parking.sharing.queries.agreements import agreement
from parking.sharing.rules.agreements import AgreementDraft, Party
from parking.sharing.service.agreements import Proof, confirm, draft_agreement, propose
from parking.sharing.service.confirming import await_supervisor, supervise

_PROVEN = "lend_owner"


def agree(session: Session, actor: Actor, filing: Filing, draft: AgreementDraft, here: Ground) -> str | None:
    """Put the agreement of a filing that is approved on record; its number, None while it is not in force.

    The operator confirmed when its member declared and handed in; the owner by the signed paper that the
    deciding officer saw; the supervisor confirms now if the deciding officer has that role for the district,
    else such an officer is asked to. Raises SupervisorMissing, OwnerConsentMissing, AgreementRefused.
    """
    may = officers_who_may(session, Permission.BUREAU_SHARING_SUPERVISE, filing.district_code, here.now)
    if not may:
        raise SupervisorMissing
    paper_id = _consent(session, filing, here)
    if paper_id is None:
        raise OwnerConsentMissing
    made = draft_agreement(session, actor, draft, here.now)
    propose(session, actor, made, here.now)
    confirm(session, actor, made, Party.OPERATOR, here.now, _declared(session, filing.id))
    confirm(session, actor, made, Party.OWNER, here.now, Proof(paper_id=paper_id))
    told = agreement(session, made)
    if told is None or actor.kind != Audience.OFFICER or actor.name not in may:
        await_supervisor(session, made, here.now)
        return None
    supervise(session, actor, made, told.version, here.now)
    held = agreement(session, made)
    return held.number if held else None


def _consent(session: Session, filing: Filing, here: Ground) -> str | None:
    """The newest standing paper that proves the owner's consent."""
    needs = checklist(here.city, FilingKind.SHARING, filing.answers)
    asked = select(FilingPaper.id).where(
        FilingPaper.filing_id == filing.id,
        FilingPaper.document_key.in_([need.key for need in needs if need.proves == _PROVEN]),
        FilingPaper.withdrawn_at.is_(None),
    )
    return session.scalar(asked.order_by(FilingPaper.added_at.desc(), FilingPaper.id).limit(1))


def _declared(session: Session, filing_id: str) -> Proof:
    """Who declared the filing as it was decided, and when."""
    asked = select(FilingStep).where(
        FilingStep.filing_id == filing_id, FilingStep.step.in_((Step.SUBMITTED, Step.CORRECTED))
    )
    step = session.scalars(asked.order_by(FilingStep.number.desc()).limit(1)).one()
    return Proof(by=step.actor, at=step.at)
