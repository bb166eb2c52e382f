"""Who is told when a complaint moves? Members of the lot's organisation, or the officers of its district."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from parking.accounts.rules import Permission
from parking.accounts.service import notify_members, notify_officers
from parking.boundary.notices import NoticeText
from parking.city.queries import Ground
from parking.complaints.models import Complaint
from parking.lots import queries as lots


def operator_of(session: Session, lot_id: str, here: Ground) -> str | None:
    """The organisation that has the lot on file now."""
    return next((card.organisation_id for card in lots.lot_cards(session, here.today, [lot_id])), None)


def tell_operator(
    session: Session, complaint: Complaint, text: NoticeText, here: Ground, now: datetime
) -> None:
    """Tell the members of the lot's organisation; nobody where there is none."""
    organisation_id = operator_of(session, complaint.lot_id, here)
    if organisation_id is not None:
        notify_members(session, organisation_id, text, _params(complaint), now)


def tell_officers(session: Session, complaint: Complaint, text: NoticeText, now: datetime) -> None:
    """Tell those who answer complaints in its district."""
    may = Permission.BUREAU_COMPLAINTS_ANSWER
    notify_officers(session, may, complaint.district_code, text, _params(complaint), now)


def _params(complaint: Complaint) -> dict[str, str]:
    return {"number": complaint.number, "due_on": complaint.due_on.isoformat()}
