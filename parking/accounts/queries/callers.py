"""Whose token is this, and what may they do today?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.accounts.models import Account, LoginSession, OfficerLeave, Organisation
from parking.accounts.queries.policy import today
from parking.accounts.rules.callers import (
    AccountState,
    Audience,
    Caller,
    Grant,
    Needs,
    OrganisationState,
)
from parking.accounts.rules.limits import is_idle
from parking.accounts.rules.permissions import MemberRole, OfficerRole, permissions_of, roles_clash


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A log-in that still stands, finished or not."""

    row: LoginSession
    account: Account

    @property
    def needs(self) -> Needs | None:
        return Needs(self.row.needs) if self.row.needs else None


def token_hash(token: str) -> bytes:
    """What is kept of a token. It is random enough that one plain hash hides it."""
    return sha256(token.encode()).digest()


def open_session(session: Session, token: str, now: datetime) -> OpenSession | None:
    """The log-in of a token unless it ran out, was idle for too long, or the account was closed."""
    found = session.execute(
        select(LoginSession, Account, Organisation.state)
        .join(Account, Account.id == LoginSession.account_id)
        .outerjoin(Organisation, Organisation.id == Account.organisation_id)
        .where(
            LoginSession.token_hash == token_hash(token),
            LoginSession.expires_at > now,
            Account.state == AccountState.ACTIVE,
        )
    ).one_or_none()
    if found is None or found[2] == OrganisationState.DISABLED:
        return None
    row, account, _ = found
    return None if is_idle(Audience(account.kind), row.last_seen_at, now) else OpenSession(row, account)


def caller_of(session: Session, token: str, now: datetime) -> Caller | None:
    """Who calls with this token; None for nobody, and while the second factor is missing."""
    found = open_session(session, token, now)
    return None if found is None or found.needs else caller_from(session, found, now)


def needs_of(session: Session, token: str, now: datetime) -> Needs | None:
    """Which step an unfinished log-in waits for; None when there is no such log-in."""
    found = open_session(session, token, now)
    return None if found is None else found.needs


def caller_from(session: Session, found: OpenSession, now: datetime) -> Caller:
    """The caller of an open session, with the duties of absent colleagues."""
    account = found.account
    grants = grants_of(session, account, today(session, now))
    whole_city = any(not grant.districts for grant in grants)
    return Caller(
        kind=account.kind,
        account_id=account.id,
        session_id=found.row.id,
        name=account.name,
        permissions=frozenset().union(*(grant.permissions for grant in grants)),
        organisation_id=account.organisation_id,
        districts=frozenset() if whole_city else frozenset().union(*(grant.districts for grant in grants)),
        roles=roles_of(account),
        must_change_password=account.must_change_password,
        grants=grants,
    )


def grants_of(session: Session, account: Account, on: date) -> tuple[Grant, ...]:
    """The own duties first, then those of every officer who is away and for whom this one stands in."""
    own = Grant(permissions_of(roles_of(account)), frozenset(account.districts))
    if account.kind != Audience.OFFICER:
        return (own,)
    absent = session.scalars(
        select(Account)
        .join(OfficerLeave, OfficerLeave.officer_id == Account.id)
        .where(
            OfficerLeave.substitute_id == account.id,
            OfficerLeave.from_on <= on,
            OfficerLeave.until_on > on,
            Account.state == AccountState.ACTIVE,
        )
    )
    # Roles may have changed since the leave was set: what would clash is not lent.
    lent = [
        Grant(permissions_of(roles_of(other)), frozenset(other.districts))
        for other in absent
        if not clash(account, other)
    ]
    return (own, *lent)


def clash(account: Account, other: Account) -> bool:
    """Whether one officer must not also do the other's duties."""
    return roles_clash([OfficerRole(role) for role in {*account.roles, *other.roles}])


def roles_of(account: Account) -> frozenset[MemberRole | OfficerRole]:
    """The account's roles as their enumeration."""
    kind: type[MemberRole] | type[OfficerRole] = (
        MemberRole if account.kind == Audience.MEMBER else OfficerRole
    )
    return frozenset(kind(role) for role in account.roles)


def display_names(session: Session, account_ids: Collection[str]) -> dict[str, str]:
    """The names of people by the id of their accounts; ids that nobody has are left out."""
    told = select(Account.id, Account.name).where(Account.id.in_(account_ids))
    return {row.id: row.name for row in session.execute(told)}
