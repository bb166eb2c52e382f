"""How does a person learn of something? By a message in the outbox that names the account, not the phone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.accounts.models import Account
from parking.accounts.queries.officers import officers_who_may
from parking.accounts.rules.callers import AccountState
from parking.accounts.rules.permissions import Permission
from parking.boundary.notices import Notice, NoticeText
from parking.kernel.db import outbox

TOPIC = "notice"
# A marked Chinese sentence and its values -> the words in the language of the deployment.
Words = Callable[[str, Mapping[str, object]], str]


def notify_accounts(
    session: Session, account_ids: Iterable[str], text: NoticeText, params: Mapping[str, Any], now: datetime
) -> None:
    """Tell these people after the commit. `params` are plain JSON without a person's name or number."""
    for account_id in account_ids:
        put_notice(session, TOPIC, {"account_id": account_id}, text, params, now)


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


def put_notice(
    session: Session,
    topic: str,
    whom: Mapping[str, str],
    text: NoticeText,
    params: Mapping[str, Any],
    now: datetime,
) -> None:
    """Hand a notice over to the outbox; `whom` names an id under which the address is found later."""
    told = {"key": text.key, "subject": text.subject, "text": text.text, "params": dict(params)}
    outbox.put(session, topic, {**whom, **told}, now)


def notice_of(
    payload: Mapping[str, Any], words: Words, *, phone: str | None, email: str | None = None
) -> Notice:
    """What `put_notice` handed over, as its channel sends it."""
    params = payload["params"]
    return Notice(
        id=f"notice-{payload[outbox.ID]}",
        key=payload["key"],
        subject=words(payload["subject"], {}),
        text=words(payload["text"], params),
        params=params,
        phone=phone,
        email=email,
    )
