"""Which agreements are asked why nobody used them, and what did their parties answer?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.days import month_span
from parking.sharing.models.agreements import Agreement
from parking.sharing.models.questions import AgreementAnswer, AgreementQuestion
from parking.sharing.models.windows import Window
from parking.sharing.queries.agreements import AgreementView
from parking.sharing.queries.evidence import EvidenceLine, evidence
from parking.sharing.rules.agreements import AgreementState, Party
from parking.sharing.rules.questions import Held, is_asked
from parking.sharing.rules.windows import ClosedFor

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What a party answered; `answered_by` may be whoever reached the owner."""

    party: Party
    proposes_end: bool
    reason: str
    answered_at: datetime
    answered_by: str


@dataclass(frozen=True, slots=True)
class QuestionView:
    """What the parties were asked about a month in which spaces stood open and nobody came."""

    agreement_id: str
    month_on: date
    windows: int
    offered: timedelta
    asked_at: datetime
    answers: tuple[AnswerView, ...]

    @property
    def offered_hours(self) -> float:
        return self.offered / _HOUR

    def answer_of(self, party: Party) -> AnswerView | None:
        """What a party answered; None while it did not."""
        return next((each for each in self.answers if each.party is party), None)

    @property
    def waits_for(self) -> tuple[Party, ...]:
        """The parties that did not answer yet."""
        answered = {each.party for each in self.answers}
        return tuple(party for party in Party if party not in answered)

    @property
    def proposes_end(self) -> bool:
        """Whether a party proposed to end the agreement."""
        return any(each.proposes_end for each in self.answers)


def questions(
    session: Session,
    *,
    agreement_ids: Collection[str] | None = None,
    month_on: date | None = None,
    organisation_id: str | None = None,
    standing: bool = False,
) -> list[QuestionView]:
    """The questions asked for, the newest first; `standing`: of agreements that have not ended."""
    asked = select(AgreementQuestion)
    if standing or organisation_id is not None:
        asked = asked.join(Agreement, Agreement.id == AgreementQuestion.agreement_id)
    if standing:
        asked = asked.where(Agreement.state != AgreementState.ENDED)
    if organisation_id is not None:
        asked = asked.where(Agreement.organisation_id == organisation_id)
    if agreement_ids is not None:
        asked = asked.where(AgreementQuestion.agreement_id.in_(list(agreement_ids)))
    if month_on is not None:
        asked = asked.where(AgreementQuestion.month_on == month_on.replace(day=1))
    ordered = asked.order_by(AgreementQuestion.month_on.desc(), AgreementQuestion.agreement_id)
    rows = session.scalars(ordered.execution_options(populate_existing=True)).all()
    answers = _answers(session, {row.agreement_id for row in rows})
    return [
        QuestionView(
            agreement_id=row.agreement_id,
            month_on=row.month_on,
            windows=row.windows,
            offered=timedelta(minutes=row.offered_minutes),
            asked_at=row.asked_at,
            answers=tuple(answers.get((row.agreement_id, row.month_on), ())),
        )
        for row in rows
    ]


def to_ask(session: Session, month_on: date, now: datetime) -> list[EvidenceLine]:
    """The agreements whose parties are to be asked about a month, and were not; none before it is over.

    Raises ProfileMissing before the city's profile was loaded.
    """
    zone = city.time_zone(session, now)
    from_at, until_at = month_span(month_on, zone)
    if now < until_at:
        return []
    unused = [line for line in evidence(session, month_on, now) if line.sum.is_unused]
    ids = [line.agreement.id for line in unused]
    shut = _suspended_in(session, ids, from_at, until_at)
    known = {each.agreement_id for each in questions(session, agreement_ids=ids, month_on=month_on)}

    def held(told: AgreementView) -> Held:
        since = told.in_force_at
        is_shut = told.suspended_at is not None and told.suspended_at < until_at
        return Held(
            state=told.state,
            from_on=told.from_on,
            until_on=told.until_on,
            in_force_on=None if since is None else since.astimezone(zone).date(),
            is_ending=told.notice_at is not None,
            was_suspended=is_shut or told.id in shut,
        )

    return [
        line
        for line in unused
        if line.agreement.id not in known and is_asked(held(line.agreement), line.sum, month_on)
    ]


def _answers(session: Session, agreement_ids: Collection[str]) -> dict[tuple[str, date], list[AnswerView]]:
    told: dict[tuple[str, date], list[AnswerView]] = defaultdict(list)
    asked = select(AgreementAnswer).where(AgreementAnswer.agreement_id.in_(list(agreement_ids)))
    for row in session.scalars(asked.order_by(AgreementAnswer.answered_at, AgreementAnswer.party)):
        view = AnswerView(Party(row.party), row.proposes_end, row.reason, row.answered_at, row.answered_by)
        told[row.agreement_id, row.month_on].append(view)
    return told


def _suspended_in(
    session: Session, agreement_ids: Collection[str], from_at: datetime, until_at: datetime
) -> frozenset[str]:
    """Those with a window of the span that a suspension shut, also one that is over since."""
    asked = select(Window.agreement_id).where(
        Window.agreement_id.in_(list(agreement_ids)),
        Window.until_at > from_at,
        Window.from_at < until_at,
        Window.closed_for == ClosedFor.SUSPENDED,
    )
    return frozenset(session.scalars(asked.distinct()))
