"""Organisations, members and officers, made by the services as they really are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session
from stdnum.cn import uscc

from parking.accounts import queries, service
from parking.accounts.models import Account
from parking.accounts.rules import Caller, MemberRole, OfficerRole, OrganisationKind
from parking.accounts.service.sessions import begin_session
from parking.boundary.files import KeptFile, MediaType
from parking.kernel.actors import CLI
from tests.factories.city import NOW

PASSWORD = "Lindenblatt-7-Oktave"
OTHER_PASSWORD = "Kranich-9-Sommerregen"
PHONE = "13800000001"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in: what the services want, and the token that a browser would send."""

    caller: Caller
    token: str

    @property
    def id(self) -> str:
        return self.caller.account_id

    @property
    def organisation_id(self) -> str:
        assert self.caller.organisation_id
        return self.caller.organisation_id


def a_credit_code(number: int = 1) -> str:
    """The `number`-th made-up code of the small city's district, with its right check digit."""
    body = f"91320999{number:09d}"
    return body + uscc.calc_check_digit(body)


def a_paper(name: str = "licence.pdf") -> KeptFile:
    """A file as the store tells of it."""
    return KeptFile(sha256=sha256(name.encode()).hexdigest(), media_type=MediaType.PDF, size=9, name=name)


def logged_in(session: Session, account_id: str, now: datetime = NOW) -> Person:
    """A session of an account, all factors proven."""
    token = begin_session(session, session.get_one(Account, account_id), None, now).token
    caller = queries.caller_of(session, token, now)
    assert caller
    return Person(caller, token)


def register(session: Session, number: int = 1, *, now: datetime = NOW, **fields) -> service.Registered:
    """The registration of the `number`-th organisation by `owner<number>`."""
    told = {
        "name": f"试城物业{number}有限公司",
        "credit_code": a_credit_code(number),
        "kind": OrganisationKind.ORGANISATION,
        "contact_name": "王一",
        "phone": PHONE,
        "login": f"owner{number}",
        "password": PASSWORD,
        "licence": a_paper(),
        "authorisation": a_paper("authorisation.pdf"),
    }
    return service.register_organisation(session, **(told | fields), now=now)


def an_owner(
    session: Session, number: int = 1, *, checked: bool = True, now: datetime = NOW, **fields
) -> Person:
    """The owner of a new organisation, which an officer has checked unless told otherwise."""
    made = register(session, number, now=now, **fields)
    if checked:
        service.check_organisation(session, CLI, made.organisation_id, accepted=True, version=1, now=now)
    return logged_in(session, made.member_id, now)


def a_clerk(session: Session, owner: Person, login: str = "clerk1", *, now: datetime = NOW) -> Person:
    """A clerk of the owner's organisation."""
    added = service.add_member(
        session, owner.caller, login=login, name="李二", role=MemberRole.CLERK, now=now
    )
    session.get_one(Account, added.account_id).must_change_password = False
    return logged_in(session, added.account_id, now)


def an_officer(
    session: Session,
    login: str = "reviewer1",
    roles: Collection[OfficerRole] = (OfficerRole.REVIEWER,),
    districts: Collection[str] = (),
    *,
    now: datetime = NOW,
) -> Person:
    """An officer who is logged in; the city must be loaded where districts are named."""
    appointed = service.appoint_officer(
        session,
        CLI,
        login=login,
        name="赵三",
        roles=roles,
        districts=districts,
        phone="13900000001",
        password=PASSWORD,
        must_change=False,
        now=now,
    )
    return logged_in(session, appointed.account_id, now)
