"""Who is calling, and what may they do where?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from parking.accounts.rules.permissions import MemberRole, OfficerRole, Permission
from parking.kernel.actors import Actor


class Audience(StrEnum):
    """Which door an account uses; its value is the kind of the actor and of the caller."""

    MEMBER = "member"
    OFFICER = "officer"


class OrganisationKind(StrEnum):
    """A body with a credit code, or a natural person where the city allows it."""

    ORGANISATION = "organisation"
    PERSON = "person"


class OrganisationState(StrEnum):
    """May it submit? Only once its licence and authorisation were checked."""

    REGISTERED = "registered"
    CHECKED = "checked"
    REFUSED = "refused"
    DISABLED = "disabled"


class AccountState(StrEnum):
    """May this person log in? `asked` waits for the organisation's owner."""

    ASKED = "asked"
    ACTIVE = "active"
    REFUSED = "refused"
    DISABLED = "disabled"


class Needs(StrEnum):
    """What a log-in still needs before it is one."""

    TOTP = "totp"
    ENROL_TOTP = "enrol_totp"
    NEW_PASSWORD = "new_password"  # noqa: S105 - the name of a step


@dataclass(frozen=True, slots=True)
class Grant:
    """Permissions that hold in these districts; no district named means the whole city."""

    permissions: frozenset[Permission]
    districts: frozenset[str] = frozenset()

    def covers(self, district: str | None) -> bool:
        return not self.districts or district in self.districts


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who logged in. `name` is for the own screen; audit entries name `actor` (the account's id).

    With `must_change_password` no page but that of the password may be shown.
    """

    kind: str
    account_id: str
    session_id: str
    name: str
    permissions: frozenset[Permission]
    organisation_id: str | None
    districts: frozenset[str]
    roles: frozenset[MemberRole | OfficerRole]
    must_change_password: bool
    # The own duties, and those of every colleague for whom this officer stands in today.
    grants: tuple[Grant, ...] = ()

    @property
    def actor(self) -> Actor:
        return Actor(self.kind, self.account_id)

    def may(self, permission: Permission) -> bool:
        """Whether this is allowed somewhere; `may_in` asks for a place."""
        return permission in self.permissions

    def may_in(self, permission: Permission, district: str | None) -> bool:
        """Whether this is allowed in a district; a place whose district is unknown needs the whole city."""
        return any(permission in grant.permissions and grant.covers(district) for grant in self.grants)

    def sees_district(self, code: str | None) -> bool:
        """Whether any duty of the caller reaches a district."""
        return not self.districts or code in self.districts
