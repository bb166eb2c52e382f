"""How are the parties of an agreement asked why nobody used it, and how does each answer?"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.kernel.actors import SYSTEM, Actor
from parking.kernel.texts import text_problems
from parking.sharing.errors.questions import AnsweredAlready, AnswerRefused, QuestionUnknown
from parking.sharing.models.agreements import AgreementParty
from parking.sharing.models.questions import AgreementAnswer, AgreementQuestion
from parking.sharing.queries.evidence import EvidenceLine
from parking.sharing.rules.agreements import Party
from parking.sharing.rules.notices import ANSWERED, END_PROPOSED, UNUSED
from parking.sharing.rules.questions import REASON_MOST
from parking.sharing.service.agreements import SUBJECT, locked
from parking.sharing.service.noticing import tell_parties

_MINUTE = timedelta(minutes=1)


def ask(session: Session, line: EvidenceLine, month_on: date, now: datetime) -> bool:
    """Ask the parties of an agreement that nobody used in a month; False where somebody did already.

    However often, an agreement is asked about a month once. Raises AgreementUnknown.
    """
    row = locked(session, line.agreement.id)
    fresh = insert(AgreementQuestion).values(
        agreement_id=row.id,
        month_on=month_on,
        windows=line.sum.windows,
        offered_minutes=line.sum.offered // _MINUTE,
        asked_at=now,
    )
    made = fresh.on_conflict_do_nothing().returning(AgreementQuestion.agreement_id)
    if session.scalar(made) is None:
        return False
    month = f"{month_on:%Y-%m}"
    audit.record(session, SYSTEM, "agreement:questioned", SUBJECT, row.id, {"month": month}, now)
    tell_parties(session, row, UNUSED, now, month=month, hours=f"{line.sum.offered_hours:.0f}")
    return True


def answer(
    session: Session,
    actor: Actor,
    agreement_id: str,
    month_on: date,
    party: Party,
    reason: str,
    now: datetime,
    *,
    proposes_end: bool = False,
) -> None:
    """Write down what a party answers, and tell the others; an answer is given once and never changed.

    To propose the end ends nothing: that needs the notice that was agreed. The caller answers for the actor
    speaking for that party. Raises AgreementUnknown, QuestionUnknown, AnswerRefused, AnsweredAlready.
    """
    reason = reason.strip()
    if problems := [*text_problems("reason", reason, REASON_MOST)]:
        raise AnswerRefused(problems=problems, count=len(problems))
    row = locked(session, agreement_id)
    if session.get(AgreementQuestion, (agreement_id, month_on)) is None:
        raise QuestionUnknown
    if session.get(AgreementAnswer, (agreement_id, month_on, str(party))) is not None:
        raise AnsweredAlready
    session.add(
        AgreementAnswer(
            agreement_id=agreement_id,
            month_on=month_on,
            party=str(party),
            proposes_end=proposes_end,
            reason=reason,
            answered_at=now,
            answered_by=str(actor),
        )
    )
    month = f"{month_on:%Y-%m}"
    details = {"month": month, "party": str(party), "proposes_end": proposes_end}
    audit.record(session, actor, "agreement:answered", SUBJECT, agreement_id, details, now, reason)
    name = session.get_one(AgreementParty, (agreement_id, str(party))).name
    text = END_PROPOSED if proposes_end else ANSWERED
    tell_parties(session, row, text, now, but=(party,), month=month, name=name, reason=reason)
