"""What can be done with accounts: register, check, join, appoint, log in, prove, change, end.

A refusal to log in has counted in its session: whoever catches it commits.
"""

from parking.accounts.service.clients import (
    NewKey,
    disable_client,
    keys_used,
    register_client,
    rotate_client_key,
    set_client_scopes,
)
from parking.accounts.service.forgetting import forget_old
from parking.accounts.service.logging_in import log_in, log_in_by_single_sign_on
from parking.accounts.service.members import add_member, change_member_role, decide_join, disable_member
from parking.accounts.service.notices import notify_accounts, notify_members, notify_officers
from parking.accounts.service.officers import (
    appoint_officer,
    change_officer,
    disable_officer,
    enable_officer,
    end_leave,
    link_single_sign_on,
    reset_officer,
    set_leave,
)
from parking.accounts.service.organisations import (
    Registered,
    change_contact,
    check_organisation,
    disable_organisation,
    hand_in_papers,
    register_organisation,
)
from parking.accounts.service.passwords import change_password, request_reset, reset_password
from parking.accounts.service.people import Appointed
from parking.accounts.service.second_factor import Enrolment, confirm_totp, enrol_totp
from parking.accounts.service.sessions import LoggedIn, log_out, recognise

__all__ = [
    "Appointed",
    "Enrolment",
    "LoggedIn",
    "NewKey",
    "Registered",
    "add_member",
    "appoint_officer",
    "change_contact",
    "change_member_role",
    "change_officer",
    "change_password",
    "check_organisation",
    "confirm_totp",
    "decide_join",
    "disable_client",
    "disable_member",
    "disable_officer",
    "disable_organisation",
    "enable_officer",
    "end_leave",
    "enrol_totp",
    "forget_old",
    "hand_in_papers",
    "keys_used",
    "link_single_sign_on",
    "log_in",
    "log_in_by_single_sign_on",
    "log_out",
    "notify_accounts",
    "notify_members",
    "notify_officers",
    "recognise",
    "register_client",
    "register_organisation",
    "request_reset",
    "reset_officer",
    "reset_password",
    "rotate_client_key",
    "set_client_scopes",
    "set_leave",
]
