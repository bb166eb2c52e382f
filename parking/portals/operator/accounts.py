"""How does an operator's person get an account, get in, and keep the own password?"""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts import queries, service
from parking.accounts.rules import Audience as Door
from parking.accounts.rules import OrganisationKind, Permission
from parking.kernel.errors import NotAllowed
from parking.portals._http import auth, forms, logins, work
from parking.portals._http.pages import Pages
from parking.portals._http.problems import of
from parking.portals._http.services import services
from parking.portals._http.sessions import Audience
from parking.portals._http.texts import MEMBER_ROLES, ORGANISATION_KINDS

pages = Pages("operator", __name__, "operator")
_HERE = Audience.OPERATOR


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


@pages.post("/logout", permission=Permission.OPERATOR_SELF)
def log_out() -> BaseResponse:
    """End this session."""
    return logins.log_out(_HERE)


@pages.get("/password", permission=Permission.OPERATOR_SELF)
def own_password() -> Response:
    """A new password for oneself."""
    return logins.page("password.html", _HERE)


@pages.post("/password", permission=Permission.OPERATOR_SELF)
def change_own_password() -> Response | BaseResponse:
    """Set it; all other sessions of the account end."""
    return logins.change_password(_HERE)


@pages.get("/account", permission=Permission.OPERATOR_SELF)
def account() -> str:
    """Who am I here, and for whom?"""
    asking = auth.caller()
    whose = queries.organisation(work.session(), asking.organisation_id or "")
    roles = [gettext(text) for role, text in MEMBER_ROLES.items() if role in asking.roles]
    rows = [
        (gettext("姓名"), asking.name),
        (gettext("单位"), whose.name),
        (gettext("角色"), gettext("、").join(roles)),
    ]
    return render_template("account.html", audience=_HERE, rows=rows)


@pages.get("/register", permission=Permission.PUBLIC)
def register() -> str:
    """A new organisation with its first person, or a person who asks to join one that is known."""
    rules = queries.account_rules(work.session(), services().clock.now())
    kinds = [(kind, gettext(text)) for kind, text in ORGANISATION_KINDS.items()]
    return render_template(
        "operator/register.html",
        kinds=kinds if rules.natural_persons else kinds[:1],
        password_hint=logins.password_hint(),
    )


@pages.post("/register", permission=Permission.PUBLIC)
def send_registration() -> BaseResponse:
    """Register. A code that is registered already makes a request to join, which its owner decides."""
    form = request.form
    logins.same_twice(form)
    told = service.register_organisation(
        work.session(),
        kind=OrganisationKind.PERSON if form.get("kind") == "person" else OrganisationKind.ORGANISATION,
        name=form.get("name", ""),
        credit_code=form.get("credit_code") or None,
        contact_name=form.get("contact_name", ""),
        phone=form.get("phone", ""),
        email=form.get("email") or None,
        login=form.get("login", ""),
        password=form.get("password", ""),
        now=services().clock.now(),
    )
    return redirect(url_for("operator.registered", joined="1" if told.asked_to_join else None), 303)


@pages.get("/registered", permission=Permission.PUBLIC)
def registered() -> str:
    """What happens next."""
    return render_template("operator/registered.html", asked_to_join="joined" in request.args)


@pages.get("/forgotten", permission=Permission.PUBLIC)
def forgotten() -> str:
    """Ask for a code to set a new password."""
    return render_template("operator/forgotten.html")


@pages.post("/forgotten", permission=Permission.PUBLIC)
def send_code() -> BaseResponse | Response:
    """Send a code to whoever has this login; the answer is the same where nobody has it."""
    login = request.form.get("login", "")
    try:
        service.request_reset(
            work.session(), Door.MEMBER, login, request.remote_addr or "", services().clock.now()
        )
    except NotAllowed as error:
        return _refused("operator/forgotten.html", error)
    return redirect(url_for("operator.reset"), 303)


@pages.get("/reset", permission=Permission.PUBLIC)
def reset() -> str:
    """Set a new password with a code that was sent."""
    return render_template("operator/reset.html", password_hint=logins.password_hint())


@pages.post("/reset", permission=Permission.PUBLIC)
def send_reset() -> BaseResponse | Response:
    """Check the code and set the password."""
    form = request.form
    logins.same_twice(form)
    try:
        service.reset_password(
            work.session(),
            Door.MEMBER,
            form.get("login", ""),
            form.get("code", ""),
            form.get("password", ""),
            request.remote_addr or "",
            services().clock.now(),
        )
    except NotAllowed as error:
        return _refused("operator/reset.html", error, password_hint=logins.password_hint())
    flash(gettext("密码已更改，请用新密码登录"))
    return redirect(url_for("operator.log_in"), 303)


def _refused(template: str, error: NotAllowed, **context: object) -> Response:
    # A wrong code has counted: that must be kept.
    work.keep()
    forms.refuse(error)
    page = make_response(render_template(template, **context), of(error).status)
    return logins.told_when(page, error)
