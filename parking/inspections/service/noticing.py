"""Who is told when a finding moves? Members of the lot's organisation, or the officers of its district."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from parking.accounts.rules import Permission
from parking.accounts.service import notify_members, notify_officers
from parking.boundary.notices import NoticeText
from parking.city.queries import Ground
from parking.inspections.models import Finding
from parking.inspections.rules import notices
from parking.lots import queries as lots
from parking.lots.queries import LotCard


def tell_organisation(
    session: Session, card: LotCard, text: NoticeText, params: Mapping[str, Any], now: datetime
) -> None:
    """Tell the members of the organisation that has the lot on file; nobody where there is none."""
    if card.organisation_id is not None:
        notify_members(session, card.organisation_id, text, params, now)


def tell_operator_of(
    session: Session,
    finding: Finding,
    text: NoticeText,
    params: Mapping[str, Any],
    here: Ground,
    now: datetime,
) -> None:
    """Tell the operator of the lot on which a finding stands."""
    for card in lots.lot_cards(session, here.today, [finding.lot_id] if finding.lot_id else []):
        tell_organisation(session, card, text, params, now)


def tell_inspectors(session: Session, finding: Finding, now: datetime) -> None:
    """Tell those who re-check in the finding's district that an answer came."""
    params = {"number": finding.number, "due_on": finding.due_on.isoformat() if finding.due_on else ""}
    may = Permission.BUREAU_INSPECTIONS_RECORD
    notify_officers(session, may, finding.district_code, notices.PUT_RIGHT, params, now)
