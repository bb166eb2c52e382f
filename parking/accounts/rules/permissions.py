"""Who may do what? One enumeration of permissions and one table from roles to them.

Separation of duties (GB/T 22239): whoever manages accounts decides no filing, whoever reads the audit does
nothing else; so these two roles are never joined with another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """`audience:resource:action`; every route declares one."""

    PUBLIC = "citizen:public:read"
    # What everybody who logged in may do with the own account; never a reason to see anything else.
    OPERATOR_SELF = "operator:self:use"
    BUREAU_SELF = "bureau:self:use"

    OPERATOR_FILINGS_READ = "operator:filings:read"
    OPERATOR_FILINGS_EDIT = "operator:filings:edit"
    OPERATOR_FILINGS_SUBMIT = "operator:filings:submit"
    OPERATOR_LOTS_READ = "operator:lots:read"
    OPERATOR_VISITS_READ = "operator:visits:read"
    OPERATOR_PASSES_GRANT = "operator:passes:grant"
    OPERATOR_SHARING_READ = "operator:sharing:read"
    OPERATOR_SHARING_WITHDRAW = "operator:sharing:withdraw"
    OPERATOR_SHARING_ANSWER = "operator:sharing:answer"
    OPERATOR_CHARGES_READ = "operator:charges:read"
    OPERATOR_INSPECTIONS_READ = "operator:inspections:read"
    OPERATOR_INSPECTIONS_ANSWER = "operator:inspections:answer"
    OPERATOR_COMPLAINTS_READ = "operator:complaints:read"
    OPERATOR_COMPLAINTS_ANSWER = "operator:complaints:answer"
    OPERATOR_ORGANISATION_READ = "operator:organisation:read"
    OPERATOR_ORGANISATION_EDIT = "operator:organisation:edit"
    OPERATOR_MEMBERS_MANAGE = "operator:members:manage"

    BUREAU_FILINGS_READ = "bureau:filings:read"
    BUREAU_FILINGS_DECIDE = "bureau:filings:decide"
    BUREAU_CERTIFICATES_REVOKE = "bureau:certificates:revoke"
    BUREAU_LOTS_READ = "bureau:lots:read"
    BUREAU_LOTS_EDIT = "bureau:lots:edit"
    BUREAU_SOURCES_READ = "bureau:sources:read"
    BUREAU_SOURCES_EDIT = "bureau:sources:edit"
    BUREAU_DEVICES_READ = "bureau:devices:read"
    BUREAU_DEVICES_EDIT = "bureau:devices:edit"
    BUREAU_CALENDAR_READ = "bureau:calendar:read"
    BUREAU_CALENDAR_EDIT = "bureau:calendar:edit"
    BUREAU_SETTINGS_READ = "bureau:settings:read"
    BUREAU_SETTINGS_EDIT = "bureau:settings:edit"
    BUREAU_ORGANISATIONS_READ = "bureau:organisations:read"
    BUREAU_ORGANISATIONS_CHECK = "bureau:organisations:check"
    BUREAU_ORGANISATIONS_DISABLE = "bureau:organisations:disable"
    BUREAU_OFFICERS_READ = "bureau:officers:read"
    BUREAU_OFFICERS_MANAGE = "bureau:officers:manage"
    BUREAU_LEAVE_SET = "bureau:leave:set"
    BUREAU_CLIENTS_MANAGE = "bureau:clients:manage"
    BUREAU_INSPECTIONS_READ = "bureau:inspections:read"
    BUREAU_INSPECTIONS_RECORD = "bureau:inspections:record"
    BUREAU_INSPECTIONS_PLAN = "bureau:inspections:plan"
    BUREAU_COMPLAINTS_READ = "bureau:complaints:read"
    BUREAU_COMPLAINTS_ANSWER = "bureau:complaints:answer"
    BUREAU_SCORES_READ = "bureau:scores:read"
    BUREAU_SCORES_EDIT = "bureau:scores:edit"
    BUREAU_VISITS_READ = "bureau:visits:read"
    BUREAU_CHARGES_READ = "bureau:charges:read"
    BUREAU_CHARGES_REFUND = "bureau:charges:refund"
    BUREAU_CHARGES_EDIT = "bureau:charges:edit"
    BUREAU_TARIFFS_READ = "bureau:tariffs:read"
    BUREAU_TARIFFS_EDIT = "bureau:tariffs:edit"
    BUREAU_TARIFFS_PUBLISH = "bureau:tariffs:publish"
    BUREAU_SHARING_READ = "bureau:sharing:read"
    BUREAU_SHARING_SUPERVISE = "bureau:sharing:supervise"
    BUREAU_TIDAL_READ = "bureau:tidal:read"
    BUREAU_TIDAL_EDIT = "bureau:tidal:edit"
    BUREAU_EXPORTS_READ = "bureau:exports:read"
    BUREAU_AUDIT_READ = "bureau:audit:read"


class MemberRole(StrEnum):
    """What a member may do for the organisation: 负责人 / 经办人."""

    OWNER = "owner"
    CLERK = "clerk"


class OfficerRole(StrEnum):
    """What an officer of the bureau does."""

    REVIEWER = "reviewer"
    INSPECTOR = "inspector"
    SHARING_SUPERVISOR = "sharing_supervisor"
    STATISTICIAN = "statistician"
    ADMINISTRATOR = "administrator"
    AUDIT_ADMINISTRATOR = "audit_administrator"


# Roles that stand alone: joined with another they would let one person act and cover the act.
ALONE = frozenset({OfficerRole.ADMINISTRATOR, OfficerRole.AUDIT_ADMINISTRATOR})

_P = Permission
_CLERK = frozenset(
    {
        _P.OPERATOR_SELF,
        _P.OPERATOR_FILINGS_READ,
        _P.OPERATOR_FILINGS_EDIT,
        _P.OPERATOR_FILINGS_SUBMIT,
        _P.OPERATOR_LOTS_READ,
        _P.OPERATOR_VISITS_READ,
        _P.OPERATOR_PASSES_GRANT,
        _P.OPERATOR_SHARING_READ,
        _P.OPERATOR_SHARING_WITHDRAW,
        _P.OPERATOR_SHARING_ANSWER,
        _P.OPERATOR_CHARGES_READ,
        _P.OPERATOR_INSPECTIONS_READ,
        _P.OPERATOR_INSPECTIONS_ANSWER,
        _P.OPERATOR_COMPLAINTS_READ,
        _P.OPERATOR_COMPLAINTS_ANSWER,
        _P.OPERATOR_ORGANISATION_READ,
    }
)
_EVERY_DUTY = frozenset(
    {
        _P.BUREAU_SELF,
        _P.BUREAU_LEAVE_SET,
        _P.BUREAU_FILINGS_READ,
        _P.BUREAU_LOTS_READ,
        _P.BUREAU_SOURCES_READ,
        _P.BUREAU_DEVICES_READ,
        _P.BUREAU_CALENDAR_READ,
        _P.BUREAU_SETTINGS_READ,
        _P.BUREAU_ORGANISATIONS_READ,
        _P.BUREAU_INSPECTIONS_READ,
        _P.BUREAU_COMPLAINTS_READ,
        _P.BUREAU_SCORES_READ,
        _P.BUREAU_VISITS_READ,
        _P.BUREAU_CHARGES_READ,
        _P.BUREAU_TARIFFS_READ,
        _P.BUREAU_SHARING_READ,
        _P.BUREAU_TIDAL_READ,
    }
)

PERMISSIONS_OF: Mapping[MemberRole | OfficerRole, frozenset[Permission]] = MappingProxyType(
    {
        MemberRole.CLERK: _CLERK,
        MemberRole.OWNER: _CLERK | {_P.OPERATOR_ORGANISATION_EDIT, _P.OPERATOR_MEMBERS_MANAGE},
        OfficerRole.REVIEWER: _EVERY_DUTY
        | {
            _P.BUREAU_FILINGS_DECIDE,
            _P.BUREAU_CERTIFICATES_REVOKE,
            _P.BUREAU_LOTS_EDIT,
            _P.BUREAU_ORGANISATIONS_CHECK,
            _P.BUREAU_EXPORTS_READ,
            _P.BUREAU_CHARGES_REFUND,
            _P.BUREAU_TARIFFS_EDIT,
            _P.BUREAU_TIDAL_EDIT,
            _P.BUREAU_COMPLAINTS_ANSWER,
        },
        OfficerRole.INSPECTOR: _EVERY_DUTY
        | {_P.BUREAU_INSPECTIONS_RECORD, _P.BUREAU_INSPECTIONS_PLAN, _P.BUREAU_COMPLAINTS_ANSWER},
        OfficerRole.SHARING_SUPERVISOR: _EVERY_DUTY | {_P.BUREAU_SHARING_SUPERVISE, _P.BUREAU_TIDAL_EDIT},
        OfficerRole.STATISTICIAN: _EVERY_DUTY | {_P.BUREAU_EXPORTS_READ, _P.BUREAU_SCORES_EDIT},
        OfficerRole.ADMINISTRATOR: frozenset(
            {
                _P.BUREAU_SELF,
                _P.BUREAU_OFFICERS_READ,
                _P.BUREAU_OFFICERS_MANAGE,
                _P.BUREAU_LEAVE_SET,
                _P.BUREAU_CLIENTS_MANAGE,
                _P.BUREAU_ORGANISATIONS_READ,
                _P.BUREAU_ORGANISATIONS_DISABLE,
                _P.BUREAU_LOTS_READ,
                _P.BUREAU_SOURCES_READ,
                _P.BUREAU_SOURCES_EDIT,
                _P.BUREAU_DEVICES_READ,
                _P.BUREAU_DEVICES_EDIT,
                _P.BUREAU_CHARGES_READ,
                _P.BUREAU_CHARGES_EDIT,
                _P.BUREAU_TARIFFS_READ,
                _P.BUREAU_TARIFFS_PUBLISH,
                _P.BUREAU_CALENDAR_READ,
                _P.BUREAU_CALENDAR_EDIT,
                _P.BUREAU_SETTINGS_READ,
                _P.BUREAU_SETTINGS_EDIT,
            }
        ),
        OfficerRole.AUDIT_ADMINISTRATOR: frozenset({_P.BUREAU_SELF, _P.BUREAU_AUDIT_READ}),
    }
)


def permissions_of(roles: Collection[MemberRole | OfficerRole]) -> frozenset[Permission]:
    """All that these roles allow together."""
    return frozenset().union(*(PERMISSIONS_OF[role] for role in roles))


def roles_clash(roles: Collection[OfficerRole]) -> bool:
    """Whether one person must not hold these roles together."""
    return len(set(roles)) > 1 and bool(ALONE & set(roles))
