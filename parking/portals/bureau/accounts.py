"""How does an officer get in, with a second factor, and keep the own password?"""

from __future__ import annotations

from flask import Response, redirect, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts import queries
from parking.accounts.rules import Permission
from parking.portals._http import auth, logins, work
from parking.portals._http.pages import Pages
from parking.portals._http.sessions import Audience
from parking.portals._http.texts import OFFICER_ROLES
from parking.portals.bureau import desk

pages = Pages("bureau", __name__, "bureau")
_HERE = Audience.BUREAU


@pages.get("/login", permission=Permission.PUBLIC)
def log_in() -> Response | BaseResponse:
    """The way in; whoever is in already goes on."""
    if auth.caller_of(_HERE) is not None:
        return redirect(auth.audience_home(), 303)
    return logins.page("log_in.html", _HERE)


@pages.post("/login", permission=Permission.PUBLIC)
def send_log_in() -> Response | BaseResponse:
    """Check login and password."""
    return logins.log_in(_HERE)


@pages.get("/login/code", permission=Permission.PUBLIC)
def code() -> Response:
    """Ask for the code of the second factor."""
    return logins.page("code.html", _HERE)


@pages.get("/login/enrol", permission=Permission.PUBLIC)
def enrol() -> Response | BaseResponse:
    """Show the secret of a new second factor."""
    return logins.enrolment(_HERE)


@pages.post("/login/code", permission=Permission.PUBLIC)
def send_code() -> Response | BaseResponse:
    """Check the code."""
    return logins.confirm_code(_HERE)


@pages.post("/logout", permission=Permission.BUREAU_SELF)
def log_out() -> BaseResponse:
    """End this session."""
    return logins.log_out(_HERE)


@pages.get("/password", permission=Permission.BUREAU_SELF)
def own_password() -> Response:
    """A new password for oneself."""
    return logins.page("password.html", _HERE)


@pages.post("/password", permission=Permission.BUREAU_SELF)
def change_own_password() -> Response | BaseResponse:
    """Set it; all other sessions of the account end."""
    return logins.change_password(_HERE)


@pages.get("/account", permission=Permission.BUREAU_SELF)
def account() -> str:
    """Who am I here, what are my duties, and where do they reach?"""
    asking = auth.caller()
    own = queries.officer(work.session(), asking.account_id)
    roles = [gettext(text) for role, text in OFFICER_ROLES.items() if role in own.roles]
    places = [desk.district_name(district) for district in sorted(own.districts)]
    rows = [
        (gettext("姓名"), own.name),
        (gettext("账号"), own.login),
        (gettext("角色"), gettext("、").join(roles)),
        (gettext("辖区"), gettext("、").join(places) or gettext("全市")),
        (gettext("身份验证器"), gettext("已绑定") if own.has_second_factor else gettext("未绑定")),
    ]
    return render_template("account.html", audience=_HERE, rows=rows)
