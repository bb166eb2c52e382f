"""Which officers are there, who is away, and whom must a notice reach?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from parking.accounts.errors import AccountNotFound
from parking.accounts.models import Account, OfficerLeave
from parking.accounts.queries.callers import grants_of
from parking.accounts.queries.policy import today
from parking.accounts.rules.callers import AccountState, Audience
from parking.accounts.rules.identity import mask_phone
from parking.accounts.rules.permissions import OfficerRole, Permission


@dataclass(frozen=True, slots=True)
class LeaveView:
    """Who is away on [from_on, until_on), and who stands in."""

    id: str
    officer_id: str
    officer_name: str
    substitute_id: str
    substitute_name: str
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class OfficerView:
    """An officer; no district means the whole city; the phone is masked."""

    id: str
    login: str
    name: str
    phone: str | None
    roles: frozenset[OfficerRole]
    districts: frozenset[str]
    state: AccountState
    has_second_factor: bool
    signs_on_once: bool
    created_at: datetime
    last_login_at: datetime | None
    version: int


def officers(session: Session) -> list[OfficerView]:
    """All officers by login, those who left too."""
    rows = session.scalars(select(Account).where(Account.kind == Audience.OFFICER).order_by(Account.login))
    return [_view(row) for row in rows]


def officer(session: Session, officer_id: str) -> OfficerView:
    """One officer. Raises AccountNotFound."""
    row = session.get(Account, officer_id)
    if row is None or row.kind != Audience.OFFICER:
        raise AccountNotFound
    return _view(row)


def leaves(session: Session, on: date, officer_id: str | None = None) -> list[LeaveView]:
    """The leaves that last on a day or begin later, by their first day; of one officer where named."""
    absent, substitute = aliased(Account), aliased(Account)
    asked = (
        select(OfficerLeave, absent.name, substitute.name)
        .join(absent, absent.id == OfficerLeave.officer_id)
        .join(substitute, substitute.id == OfficerLeave.substitute_id)
        .where(OfficerLeave.until_on > on)
        .order_by(OfficerLeave.from_on, OfficerLeave.id)
    )
    if officer_id is not None:
        asked = asked.where(OfficerLeave.officer_id == officer_id)
    return [
        LeaveView(row.id, row.officer_id, away, row.substitute_id, here, row.from_on, row.until_on)
        for row, away, here in session.execute(asked)
    ]


def officers_who_may(
    session: Session, permission: Permission, district: str | None, now: datetime
) -> list[str]:
    """The ids of active officers who may do this in a district today, substitutes included."""
    on = today(session, now)
    rows = session.scalars(
        select(Account)
        .where(Account.kind == Audience.OFFICER, Account.state == AccountState.ACTIVE)
        .order_by(Account.login)
    )
    return [
        row.id
        for row in rows
        if any(
            permission in grant.permissions and grant.covers(district)
            for grant in grants_of(session, row, on)
        )
    ]


def addresses(session: Session, account_ids: Collection[str]) -> dict[str, tuple[str | None, str | None]]:
    """Phone and mail of active accounts: for sending a notice, nothing else."""
    told = select(Account.id, Account.phone, Account.email).where(
        Account.id.in_(account_ids), Account.state == AccountState.ACTIVE
    )
    return {row.id: (row.phone, row.email) for row in session.execute(told)}


def _view(row: Account) -> OfficerView:
    return OfficerView(
        id=row.id,
        login=row.login,
        name=row.name,
        phone=mask_phone(row.phone),
        roles=frozenset(OfficerRole(role) for role in row.roles),
        districts=frozenset(row.districts),
        state=AccountState(row.state),
        has_second_factor=row.totp_since_at is not None,
        signs_on_once=row.sso_subject is not None,
        created_at=row.created_at,
        last_login_at=row.last_login_at,
        version=row.version,
    )


def by_sso_subject(session: Session, subject: str) -> Account | None:
    """The officer whom the city's single sign-on names, None when it is nobody here."""
    return session.scalar(
        select(Account).where(Account.kind == Audience.OFFICER, Account.sso_subject == subject)
    )
