"""How does a person get an account, whichever door it opens?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from parking.accounts.errors import LoginTaken, RegistrationRefused
from parking.accounts.models import Account
from parking.accounts.queries.organisations import account_named
from parking.accounts.rules.callers import AccountState, Audience
from parking.accounts.rules.identity import fold_login, person_problems, read_phone
from parking.accounts.service.counting import wait_for
from parking.accounts.service.hashing import hash_password, one_time_password
from parking.accounts.service.passwords import check_password
from parking.accounts.service.sessions import end_sessions
from parking.kernel.errors import N_, FieldProblem


@dataclass(frozen=True, slots=True)
class Appointed:
    """A new account and its one-time password, told once; None where a password was given."""

    account_id: str
    password: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """Who shall log in. An empty phone or mail is none."""

    login: str
    name: str
    phone: str | None = None
    email: str | None = None

    def problems(self) -> list[FieldProblem]:
        """What is wrong, by field."""
        return person_problems(
            login=self.login, name=self.name, phone=self.phone or None, email=self.email or None
        )


def close_account(session: Session, account: Account, state: AccountState) -> None:
    """Nobody logs in with it any more; phone and mail, which served notices alone, are forgotten.

    The name stays: what was done in it must keep its author.
    """
    account.state = state
    account.phone = account.email = None
    account.version += 1
    end_sessions(session, account.id)
    session.flush()


def add_account(
    session: Session,
    audience: Audience,
    person: Person,
    *,
    organisation_id: str | None,
    roles: list[str],
    districts: list[str],
    password: str | None,
    state: AccountState,
    must_change: bool,
    now: datetime,
) -> Appointed:
    """Add an account; without a password it gets a one-time one, which must be changed.

    Raises RegistrationRefused, LoginTaken, PasswordRefused.
    """
    if problems := person.problems():
        raise RegistrationRefused(problems=problems)
    folded = fold_login(person.login)
    wait_for(session, f"{audience}:{folded}")
    if account_named(session, audience, folded) is not None:
        raise LoginTaken(problems=[FieldProblem("login", "taken", N_("这个账号名已被使用"))])
    once = one_time_password() if password is None else None
    account = Account(
        kind=audience,
        organisation_id=organisation_id,
        login=folded,
        name=person.name.strip(),
        phone=read_phone(person.phone) if person.phone else None,
        email=person.email.strip() if person.email else None,
        roles=roles,
        districts=sorted(districts),
        state=state,
        password_set_at=now,
        must_change_password=must_change or once is not None,
        created_at=now,
    )
    if password is not None:
        check_password(session, account, password, now)
    account.password_hash = hash_password(password or once or "")
    session.add(account)
    session.flush()
    return Appointed(account.id, once)
