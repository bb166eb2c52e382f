"""Does the officer hold the second factor? Codes of RFC 6238, each good once."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

import pyotp
from sqlalchemy.orm import Session

from parking.accounts.errors import CodeRefused, LoginUnfinished
from parking.accounts.models import Account
from parking.accounts.queries.callers import OpenSession, open_session
from parking.accounts.queries.policy import account_rules
from parking.accounts.rules.callers import Needs
from parking.accounts.service.counting import Attempt
from parking.accounts.service.logging_in import finish, refuse
from parking.accounts.service.sessions import LoggedIn, end_session
from parking.kernel.sealing import Sealer

_STEP_S = 30
# The clock of a phone may be one step away.
_OFFSETS = (0, -1, 1)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator needs, as a QR code's address and for typing; shown to its owner alone."""

    uri: str
    secret: str


def enrol_totp(session: Session, sealer: Sealer, token: str, now: datetime) -> Enrolment:
    """A new second factor; the same again within one log-in, until its first code was taken.

    Raises LoginUnfinished.
    """
    found = _unfinished(session, token, now)
    if found.needs is not Needs.ENROL_TOTP:
        raise LoginUnfinished
    account = found.account
    if account.totp_secret is None:
        secret = pyotp.random_base32()
        account.totp_secret = sealer.seal(secret.encode(), totp_context(account.id))
        account.totp_step = None
        session.flush()
    secret = _secret(sealer, account)
    words = account_rules(session, now).city_words
    issuer = words[-1] if words else "Parking"
    uri = pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name=issuer)
    return Enrolment(uri, secret)


def confirm_totp(session: Session, sealer: Sealer, token: str, code: str, ip: str, now: datetime) -> LoggedIn:
    """Finish a log-in by a code of six digits; the token is a new one.

    Raises CodeRefused and LockedOut, which must be committed, and LoginUnfinished.
    """
    found = _unfinished(session, token, now)
    account = found.account
    attempt = Attempt(session, account.kind, account.login, account, ip, now)
    attempt.refuse_if_locked()
    # Another log-in may have taken the code meanwhile: what counts is the row as it is now.
    session.refresh(account, with_for_update=True)
    if account.totp_secret is None:
        raise LoginUnfinished
    step = _step_of(_secret(sealer, account), _digits(code), now)
    if step is None or (account.totp_step is not None and step <= account.totp_step):
        refuse(session, attempt, account, ip, now, step="second_factor")
        raise CodeRefused
    if not end_session(session, found.row):
        raise LoginUnfinished
    account.totp_step = step
    account.totp_since_at = account.totp_since_at or now
    return finish(session, account, attempt, now)


def _unfinished(session: Session, token: str, now: datetime) -> OpenSession:
    found = open_session(session, token, now)
    if found is None or found.needs is None:
        raise LoginUnfinished
    return found


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step whose code this is. Every candidate is compared, so that the time tells nothing."""
    totp = pyotp.TOTP(secret, interval=_STEP_S)
    present = int(now.timestamp()) // _STEP_S
    fitting = [
        present + offset
        for offset in _OFFSETS
        if compare_digest(totp.generate_otp(present + offset).encode(), code.encode())
    ]
    return max(fitting, default=None)


def _digits(code: str) -> str:
    """The code as an authenticator shows it, however it was typed: with a blank, in full-width digits."""
    return "".join(unicodedata.normalize("NFKC", code).split())


def _secret(sealer: Sealer, account: Account) -> str:
    if account.totp_secret is None:
        raise LoginUnfinished
    return sealer.open(account.totp_secret, totp_context(account.id)).decode()


def totp_context(account_id: str) -> str:
    """Whose second factor it is: sealed for one account it opens for no other."""
    return f"totp:{account_id}"
