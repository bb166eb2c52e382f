"""Who is asking, and may they? Looked up once a request, in a short transaction of its own."""

from __future__ import annotations

from flask import Flask, Response, g, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts import service
from parking.accounts.rules import Caller, Permission
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import N_, NotAllowed
from parking.portals._http import sessions
from parking.portals._http.services import services
from parking.portals._http.sessions import Audience

_KINDS = {Audience.OPERATOR: "member", Audience.BUREAU: "officer"}
_OWN = frozenset({Permission.OPERATOR_SELF, Permission.BUREAU_SELF})
_NO_STORE = "no-store"


class NotLoggedIn(NotAllowed):
    """The page is for people who are logged in."""

    code = "not_logged_in"
    text = N_("请先登录")

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        super().__init__()


class NotPermitted(NotAllowed):
    """The caller is known, and the page is for another role."""

    code = "not_permitted"
    text = N_("您的角色不能使用这个页面")


class PasswordFirst(HTTPException):
    """The caller must choose a new password before anything else."""

    code = 303


def caller() -> Caller:
    """Who is logged in on the present address. Raises NotLoggedIn."""
    audience = sessions.audience_here() or Audience.OPERATOR
    found = caller_of(audience)
    if found is None:
        raise NotLoggedIn(audience)
    return found


def caller_of(audience: Audience) -> Caller | None:
    """Who this browser is for an audience: None for nobody, or an expired session."""
    known: dict[Audience, Caller | None] = g.setdefault("callers", {})
    if audience not in known:
        token = sessions.token(audience)
        known[audience] = None if token is None else _look_up(audience, token)
    return known[audience]


def know(audience: Audience, found: Caller | None) -> None:
    """Say who the rest of this request is for, once somebody has just logged in."""
    g.setdefault("callers", {})[audience] = found


def _look_up(audience: Audience, token: str) -> Caller | None:
    here = services()
    with unit_of_work(here.sessions) as uow:
        found = service.recognise(uow.session, token, here.clock.now())
    return found if found is not None and found.kind == _KINDS[audience] else None


def admit(permission: Permission) -> None:
    """Let the caller in. Raises NotLoggedIn, NotPermitted, PasswordFirst."""
    if permission is Permission.PUBLIC:
        return
    asking = caller()
    if asking.must_change_password and permission not in _OWN:
        raise PasswordFirst
    if not asking.may(permission):
        raise NotPermitted


def may(permission: Permission) -> bool:
    """For templates: would the caller be let in?"""
    audience = sessions.audience_here()
    found = caller_of(audience) if audience else None
    return found is not None and found.may(permission)


def caller_or_none() -> Caller | None:
    """For templates: who is logged in on the present address."""
    audience = sessions.audience_here()
    return caller_of(audience) if audience else None


def audience_home() -> str:
    """For templates: where the present audience begins."""
    return f"/{sessions.audience_here() or Audience.OPERATOR}"


def audience_base() -> str:
    """For templates that both audiences and the public share: the frame around them.

    The navigation stays for whoever is logged in; after a failure of our own it is not even looked up.
    """
    audience = sessions.audience_here()
    if audience is None or g.get("failed") or caller_of(audience) is None:
        return "base.html"
    return f"{audience}/base.html"


def init_auth(app: Flask) -> None:
    """Send strangers to their login, and let no browser or proxy keep what a person was shown."""
    app.jinja_env.globals.update(
        who=caller_or_none, may=may, audience_home=audience_home, audience_base=audience_base
    )
    app.register_error_handler(PasswordFirst, _to_password)
    app.after_request(_store_nothing)


def _to_password(_error: PasswordFirst) -> BaseResponse:
    return redirect(f"{audience_home()}/password", 303)


def _store_nothing(response: Response) -> Response:
    # The back button then asks again, and shows how things stand now.
    if sessions.audience_here() is not None and not (request.endpoint or "").endswith("static"):
        response.headers["Cache-Control"] = _NO_STORE
    return response
