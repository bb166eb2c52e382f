"""How does somebody get in, step by step, and out? Alike for both audiences, with the form that waits."""

from __future__ import annotations

from collections.abc import Mapping

import segno
from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts import queries, service
from parking.accounts.errors import LockedOut, LoginUnfinished, PasswordRefused
from parking.accounts.rules import Audience as Door
from parking.accounts.rules import Needs
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import N_, FieldProblem, InvalidInput, NotAllowed, ParkingError
from parking.portals._http import auth, csrf, forms, resuming, sessions, work
from parking.portals._http.next_page import local_path
from parking.portals._http.problems import of, retry_after_s
from parking.portals._http.services import services
from parking.portals._http.sessions import Audience

_DOORS = {Audience.OPERATOR: Door.MEMBER, Audience.BUREAU: Door.OFFICER}


class PasswordsDiffer(InvalidInput):
    """A new password was typed twice, differently."""

    code = "passwords_differ"
    text = N_("两次输入的密码不一样")

    def __init__(self) -> None:
        super().__init__(problems=[FieldProblem("password_again", self.code, self.text)])


def page(
    template: str, audience: Audience, status: int = 200, context: Mapping[str, object] | None = None
) -> Response:
    """A page of the way in; it carries where to go afterwards, and the form that waits for its account."""
    given = request.form if request.method == "POST" else request.args
    carried = {
        "audience": audience,
        "next": local_path(given.get("next"), ""),
        "kept": request.form.get(resuming.KEPT, ""),
        "has_single_sign_on": audience is Audience.BUREAU and services().sign_on is not None,
        "password_hint": password_hint(),
    }
    return make_response(render_template(template, **(carried | dict(context or {}))), status)


def password_hint() -> str:
    """What the city's policy asks of a new password."""
    policy = queries.account_rules(work.session(), services().clock.now()).passwords
    told = gettext("至少 %(shortest)s 个字符", shortest=policy.shortest)
    if policy.classes:
        told += gettext("，含大写字母、小写字母、数字、符号中的至少 %(classes)s 类", classes=policy.classes)
    return told


def same_twice(form: Mapping[str, str]) -> None:
    """A new password is typed twice. Raises PasswordsDiffer."""
    if form.get("password") != form.get("password_again"):
        raise PasswordsDiffer


def log_in(audience: Audience) -> Response | BaseResponse:
    """Check login and password, and lead to what is still missing or in."""
    try:
        entered = service.log_in(
            work.session(),
            _DOORS[audience],
            request.form.get("login", ""),
            request.form.get("password", ""),
            request.remote_addr or "",
            services().clock.now(),
        )
    except NotAllowed as error:
        return _refused("log_in.html", audience, error)
    return _go_on(audience, entered.token, entered.needs)


def enrolment(audience: Audience) -> Response | BaseResponse:
    """The secret of a new second factor, shown once to whoever has just given the password."""
    token = sessions.token(audience) or ""
    # A new secret is kept although the page is only read: the next page must still know it.
    with unit_of_work(services().sessions) as uow:
        try:
            told = service.enrol_totp(uow.session, services().sealer, token, services().clock.now())
        except LoginUnfinished:
            return redirect(url_for(f"{audience}.log_in"), 303)
    return page("enrol.html", audience, context=_shown(told))


def _shown(told: service.Enrolment) -> dict[str, object]:
    grouped = " ".join(told.secret[place : place + 4] for place in range(0, len(told.secret), 4))
    drawn = segno.make(told.uri, error="m", micro=False)
    # The library's own drawing of dots and lines: nothing of it comes from outside.
    return {"secret": grouped, "qr": Markup(drawn.svg_inline(border=2, omitsize=True))}  # noqa: S704


def confirm_code(audience: Audience) -> Response | BaseResponse:
    """Check the second factor's code, at its set-up or at a login."""
    here, session = services(), work.session()
    now, token = here.clock.now(), sessions.token(audience) or ""
    enrolling = queries.needs_of(session, token, now) is Needs.ENROL_TOTP
    try:
        entered = service.confirm_totp(
            session, here.sealer, token, request.form.get("code", ""), request.remote_addr or "", now
        )
    except LoginUnfinished as error:
        return _refused("log_in.html", audience, error)
    except NotAllowed as error:
        if not enrolling:
            return _refused("code.html", audience, error)
        return _refused(
            "enrol.html", audience, error, _shown(service.enrol_totp(session, here.sealer, token, now))
        )
    return _go_on(audience, entered.token, entered.needs)


def change_password(audience: Audience) -> Response | BaseResponse:
    """Set a new password of one's own; all other sessions of the account end."""
    form, asking = request.form, auth.caller()
    same_twice(form)
    try:
        entered = service.change_password(
            work.session(),
            asking,
            form.get("old_password", ""),
            form.get("password", ""),
            services().clock.now(),
            ip=request.remote_addr or "",
        )
    except (NotAllowed, PasswordRefused) as error:
        return _refused("password.html", audience, error)
    flash(gettext("密码已更改，其他设备上的登录已退出"))
    return _go_on(audience, entered.token, entered.needs)


def log_out(audience: Audience) -> BaseResponse:
    """End the session here and in the database."""
    service.log_out(work.session(), sessions.token(audience) or "", services().clock.now())
    csrf.renew()
    answer = redirect(url_for(f"{audience}.log_in"), 303)
    sessions.forget(answer, audience)
    return answer


def _refused(
    template: str, audience: Audience, error: ParkingError, context: Mapping[str, object] | None = None
) -> Response:
    # A failure that is not counted would be no failure.
    work.keep()
    forms.refuse(error)
    return told_when(page(template, audience, of(error).status, context), error)


def told_when(refused: Response, error: ParkingError) -> Response:
    """The page of a refusal; whoever is locked out is told when to try again, in a header too."""
    if isinstance(error, LockedOut):
        refused.headers["Retry-After"] = str(retry_after_s(error.params))
    return refused


def _go_on(audience: Audience, token: str, needs: Needs | None) -> Response | BaseResponse:
    """The next step, with a new token in the cookie: whoever planted the old one gains nothing."""
    here, session = services(), work.session()
    next_page = local_path(request.form.get("next"), "")
    # A form that waits cannot travel in an address: its next step is shown in answer to this one.
    waits = bool(request.form.get(resuming.KEPT))
    answer: Response | BaseResponse | None
    if needs is Needs.TOTP or needs is Needs.ENROL_TOTP:
        is_new = needs is Needs.ENROL_TOTP
        step = "enrol" if is_new else "code"
        if not waits:
            answer = redirect(url_for(f"{audience}.{step}", next=next_page or None), 303)
        else:
            now = here.clock.now()
            told = _shown(service.enrol_totp(session, here.sealer, token, now)) if is_new else {}
            answer = page(f"{step}.html", audience, context=told)
    else:
        auth.know(audience, service.recognise(session, token, here.clock.now()))
        if needs is Needs.NEW_PASSWORD:
            answer = (
                page("password.html", audience)
                if waits
                else redirect(url_for(f"{audience}.own_password", next=next_page or None), 303)
            )
        else:
            answer = resuming.resume() or redirect(next_page or auth.audience_home(), 303)
    sessions.remember(answer, audience, token)
    return answer
