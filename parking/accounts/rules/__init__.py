"""Who may do what, and what is a sound password, code, login or key?"""

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
from parking.accounts.rules.scopes import KEY_PREFIX, SCOPE_NAMES, Scope, read_key, written_key

__all__ = [
    "ALONE",
    "KEY_PREFIX",
    "PERMISSIONS_OF",
    "SCOPE_NAMES",
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
    "Scope",
    "permissions_of",
    "read_key",
    "roles_clash",
    "written_key",
]
