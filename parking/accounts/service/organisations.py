"""How does an organisation register, and who finds that its papers are in order?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from parking.accounts.errors import (
    AccountChanged,
    AlreadyChecked,
    CreditCodeTaken,
    OrganisationNotFound,
    PapersMissing,
    PersonsNotAllowed,
    ReasonMissing,
    RegistrationRefused,
)
from parking.accounts.models import Organisation
from parking.accounts.queries.organisations import of_code
from parking.accounts.queries.policy import account_rules
from parking.accounts.rules.callers import (
    AccountState,
    Audience,
    Caller,
    OrganisationKind,
    OrganisationState,
)
from parking.accounts.rules.identity import is_name, person_problems, read_credit_code, read_phone
from parking.accounts.rules.permissions import MemberRole
from parking.accounts.rules.texts import JOIN_ASKED, ORGANISATION_CHECKED, ORGANISATION_REFUSED
from parking.accounts.service.counting import wait_for
from parking.accounts.service.members import active_owners, end_sessions_of_members
from parking.accounts.service.notices import notify_accounts, notify_members
from parking.accounts.service.people import Person, add_account
from parking.audit import service as audit
from parking.boundary.files import KeptFile
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.texts import text_problems

_SUBJECT = "organisation"
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Registered:
    """What a registration made; `asked_to_join`: the code was known, its owner decides."""

    organisation_id: str
    member_id: str
    asked_to_join: bool


def register_organisation(
    session: Session,
    *,
    name: str,
    credit_code: str | None,
    kind: OrganisationKind,
    contact_name: str,
    phone: str,
    login: str,
    password: str,
    now: datetime,
    email: str | None = None,
    licence: KeptFile | None = None,
    authorisation: KeptFile | None = None,
) -> Registered:
    """Register a body or a person with its first member, the owner; it may draft at once.

    The second who registers a code asks to join the first: the papers then belong to nobody and are dropped.
    Raises RegistrationRefused, PersonsNotAllowed, PasswordRefused, LoginTaken.
    """
    person = Person(login, contact_name, phone, email)
    code = _checked(session, person, name, credit_code, kind, now)
    first = _standing(session, code)
    if first is not None:
        return _ask_to_join(session, person, first.id, password, now)
    made = Organisation(
        kind=kind,
        name=name.strip(),
        credit_code=code,
        state=OrganisationState.REGISTERED,
        contact_name=contact_name.strip(),
        contact_phone=read_phone(phone),
        registered_at=now,
    )
    _keep_papers(made, licence, authorisation)
    session.add(made)
    session.flush()
    member_id = _add_member(session, person, made.id, MemberRole.OWNER, AccountState.ACTIVE, password, now)
    told = {"kind": kind, "licence": made.licence_file, "authorisation": made.authorisation_file}
    audit.record(
        session, Actor(Audience.MEMBER, member_id), "organisation:register", _SUBJECT, made.id, told, now
    )
    return Registered(made.id, member_id, asked_to_join=False)


def hand_in_papers(
    session: Session,
    caller: Caller,
    *,
    version: int,
    now: datetime,
    licence: KeptFile | None = None,
    authorisation: KeptFile | None = None,
) -> None:
    """Put other papers in place of those named; the organisation then waits to be checked (again).

    Raises OrganisationNotFound, AccountChanged, CreditCodeTaken.
    """
    row = _own(session, caller, version)
    standing = _standing(session, row.credit_code)
    if standing is not None and standing.id != row.id:
        raise CreditCodeTaken
    before = {"state": row.state, "licence": row.licence_file, "authorisation": row.authorisation_file}
    _keep_papers(row, licence, authorisation)
    row.state = OrganisationState.REGISTERED
    row.checked_at = row.checked_by = row.refusal = None
    row.version += 1
    session.flush()
    after = {"state": row.state, "licence": row.licence_file, "authorisation": row.authorisation_file}
    told = {"before": before, "after": after}
    audit.record(session, caller.actor, "organisation:hand_in_papers", _SUBJECT, row.id, told, now)


def change_contact(
    session: Session, caller: Caller, *, contact_name: str, phone: str, version: int, now: datetime
) -> None:
    """Whom the bureau calls. Raises OrganisationNotFound, AccountChanged, RegistrationRefused."""
    row = _own(session, caller, version)
    if problems := person_problems(name=contact_name, phone=phone):
        raise RegistrationRefused(problems=problems)
    row.contact_name, row.contact_phone = contact_name.strip(), read_phone(phone) or ""
    row.version += 1
    session.flush()
    audit.record(session, caller.actor, "organisation:change_contact", _SUBJECT, row.id, {}, now)


def check_organisation(
    session: Session,
    actor: Actor,
    organisation_id: str,
    *,
    accepted: bool,
    version: int,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Say whether licence and authorisation are in order; a refusal names its reason, which its members read.

    Raises OrganisationNotFound, AlreadyChecked, AccountChanged, PapersMissing, ReasonMissing.
    """
    row = _locked(session, organisation_id)
    if row.state != OrganisationState.REGISTERED:
        raise AlreadyChecked(by=row.checked_by, at=row.checked_at)
    _refuse_version(row, version)
    said = None if accepted else _said(reason)
    if accepted and row.kind == OrganisationKind.ORGANISATION and row.licence_file is None:
        raise PapersMissing
    row.state = OrganisationState.CHECKED if accepted else OrganisationState.REFUSED
    row.refusal = said
    row.checked_at, row.checked_by = now, actor.name
    row.version += 1
    text = ORGANISATION_CHECKED if accepted else ORGANISATION_REFUSED
    notify_members(session, row.id, text, {"reason": row.refusal or ""}, now)
    session.flush()
    action = "organisation:check" if accepted else "organisation:refuse"
    told = {"licence": row.licence_file, "authorisation": row.authorisation_file}
    audit.record(session, actor, action, _SUBJECT, row.id, told, now, row.refusal)


