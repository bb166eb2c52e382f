"""Which organisations are there, who belongs to them, and may they submit?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, tuple_
from sqlalchemy.orm import Session

from parking.accounts.errors import OrganisationNotFound
from parking.accounts.models import Account, Organisation
from parking.accounts.rules.callers import AccountState, Audience, OrganisationKind, OrganisationState
from parking.accounts.rules.identity import mask_phone
from parking.accounts.rules.permissions import MemberRole
from parking.kernel.views import view_of

_MOST = 200


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation as its members and the officers who check it see it; files by their SHA-256.

    In lists `contact_phone` is masked.
    """

    id: str
    kind: OrganisationKind
    name: str
    credit_code: str | None
    state: OrganisationState
    contact_name: str
    contact_phone: str
    licence_file: str | None
    licence_type: str | None
    authorisation_file: str | None
    authorisation_type: str | None
    registered_at: datetime
    checked_at: datetime | None
    checked_by: str | None
    refusal: str | None
    version: int


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member of an organisation; the phone is masked."""

    id: str
    login: str
    name: str
    phone: str | None
    roles: frozenset[MemberRole]
    state: AccountState
    created_at: datetime
    last_login_at: datetime | None
    version: int


def organisation(session: Session, organisation_id: str) -> OrganisationView:
    """One organisation with its contact's whole phone. Raises OrganisationNotFound."""
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise OrganisationNotFound
    return _view(found, found.contact_phone)


def organisations(
    session: Session,
    state: OrganisationState | None = None,
    text: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[OrganisationView]:
    """Organisations, newest first; `text` is part of the name or of the code, `after` the last id shown."""
    asked = select(Organisation).order_by(Organisation.registered_at.desc(), Organisation.id.desc())
    if state is not None:
        asked = asked.where(Organisation.state == state)
    if text and (part := text.replace("\x00", "").strip()):
        asked = asked.where(
            Organisation.name.icontains(part, autoescape=True)
            | Organisation.credit_code.icontains(part, autoescape=True)
        )
    if after is not None and (last := session.get(Organisation, after)) is not None:
        place = tuple_(Organisation.registered_at, Organisation.id)
        asked = asked.where(place < (last.registered_at, last.id))
    rows = session.scalars(asked.limit(min(limit, _MOST)))
    return [_view(row, mask_phone(row.contact_phone) or "") for row in rows]


def members(session: Session, organisation_id: str) -> list[MemberView]:
    """All members, those who ask to join first."""
    asked = select(Account).where(Account.organisation_id == organisation_id)
    rows = session.scalars(asked.order_by(Account.state != AccountState.ASKED, Account.created_at))
    return [
        MemberView(
            id=row.id,
            login=row.login,
            name=row.name,
            phone=mask_phone(row.phone),
            roles=frozenset(MemberRole(role) for role in row.roles),
            state=AccountState(row.state),
            created_at=row.created_at,
            last_login_at=row.last_login_at,
            version=row.version,
        )
        for row in rows
    ]


def may_submit(session: Session, organisation_id: str) -> bool:
    """Whether an officer has checked the organisation's licence and authorisation."""
    checked = exists().where(
        Organisation.id == organisation_id, Organisation.state == OrganisationState.CHECKED
    )
    return bool(session.scalar(checked.select()))


def of_code(session: Session, credit_code: str) -> Organisation | None:
    """The standing registration of a code."""
    standing = (OrganisationState.REGISTERED, OrganisationState.CHECKED)
    return session.scalar(
        select(Organisation).where(Organisation.credit_code == credit_code, Organisation.state.in_(standing))
    )


def account_named(session: Session, audience: Audience, folded_login: str) -> Account | None:
    """The account of a login, None when there is none."""
    return session.scalar(select(Account).where(Account.kind == audience, Account.login == folded_login))


def _view(row: Organisation, phone: str) -> OrganisationView:
    return view_of(
        OrganisationView,
        row,
        kind=OrganisationKind(row.kind),
        state=OrganisationState(row.state),
        contact_phone=phone,
    )
