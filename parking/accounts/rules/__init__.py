"""Who may do what, and what is a sound password, code or login?"""

from parking.accounts.rules.callers import (
    AccountState,
    Audience,
    Caller,
    Grant,
    Needs,
    OrganisationKind,
    OrganisationState,
)
from parking.accounts.rules.permissions import (
    ALONE,
    PERMISSIONS_OF,
    MemberRole,
    OfficerRole,
    Permission,
    permissions_of,
    roles_clash,
)

__all__ = [
    "ALONE",
    "PERMISSIONS_OF",
    "AccountState",
    "Audience",
    "Caller",
    "Grant",
    "MemberRole",
    "Needs",
    "OfficerRole",
    "OrganisationKind",
    "OrganisationState",
    "Permission",
    "permissions_of",
    "roles_clash",
]
