"""How does the supervisor confirm what owner and operator agreed? By an officer who will watch it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from parking.kernel.actors import Actor
from parking.kernel.views import view_of
from parking.kernel.vocabulary import SpaceClass
from parking.sharing.errors.agreements import AgreementRefused, AgreementStepRefused
from parking.sharing.models.agreements import Agreement
from parking.sharing.rules.agreements import AgreementDraft, AgreementState, PartDraft, Party, PartyDraft
from parking.sharing.rules.notices import TO_CONFIRM
from parking.sharing.service.agreements import confirm, draft_problems, locked, put_in_force
from parking.sharing.service.noticing import tell_parties
from parking.sharing.service.opening import Materialised


def supervise(session: Session, actor: Actor, agreement_id: str, version: int, now: datetime) -> Materialised:
    """Confirm as the supervisor, and let an agreement that the two others confirmed come into force.

    The caller answers for the officer supervising sharing in the lot's district. What was right when it was
    proposed is checked again. Raises AgreementUnknown, AgreementChanged, AgreementStepRefused and
    AgreementRefused.
    """
    row = locked(session, agreement_id, version)
    if row.state != AgreementState.PROPOSED:
        raise AgreementStepRefused
    problems = draft_problems(session, _draft_of(row), now)
    if problems:
        raise AgreementRefused(problems=problems, count=len(problems))
    officer = next(each for each in row.parties if each.party == Party.SUPERVISOR)
    officer.officer_id = actor.name
    session.flush()
    confirm(session, actor, row.id, Party.SUPERVISOR, now)
    return put_in_force(session, actor, row.id, now)


def await_supervisor(session: Session, agreement_id: str, now: datetime) -> None:
    """Tell the district's officers that an agreement waits for one of them. Raises AgreementUnknown."""
    others = (Party.OWNER, Party.OPERATOR)
    tell_parties(session, locked(session, agreement_id), TO_CONFIRM, now, others)


def _draft_of(row: Agreement) -> AgreementDraft:
    parties = {Party(each.party): view_of(PartyDraft, each) for each in row.parties}
    parts = (view_of(PartDraft, each, space_class=SpaceClass(each.space_class)) for each in row.parts)
    return view_of(AgreementDraft, row, parties=parties, parts=tuple(parts))
