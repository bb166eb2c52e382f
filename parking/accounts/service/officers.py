"""Who works for the bureau, with which duties and where? Administrators decide; the console recovers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.accounts.errors import (
    AccountChanged,
    AccountNotFound,
    LastOfItsKind,
    LeaveNotFound,
    LeaveWrong,
    OwnAccount,
    RegistrationRefused,
    RolesClash,
)
from parking.accounts.models import Account, OfficerLeave
from parking.accounts.queries.callers import clash
from parking.accounts.queries.policy import today
from parking.accounts.rules.callers import AccountState, Audience, Caller
from parking.accounts.rules.identity import person_problems, read_phone
from parking.accounts.rules.permissions import OfficerRole, Permission, roles_clash
from parking.accounts.service.counting import forget_failures, wait_for
from parking.accounts.service.hashing import hash_password, one_time_password
from parking.accounts.service.people import Appointed, Person, add_account, close_account
from parking.accounts.service.sessions import end_sessions
from parking.audit import service as audit
from parking.city import queries as city
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem

_SUBJECT = "account"
_LONGEST_LEAVE_DAYS = 366


def appoint_officer(
    session: Session,
    actor: Actor,
    *,
    login: str,
    name: str,
    roles: Collection[OfficerRole],
    now: datetime,
    districts: Collection[str] = (),
    phone: str | None = None,
    email: str | None = None,
    password: str | None = None,
    must_change: bool = True,
) -> Appointed:
    """Add an officer for some districts (none named: the whole city).

    Without a password a one-time one is made.
    Raises RegistrationRefused, RolesClash, LoginTaken, PasswordRefused.
    """
    _refuse_duties(session, roles, districts, now)
    appointed = add_account(
        session,
        Audience.OFFICER,
        Person(login, name, phone, email),
        organisation_id=None,
        roles=sorted(roles),
        districts=list(districts),
        password=password,
        state=AccountState.ACTIVE,
        must_change=must_change,
        now=now,
    )
    told = {"roles": sorted(roles), "districts": sorted(districts)}
    audit.record(session, actor, "account:appoint", _SUBJECT, appointed.account_id, told, now)
    return appointed


def change_officer(
    session: Session,
    actor: Actor,
    officer_id: str,
    *,
    version: int,
    now: datetime,
    name: str | None = None,
    phone: str | None = None,
    roles: Collection[OfficerRole] | None = None,
    districts: Collection[str] | None = None,
) -> None:
    """Change what is named; other duties end the officer's sessions, so that they hold at once.

    Raises AccountNotFound, AccountChanged, OwnAccount, LastOfItsKind, RolesClash, RegistrationRefused.
    """
    account = _officer(session, officer_id)
    if account.version != version:
        raise AccountChanged
    if problems := person_problems(name=name, phone=phone or None):
        raise RegistrationRefused(problems=problems)
    before = {"roles": account.roles, "districts": account.districts}
    after: dict[str, list[str]] = {
        "roles": account.roles if roles is None else [*sorted(roles)],
        "districts": account.districts if districts is None else sorted(districts),
    }
    if before != after:
        _refuse_own(actor, account)
        _refuse_duties(session, [OfficerRole(role) for role in after["roles"]], after["districts"], now)
        if OfficerRole.ADMINISTRATOR not in after["roles"]:
            _refuse_last(session, account)
        account.roles, account.districts = after["roles"], after["districts"]
        end_sessions(session, account.id)
    account.name = account.name if name is None else name.strip()
    account.phone = account.phone if phone is None else read_phone(phone)
    account.version += 1
    session.flush()
    told = {"before": before, "after": after}
    audit.record(session, actor, "account:change", _SUBJECT, account.id, told, now)


def link_single_sign_on(
    session: Session, actor: Actor, officer_id: str, subject: str | None, now: datetime
) -> None:
    """Let an officer come in as this subject ("issuer subject") of the city's single sign-on; None: no more.

    Raises AccountNotFound, OwnAccount.
    """
    account = _officer(session, officer_id)
    _refuse_own(actor, account)
    account.sso_subject = subject or None
    account.version += 1
    end_sessions(session, account.id)
    session.flush()
    told = {"linked": account.sso_subject is not None}
    audit.record(session, actor, "account:link_single_sign_on", _SUBJECT, account.id, told, now)


def disable_officer(session: Session, actor: Actor, officer_id: str, now: datetime) -> None:
    """Close an account; all sessions end. Raises AccountNotFound, OwnAccount, LastOfItsKind."""
    account = _officer(session, officer_id)
    _refuse_own(actor, account)
    _refuse_last(session, account)
    close_account(session, account, AccountState.DISABLED)
    audit.record(session, actor, "account:disable", _SUBJECT, account.id, {}, now)


def enable_officer(session: Session, actor: Actor, officer_id: str, now: datetime) -> None:
    """Open a closed account again, with its duties as they were and no phone. Raises AccountNotFound."""
    account = _officer(session, officer_id)
    account.state = AccountState.ACTIVE
    account.version += 1
    session.flush()
    audit.record(session, actor, "account:enable", _SUBJECT, account.id, {}, now)


def reset_officer(session: Session, actor: Actor, officer_id: str, now: datetime) -> Appointed:
    """For who lost phone or password: a one-time password, the second factor forgotten, sessions ended.

    Raises AccountNotFound, OwnAccount (an officer changes the own password otherwise).
    """
    account = _officer(session, officer_id)
    _refuse_own(actor, account)
    once = one_time_password()
    account.password_hash = hash_password(once)
    account.password_set_at = now
    account.must_change_password = True
    account.totp_secret = account.totp_since_at = None
    account.version += 1
    end_sessions(session, account.id)
    forget_failures(session, account.kind, account.login)
    session.flush()
    audit.record(session, actor, "account:reset", _SUBJECT, account.id, {}, now)
    return Appointed(account.id, once)


def set_leave(
    session: Session,
    caller: Caller,
    officer_id: str,
    substitute_id: str,
    from_on: date,
    until_on: date,
    now: datetime,
) -> str:
    """An officer is away on [from_on, until_on) and the substitute has the same duties meanwhile; its id.

    One's own leave, or anybody's for who manages officers. Raises AccountNotFound, LeaveWrong, RolesClash.
    """
    if not _may_set(caller, officer_id):
        raise AccountNotFound
    absent, substitute = _officer(session, officer_id), _officer(session, substitute_id)
    problems = []
    if not from_on < until_on or (until_on - from_on).days > _LONGEST_LEAVE_DAYS:
        problems.append(FieldProblem("until_on", "not_a_span", N_("结束日期须在开始日期之后，最长一年")))
    elif until_on <= today(session, now):
        problems.append(FieldProblem("until_on", "over", N_("结束日期已经过去")))
    if absent.id == substitute.id or substitute.state != AccountState.ACTIVE:
        problems.append(FieldProblem("substitute_id", "cannot_stand_in", N_("请选择另一位在岗人员")))
    if problems:
        raise LeaveWrong(problems=problems)
    if clash(substitute, absent):
        raise RolesClash
    leave = OfficerLeave(
        officer_id=absent.id, substitute_id=substitute.id, from_on=from_on, until_on=until_on, set_at=now
    )
    session.add(leave)
    session.flush()
    told = {
        "leave": leave.id,
        "substitute": substitute.id,
        "from_on": from_on.isoformat(),
        "until_on": until_on.isoformat(),
    }
    audit.record(session, caller.actor, "account:set_leave", _SUBJECT, absent.id, told, now)
    return leave.id


def end_leave(session: Session, caller: Caller, leave_id: str, now: datetime) -> None:
    """Take a leave back: at once, whatever was left of it. Raises LeaveNotFound, also for another's."""
    leave = session.get(OfficerLeave, leave_id, with_for_update=True)
    if leave is None or not _may_set(caller, leave.officer_id):
        raise LeaveNotFound
    session.delete(leave)
    session.flush()
    told = {
        "leave": leave.id,
        "substitute": leave.substitute_id,
        "from_on": leave.from_on.isoformat(),
        "until_on": leave.until_on.isoformat(),
    }
    audit.record(session, caller.actor, "account:end_leave", _SUBJECT, leave.officer_id, told, now)


