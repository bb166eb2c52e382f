"""Who belongs to an organisation? Its owners decide."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from parking.accounts.errors import AccountNotFound, LastOfItsKind, OwnAccount
from parking.accounts.models import Account, LoginSession
from parking.accounts.rules.callers import AccountState, Audience, Caller
from parking.accounts.rules.permissions import MemberRole
from parking.accounts.rules.texts import JOIN_ACCEPTED
from parking.accounts.service.counting import wait_for
from parking.accounts.service.notices import notify_accounts
from parking.accounts.service.people import Appointed, Person, add_account, close_account
from parking.audit import service as audit

_SUBJECT = "account"


def decide_join(session: Session, caller: Caller, member_id: str, *, accepted: bool, now: datetime) -> None:
    """Let somebody join who asked, as a clerk, or not. Raises AccountNotFound, also once it is decided."""
    account = _of_caller(session, caller, member_id)
    if account.state != AccountState.ASKED:
        raise AccountNotFound
    if accepted:
        account.state = AccountState.ACTIVE
        account.version += 1
        notify_accounts(session, [account.id], JOIN_ACCEPTED, {}, now)
        session.flush()
    else:
        close_account(session, account, AccountState.REFUSED)
    action = "account:accept_join" if accepted else "account:refuse_join"
    audit.record(session, caller.actor, action, _SUBJECT, account.id, {}, now)


def add_member(
    session: Session,
    caller: Caller,
    *,
    login: str,
    name: str,
    role: MemberRole,
    now: datetime,
    phone: str | None = None,
    email: str | None = None,
) -> Appointed:
    """Add a colleague, whose one-time password is told once.

    Raises AccountNotFound (the caller has no organisation), RegistrationRefused, LoginTaken.
    """
    if caller.organisation_id is None:
        raise AccountNotFound
    added = add_account(
        session,
        Audience.MEMBER,
        Person(login, name, phone, email),
        organisation_id=caller.organisation_id,
        roles=[role],
        districts=[],
        password=None,
        state=AccountState.ACTIVE,
        must_change=True,
        now=now,
    )
    audit.record(session, caller.actor, "account:add", _SUBJECT, added.account_id, {"roles": [role]}, now)
    return added


def change_member_role(
    session: Session, caller: Caller, member_id: str, *, role: MemberRole, now: datetime
) -> None:
    """Make a member an owner or a clerk. Raises AccountNotFound, OwnAccount, LastOfItsKind."""
    account = _of_caller(session, caller, member_id)
    if account.id == caller.account_id:
        raise OwnAccount
    if role is not MemberRole.OWNER:
        _refuse_last_owner(session, account)
    before, account.roles = account.roles, [role]
    account.version += 1
    session.flush()
    told = {"before": before, "after": account.roles}
    audit.record(session, caller.actor, "account:change_roles", _SUBJECT, account.id, told, now)


def disable_member(session: Session, caller: Caller, member_id: str, now: datetime) -> None:
    """Close a member's account; all sessions end. Raises AccountNotFound, OwnAccount, LastOfItsKind."""
    account = _of_caller(session, caller, member_id)
    if account.id == caller.account_id:
        raise OwnAccount
    _refuse_last_owner(session, account)
    close_account(session, account, AccountState.DISABLED)
    audit.record(session, caller.actor, "account:disable", _SUBJECT, account.id, {}, now)


def active_owners(session: Session, organisation_id: str) -> list[str]:
    """The ids of those who may manage an organisation's members."""
    owners = select(Account.id).where(
        Account.organisation_id == organisation_id,
        Account.state == AccountState.ACTIVE,
        Account.roles.contains([MemberRole.OWNER]),
    )
    return list(session.scalars(owners.order_by(Account.id)))


def end_sessions_of_members(session: Session, organisation_id: str) -> None:
    """Log everybody of an organisation out."""
    members = select(Account.id).where(Account.organisation_id == organisation_id)
    session.execute(delete(LoginSession).where(LoginSession.account_id.in_(members)))


def _refuse_last_owner(session: Session, account: Account) -> None:
    """Two owners who turn on each other at once wait for each other here: one of them stays."""
    wait_for(session, f"owners:{account.organisation_id}")
    if active_owners(session, account.organisation_id or "") == [account.id]:
        raise LastOfItsKind


def _of_caller(session: Session, caller: Caller, member_id: str) -> Account:
    account = session.get(Account, member_id, with_for_update=True, populate_existing=True)
    # Somebody else's member and nobody look alike.
    if account is None or caller.organisation_id is None or account.organisation_id != caller.organisation_id:
        raise AccountNotFound
    return account
