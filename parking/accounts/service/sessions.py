"""How does a log-in begin, go on and end? As a row that the token's hash finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

from sqlalchemy import delete
from sqlalchemy.orm import Session

from parking.accounts.models import Account, LoginSession
from parking.accounts.queries.callers import caller_from, open_session, token_hash
from parking.accounts.rules.callers import Caller, Needs
from parking.accounts.rules.limits import ABSOLUTE, TOUCHED_EVERY, UNFINISHED
from parking.audit import service as audit

_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A token for the browser alone; `needs` says which step comes next, None: all is done."""

    token: str
    needs: Needs | None
    account_id: str


def begin_session(session: Session, account: Account, needs: Needs | None, now: datetime) -> LoggedIn:
    """A new session with a new token; unfinished ones last minutes."""
    token = token_urlsafe(_TOKEN_BYTES)
    unfinished = needs in (Needs.TOTP, Needs.ENROL_TOTP)
    session.add(
        LoginSession(
            token_hash=token_hash(token),
            account_id=account.id,
            needs=needs if unfinished else None,
            created_at=now,
            last_seen_at=now,
            expires_at=now + (UNFINISHED if unfinished else ABSOLUTE),
        )
    )
    session.flush()
    return LoggedIn(token, needs, account.id)


def recognise(session: Session, token: str, now: datetime) -> Caller | None:
    """Who calls with this token, None for nobody; being used is written down once a minute."""
    found = open_session(session, token, now)
    if found is None or found.needs:
        return None
    if now >= found.row.last_seen_at + TOUCHED_EVERY:
        found.row.last_seen_at = now
    return caller_from(session, found, now)


def log_out(session: Session, token: str, now: datetime) -> None:
    """End the session of a token; a token that is good for nothing is left alone."""
    found = open_session(session, token, now)
    if found is None or not end_session(session, found.row):
        return
    caller = caller_from(session, found, now)
    audit.record(session, caller.actor, "account:log_out", "account", caller.account_id, {}, now)


def end_session(session: Session, row: LoginSession) -> bool:
    """End one log-in; False where another request has just done so."""
    ended = delete(LoginSession).where(LoginSession.token_hash == row.token_hash)
    return session.execute(ended.returning(LoginSession.id)).one_or_none() is not None


def end_sessions(session: Session, account_id: str) -> None:
    """End every log-in of an account, here and elsewhere."""
    session.execute(delete(LoginSession).where(LoginSession.account_id == account_id))
