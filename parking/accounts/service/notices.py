"""How does a person learn of something? By a message in the outbox that names the account, not the phone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.accounts.models import Account
from parking.accounts.queries.officers import officers_who_may
from parking.accounts.rules.callers import AccountState
from parking.accounts.rules.permissions import Permission
from parking.boundary.notices import NoticeText
from parking.kernel.db import outbox

TOPIC = "notice"


def notify_accounts(
    session: Session, account_ids: Iterable[str], text: NoticeText, params: Mapping[str, Any], now: datetime
) -> None:
    """Tell these people after the commit. `params` are plain JSON without a person's name or number."""
    for account_id in account_ids:
        payload = {
            "account_id": account_id,
            "key": text.key,
            "subject": text.subject,
            "text": text.text,
            "params": dict(params),
        }
        outbox.put(session, TOPIC, payload, now)


def notify_members(
    session: Session, organisation_id: str, text: NoticeText, params: Mapping[str, Any], now: datetime
) -> None:
    """Tell every active member of an organisation."""
    active = select(Account.id).where(
        Account.organisation_id == organisation_id, Account.state == AccountState.ACTIVE
    )
    notify_accounts(session, session.scalars(active.order_by(Account.id)), text, params, now)


def notify_officers(
    session: Session,
    permission: Permission,
    district: str | None,
    text: NoticeText,
    params: Mapping[str, Any],
    now: datetime,
) -> None:
    """Tell every officer who may do this in a district today, substitutes included."""
    notify_accounts(session, officers_who_may(session, permission, district, now), text, params, now)