def disable_organisation(
    session: Session, actor: Actor, organisation_id: str, *, reason: str, version: int, now: datetime
) -> None:
    """Close an organisation: nobody of it logs in any more, and its code may be registered anew.

    Raises OrganisationNotFound, AccountChanged, ReasonMissing.
    """
    row = _locked(session, organisation_id)
    _refuse_version(row, version)
    said = _said(reason)
    before = row.state
    row.state = OrganisationState.DISABLED
    row.version += 1
    end_sessions_of_members(session, row.id)
    session.flush()
    told = {"before": before, "after": row.state}
    audit.record(session, actor, "organisation:disable", _SUBJECT, row.id, told, now, said)


def _checked(
    session: Session, person: Person, name: str, code: str | None, kind: OrganisationKind, now: datetime
) -> str | None:
    """The credit code of a body, None of a person; everything that is wrong is told at once."""
    problems = [
        FieldProblem("contact_name", each.code, each.text) if each.field == "name" else each
        for each in person.problems()
    ]
    if not person.phone:
        problems.append(FieldProblem("phone", "missing", N_("请填写电话号码")))
    if not is_name(name):
        problems.append(FieldProblem("name", "not_a_name", N_("请填写姓名或名称，最多 100 个字")))
    read = read_credit_code(code or "") if kind is OrganisationKind.ORGANISATION else None
    if kind is OrganisationKind.ORGANISATION and read is None:
        text = N_("统一社会信用代码不对，请核对 18 位代码")
        problems.append(FieldProblem("credit_code", "not_a_credit_code", text))
    if problems:
        raise RegistrationRefused(problems=problems)
    if kind is OrganisationKind.PERSON and not account_rules(session, now).natural_persons:
        raise PersonsNotAllowed
    return read


def _standing(session: Session, code: str | None) -> Organisation | None:
    if code is None:
        return None
    wait_for(session, f"credit_code:{code}")
    return of_code(session, code)


def _ask_to_join(
    session: Session, person: Person, organisation_id: str, password: str, now: datetime
) -> Registered:
    member_id = _add_member(
        session, person, organisation_id, MemberRole.CLERK, AccountState.ASKED, password, now
    )
    notify_accounts(session, active_owners(session, organisation_id), JOIN_ASKED, {}, now)
    actor = Actor(Audience.MEMBER, member_id)
    audit.record(session, actor, "organisation:ask_to_join", _SUBJECT, organisation_id, {}, now)
    return Registered(organisation_id, member_id, asked_to_join=True)


def _add_member(
    session: Session,
    person: Person,
    organisation_id: str,
    role: MemberRole,
    state: AccountState,
    password: str,
    now: datetime,
) -> str:
    return add_account(
        session,
        Audience.MEMBER,
        person,
        organisation_id=organisation_id,
        roles=[role],
        districts=[],
        password=password,
        state=state,
        must_change=False,
        now=now,
    ).account_id


def _keep_papers(row: Organisation, licence: KeptFile | None, authorisation: KeptFile | None) -> None:
    if licence is not None:
        row.licence_file, row.licence_type = licence.sha256, licence.media_type
    if authorisation is not None:
        row.authorisation_file, row.authorisation_type = authorisation.sha256, authorisation.media_type


def _own(session: Session, caller: Caller, version: int) -> Organisation:
    row = _locked(session, caller.organisation_id or "")
    _refuse_version(row, version)
    return row


def _locked(session: Session, organisation_id: str) -> Organisation:
    row = session.get(Organisation, organisation_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise OrganisationNotFound
    return row


def _said(reason: str | None) -> str:
    """The reason without what a text cannot hold: it goes out by message too. Raises ReasonMissing."""
    said = (reason or "").replace("\x00", "").strip()
    if problems := [*text_problems("reason", said, _LONGEST_REASON, N_("请写明理由"))]:
        raise ReasonMissing(problems=problems)
    return said


def _refuse_version(row: Organisation, version: int) -> None:
    if row.version != version:
        raise AccountChanged
