"""Who is it? Login and password first, then the second factor.

Every refusal here has counted in the session: whoever catches it must commit, or nobody is ever locked out.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from parking.accounts.errors import JoinPending, LoginRefused, SingleSignOnUnknown
from parking.accounts.models import Account, LoginSession, Organisation
from parking.accounts.queries.officers import by_sso_subject
from parking.accounts.queries.organisations import account_named
from parking.accounts.queries.policy import AccountRules, account_rules
from parking.accounts.rules.callers import AccountState, Audience, Needs, OrganisationState
from parking.accounts.rules.identity import fold_login
from parking.accounts.rules.locking import network_of
from parking.accounts.rules.passwords import is_outdated
from parking.accounts.service.counting import Attempt
from parking.accounts.service.hashing import hash_password, is_outworn, is_password
from parking.accounts.service.sessions import LoggedIn, begin_session
from parking.audit import service as audit
from parking.kernel.actors import SYSTEM, Actor


def log_in(
    session: Session, audience: Audience, login: str, password: str, ip: str, now: datetime
) -> LoggedIn:
    """Begin a session; what `needs` names must follow before the token says who calls.

    Raises LoginRefused (the same words at the same cost, whether the login is unknown, the password wrong or
    the account closed), LockedOut, and JoinPending after the right password. Refusals must be committed.
    """
    folded = fold_login(login)
    account = account_named(session, audience, folded)
    attempt = Attempt(session, audience, folded, account, ip, now)
    attempt.refuse_if_locked()
    right = is_password(account.password_hash if account else None, password)
    if account is None or not right or _is_closed(session, account):
        refuse(session, attempt, account, ip, now, step="password")
        raise LoginRefused
    if account.state == AccountState.ASKED:
        raise JoinPending
    if is_outworn(account.password_hash):
        account.password_hash = hash_password(password)
    rules = account_rules(session, now)
    if is_outdated(rules.passwords, account.password_set_at, now):
        account.must_change_password = True
    return _proceed(session, account, attempt, rules, now)


def log_in_by_single_sign_on(
    session: Session, subject: str, ip: str, now: datetime, *, has_second_factor: bool
) -> LoggedIn:
    """Begin an officer's session for a subject ("issuer subject") that the city's single sign-on vouches for.

    Where that did not ask for a second factor, ours is asked for. Raises SingleSignOnUnknown.
    """
    account = by_sso_subject(session, subject)
    if account is None or account.state != AccountState.ACTIVE:
        raise SingleSignOnUnknown
    attempt = Attempt(session, account.kind, account.login, account, ip, now)
    if has_second_factor:
        return finish(session, account, attempt, now, by="single_sign_on")
    return _proceed(session, account, attempt, account_rules(session, now), now)


def refuse(
    session: Session, attempt: Attempt, account: Account | None, ip: str, now: datetime, *, step: str
) -> None:
    """Count a failure and write it down; the caller raises. A login that nobody has is written down too."""
    attempt.count_failure()
    session.flush()
    told = {"step": step, "network": network_of(ip)}
    subject = account.id if account else "unknown"
    audit.record(session, SYSTEM, "account:refuse_log_in", "account", subject, told, now)


def finish(
    session: Session, account: Account, attempt: Attempt, now: datetime, *, by: str = "password"
) -> LoggedIn:
    """All factors are proven: a session that counts, with a new token."""
    attempt.succeeded()
    account.last_login_at = now
    needs = Needs.NEW_PASSWORD if account.must_change_password and by == "password" else None
    logged_in = begin_session(session, account, needs, now)
    actor = Actor(account.kind, account.id)
    audit.record(session, actor, "account:log_in", "account", account.id, {"by": by}, now)
    return logged_in


def _proceed(
    session: Session, account: Account, attempt: Attempt, rules: AccountRules, now: datetime
) -> LoggedIn:
    if account.kind == Audience.OFFICER and account.totp_since_at is not None:
        return begin_session(session, account, Needs.TOTP, now)
    if account.kind == Audience.OFFICER and rules.officers_second_factor:
        # Nobody who stopped half-way may know the secret that is shown now.
        account.totp_secret = None
        session.execute(
            delete(LoginSession).where(
                LoginSession.account_id == account.id, LoginSession.needs == Needs.ENROL_TOTP
            )
        )
        return begin_session(session, account, Needs.ENROL_TOTP, now)
    return finish(session, account, attempt, now)


def _is_closed(session: Session, account: Account) -> bool:
    if account.state not in (AccountState.ACTIVE, AccountState.ASKED):
        return True
    owner = session.get(Organisation, account.organisation_id) if account.organisation_id else None
    return owner is not None and owner.state == OrganisationState.DISABLED
