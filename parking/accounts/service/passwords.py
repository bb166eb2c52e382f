"""How does a password change: by its owner, by a code that was sent, by an administrator?"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.accounts.errors import PasswordRefused, ResetRefused
from parking.accounts.models import Account, OneTimeCode, Organisation
from parking.accounts.queries.callers import token_hash
from parking.accounts.queries.organisations import account_named
from parking.accounts.queries.policy import account_rules
from parking.accounts.rules.callers import AccountState, Audience, Caller
from parking.accounts.rules.identity import fold_login
from parking.accounts.rules.limits import CODE_GOOD_FOR, CODES_IN_AN_HOUR
from parking.accounts.rules.passwords import password_problem
from parking.accounts.rules.texts import PASSWORD_CHANGED, RESET_CODE
from parking.accounts.service.counting import Attempt
from parking.accounts.service.hashing import hash_password, is_password
from parking.accounts.service.logging_in import refuse
from parking.accounts.service.notices import notify_accounts
from parking.accounts.service.sessions import LoggedIn, begin_session, end_sessions
from parking.audit import service as audit
from parking.kernel.actors import SYSTEM
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.ids import new_id

_CODE_LENGTH = 10


def change_password(
    session: Session, caller: Caller, old: str, new: str, now: datetime, *, ip: str
) -> LoggedIn:
    """Set a new password; every session of the account ends, a new token goes on.

    Raises PasswordRefused (a wrong old password has counted: commit it) and LockedOut.
    """
    account = session.get_one(Account, caller.account_id)
    attempt = Attempt(session, account.kind, account.login, account, ip, now)
    attempt.refuse_if_locked()
    if not is_password(account.password_hash, old):
        refuse(session, attempt, account, ip, now, step="old_password")
        raise PasswordRefused(problems=[FieldProblem("old_password", "wrong", N_("当前密码不对"))])
    set_password(session, account, new, now)
    logged_in = begin_session(session, account, None, now)
    notify_accounts(session, [account.id], PASSWORD_CHANGED, {}, now)
    audit.record(session, caller.actor, "account:change_password", "account", account.id, {}, now)
    return logged_in


def request_reset(session: Session, audience: Audience, login: str, ip: str, now: datetime) -> None:
    """Send a code to whoever has this login, at most three in an hour; nobody learns whether there is one.

    Raises LockedOut for a network or a login that is locked.
    """
    folded = fold_login(login)
    account = account_named(session, audience, folded)
    Attempt(session, audience, folded, account, ip, now).refuse_if_locked()
    if account is None or account.state != AccountState.ACTIVE:
        return
    recently = select(func.count()).where(
        OneTimeCode.account_id == account.id, OneTimeCode.made_at > now - timedelta(hours=1)
    )
    if (session.scalar(recently) or 0) >= CODES_IN_AN_HOUR:
        return
    code = new_id(_CODE_LENGTH)
    session.add(
        OneTimeCode(
            code_hash=token_hash(f"{account.id}:{code}"),
            account_id=account.id,
            made_at=now,
            expires_at=now + CODE_GOOD_FOR,
        )
    )
    minutes = CODE_GOOD_FOR // timedelta(minutes=1)
    notify_accounts(session, [account.id], RESET_CODE, {"code": code, "minutes": minutes}, now)
    session.flush()
    audit.record(session, SYSTEM, "account:send_reset_code", "account", account.id, {}, now)


def reset_password(
    session: Session, audience: Audience, login: str, code: str, new: str, ip: str, now: datetime
) -> None:
    """Set a new password by a code that was sent; all sessions end, the second factor stays.

    Raises ResetRefused (has counted: commit it), LockedOut, PasswordRefused (the code stays good).
    """
    folded = fold_login(login)
    account = account_named(session, audience, folded)
    attempt = Attempt(session, audience, folded, account, ip, now)
    attempt.refuse_if_locked()
    sent = _code_of(session, account, code, now)
    if account is None or sent is None or account.state != AccountState.ACTIVE:
        refuse(session, attempt, account, ip, now, step="reset_code")
        raise ResetRefused
    set_password(session, account, new, now)
    sent.used_at = now
    notify_accounts(session, [account.id], PASSWORD_CHANGED, {}, now)
    session.flush()
    audit.record(session, SYSTEM, "account:reset_password", "account", account.id, {}, now)


def set_password(
    session: Session, account: Account, new: str, now: datetime, *, must_change: bool = False
) -> None:
    """Keep a new password and end every session. Raises PasswordRefused."""
    policy = account_rules(session, now).passwords
    remembered = [account.password_hash, *account.past_passwords][: policy.remembered]
    check_password(session, account, new, now)
    if any(is_password(kept, new) for kept in remembered):
        raise PasswordRefused(problems=[FieldProblem("password", "used_before", N_("不能使用用过的密码"))])
    account.password_hash = hash_password(new)
    account.password_set_at = now
    account.past_passwords = remembered
    account.must_change_password = must_change
    account.version += 1
    end_sessions(session, account.id)
    session.flush()


def check_password(session: Session, account: Account, new: str, now: datetime) -> None:
    """Whether the city's policy takes a password for this person. Raises PasswordRefused."""
    rules = account_rules(session, now)
    owner = session.get(Organisation, account.organisation_id) if account.organisation_id else None
    about = [account.login, account.name, account.phone, owner.name if owner else None, *rules.city_words]
    if problem := password_problem(rules.passwords, new, about):
        raise PasswordRefused(problems=[problem])


def _code_of(session: Session, account: Account | None, code: str, now: datetime) -> OneTimeCode | None:
    typed = "".join(code.split()).replace("-", "").casefold()
    row = session.get(
        OneTimeCode, token_hash(f"{account.id if account else ''}:{typed}"), with_for_update=True
    )
    return row if row is not None and row.used_at is None and row.expires_at > now else None
