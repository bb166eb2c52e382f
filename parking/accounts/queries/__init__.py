"""Who is calling, which organisations and officers are there, and what are the city's rules for them?"""

from parking.accounts.queries.callers import caller_of, display_names, needs_of
from parking.accounts.queries.clients import ClientView, KeyView, client, clients
from parking.accounts.queries.officers import (
    LeaveView,
    OfficerView,
    addresses,
    leaves,
    officer,
    officers,
    officers_who_may,
)
from parking.accounts.queries.organisations import (
    MemberView,
    OrganisationView,
    may_submit,
    members,
    organisation,
    organisations,
)
from parking.accounts.queries.policy import AccountRules, account_rules

__all__ = [
    "AccountRules",
    "ClientView",
    "KeyView",
    "LeaveView",
    "MemberView",
    "OfficerView",
    "OrganisationView",
    "account_rules",
    "addresses",
    "caller_of",
    "client",
    "clients",
    "display_names",
    "leaves",
    "may_submit",
    "members",
    "needs_of",
    "officer",
    "officers",
    "officers_who_may",
    "organisation",
    "organisations",
]
