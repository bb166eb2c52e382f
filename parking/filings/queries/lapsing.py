"""Which filings and certificates does the passing day concern?"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.city.queries import Ground
from parking.filings.models import Certificate, Filing
from parking.filings.rules import WAITING, CertificateState, FilingState
from parking.filings.rules.due import REMIND_BEFORE_DAYS, renewal_notice_until

_OWED = sorted({*WAITING, FilingState.CORRECTION_REQUESTED})
# What a run does not reach, the next one does.
_MOST = 500


def overdue_filings(session: Session, here: Ground) -> list[str]:
    """The filings whose due date passed and brings a step, longest first."""
    states = [FilingState.CORRECTION_REQUESTED]
    if here.city.told("filings.deemed_acceptance", False):
        states.append(FilingState.SUBMITTED)
    overdue = select(Filing.id).where(Filing.state.in_(states), Filing.due_on < here.today)
    return list(session.scalars(overdue.order_by(Filing.due_on, Filing.id).limit(_MOST)))


def filings_to_remind(session: Session, here: Ground) -> list[str]:
    """The filings that are due within the next working days and of which nobody was reminded yet."""
    until = remind_until(here)
    soon = select(Filing.id).where(
        Filing.state.in_(_OWED), Filing.due_on <= until, Filing.reminded_on.is_(None)
    )
    return list(session.scalars(soon.order_by(Filing.due_on, Filing.id).limit(_MOST)))


def certificates_to_age(session: Session, here: Ground) -> list[str]:
    """The certificates whose state the day has overtaken."""
    expired = Certificate.state.in_((CertificateState.VALID, CertificateState.EXPIRING)) & (
        Certificate.until_on <= here.today
    )
    expiring = (Certificate.state == CertificateState.VALID) & (
        Certificate.until_on <= renewal_notice_until(here.today, here.city)
    )
    due = select(Certificate.number).where(expired | expiring)
    return list(session.scalars(due.order_by(Certificate.until_on, Certificate.number).limit(_MOST)))


def remind_until(here: Ground) -> date:
    """The last due date of which people are reminded today."""
    days = int(here.city.told("filings.remind_before_days", REMIND_BEFORE_DAYS))
    return here.calendar.add_workdays(here.today, days)