def _officer(session: Session, officer_id: str) -> Account:
    account = session.get(Account, officer_id, with_for_update=True, populate_existing=True)
    if account is None or account.kind != Audience.OFFICER:
        raise AccountNotFound
    return account


def _may_set(caller: Caller, officer_id: str) -> bool:
    """One's own leave, or anybody's for who manages officers."""
    return officer_id == caller.account_id or caller.may(Permission.BUREAU_OFFICERS_MANAGE)


def _refuse_own(actor: Actor, account: Account) -> None:
    if actor == Actor(Audience.OFFICER, account.id):
        raise OwnAccount


def _refuse_last(session: Session, account: Account) -> None:
    """Whoever manages the accounts must not be the last who can; the console could recover, but late."""
    wait_for(session, "administrators")
    others = select(Account.id).where(
        Account.kind == Audience.OFFICER,
        Account.state == AccountState.ACTIVE,
        Account.roles.contains([OfficerRole.ADMINISTRATOR]),
        Account.id != account.id,
    )
    if OfficerRole.ADMINISTRATOR in account.roles and session.scalar(others.limit(1)) is None:
        raise LastOfItsKind


def _refuse_duties(
    session: Session, roles: Collection[OfficerRole], districts: Collection[str], now: datetime
) -> None:
    problems = []
    if not roles:
        problems.append(FieldProblem("roles", "missing", N_("请至少选择一个角色")))
    known = {row.code for row in city.districts_on(session, today(session, now))}
    if set(districts) - known:
        problems.append(FieldProblem("districts", "unknown", N_("没有这个镇街")))
    if problems:
        raise RegistrationRefused(problems=problems)
    if roles_clash(roles):
        raise RolesClash
