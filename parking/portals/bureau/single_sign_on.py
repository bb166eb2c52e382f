"""How does an officer come in who already logged in with the city? There and back, secrets in a cookie."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping

import orjson
from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts import service
from parking.accounts.rules import Needs, Permission
from parking.boundary.signing_on import SignOnFailed
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import NotAllowed
from parking.kernel.sealing import SealBroken
from parking.portals._http import auth, forms, logins, sessions
from parking.portals._http.next_page import local_path
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals._http.sessions import Audience

pages = Pages("bureau_single_sign_on", __name__, "bureau")
_COOKIE = "sign_on"
_COOKIE_S = 600
_STEPS = {Needs.TOTP: "bureau.code", Needs.ENROL_TOTP: "bureau.enrol"}


@pages.get("/single-sign-on", permission=Permission.PUBLIC)
def begin() -> BaseResponse:
    """Lead to the city's own log-in page."""
    sign_on = services().sign_on
    if sign_on is None:
        return redirect(url_for("bureau.log_in"), 303)
    try:
        begun = sign_on.begin(_return_to())
    except SignOnFailed as error:
        return _refused(error)
    answer = redirect(begun.address, 303)
    return _keep(answer, {**begun.kept, "next": local_path(request.args.get("next"), "")})


@pages.get("/single-sign-on/return", permission=Permission.PUBLIC)
def come_back() -> BaseResponse:
    """Take the city's word for who it is; a second factor that was not asked for there is asked for here."""
    here = services()
    if here.sign_on is None:
        return redirect(url_for("bureau.log_in"), 303)
    kept = _kept()
    try:
        # It asks outside addresses: no transaction is open yet.
        found = here.sign_on.finish(_return_to(), kept, request.args)
        with unit_of_work(here.sessions) as uow:
            entered = service.log_in_by_single_sign_on(
                uow.session,
                found.subject,
                request.remote_addr or "",
                here.clock.now(),
                has_second_factor=found.has_second_factor,
            )
    except NotAllowed as error:
        return _forget(_refused(error))
    next_page = local_path(kept.get("next"), "")
    if entered.needs in _STEPS:
        answer = redirect(url_for(_STEPS[entered.needs], next=next_page or None), 303)
    else:
        answer = redirect(next_page or auth.audience_home(), 303)
    sessions.remember(answer, Audience.BUREAU, entered.token)
    return _forget(answer)


def _return_to() -> str:
    return services().public_url + url_for("bureau_single_sign_on.come_back")


def _refused(error: NotAllowed) -> BaseResponse:
    forms.refuse(error)
    return logins.page("log_in.html", Audience.BUREAU, 403)


def _name() -> str:
    return sessions.cookie_name(_COOKIE, secure=services().secure_cookies)


def _keep(answer: BaseResponse, kept: Mapping[str, str]) -> BaseResponse:
    """The secrets of this log-in, sealed: whoever plants a cookie of their own is not believed."""
    sealed = services().sealer.seal(orjson.dumps(dict(kept)), _COOKIE)
    answer.set_cookie(
        _name(),
        urlsafe_b64encode(sealed).decode(),
        max_age=_COOKIE_S,
        path="/",
        httponly=True,
        # Lax, for the browser comes back from another site.
        samesite="Lax",
        secure=services().secure_cookies,
    )
    return answer


def _kept() -> dict[str, str]:
    try:
        sealed = urlsafe_b64decode(request.cookies.get(_name(), ""))
        found: dict[str, str] = orjson.loads(services().sealer.open(sealed, _COOKIE))
    except (Error, ValueError, SealBroken):
        return {}
    return found


def _forget(answer: BaseResponse) -> BaseResponse:
    answer.delete_cookie(_name(), path="/", httponly=True, samesite="Lax", secure=services().secure_cookies)
    return answer
