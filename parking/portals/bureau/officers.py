"""Who works here, with which duties and where, and who stands in for whom?"""

from __future__ import annotations

from datetime import date, timedelta

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts import queries, service
from parking.accounts.errors import LeaveWrong
from parking.accounts.rules import AccountState, OfficerRole, Permission
from parking.kernel.errors import N_
from parking.portals._http import auth, forms, work
from parking.portals._http.moments import sent_day
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals._http.texts import ACCOUNT_STATES, OFFICER_ROLES
from parking.portals.bureau import desk

pages = Pages("bureau_officers", __name__, "bureau")
_MANAGE = Permission.BUREAU_OFFICERS_MANAGE


@pages.get("/officers", permission=Permission.BUREAU_OFFICERS_READ, nav=N_("人员"), nav_order=80)
def officers() -> Response:
    """All officers, those who left too, and the form for a new one."""
    session = work.session()
    return desk.page(
        "officers.html",
        last_day=_last_day,
        officers=queries.officers(session),
        leaves=queries.leaves(session, desk.today()),
        roles=OFFICER_ROLES,
        states=ACCOUNT_STATES,
        **_duties(),
    )


@pages.post("/officers", permission=_MANAGE, form="officers")
def appoint() -> str:
    """Appoint an officer; the one-time password is told here and never again."""
    form = request.form
    appointed = service.appoint_officer(
        work.session(),
        auth.caller().actor,
        login=form.get("login", ""),
        name=form.get("name", ""),
        phone=form.get("phone") or None,
        roles=_sent_roles(),
        districts=form.getlist("districts"),
        now=services().clock.now(),
    )
    return _told_once(form.get("login", ""), appointed.password)


@pages.get("/officers/<officer_id>", permission=Permission.BUREAU_OFFICERS_READ)
def officer(officer_id: str) -> Response:
    """One officer: duties, leave, and what an administrator may do."""
    session = work.session()
    found = queries.officer(session, officer_id)
    return desk.page(
        "officer.html",
        last_day=_last_day,
        found=found,
        roles=OFFICER_ROLES,
        states=ACCOUNT_STATES,
        is_self=officer_id == auth.caller().account_id,
        leaves=queries.leaves(session, desk.today(), officer_id),
        substitutes=_substitutes(officer_id),
        **_duties(),
    )


@pages.post("/officers/<officer_id>", permission=_MANAGE)
def change(officer_id: str) -> BaseResponse:
    """Change name or duties; other duties end the officer's sessions."""
    is_self = officer_id == auth.caller().account_id
    service.change_officer(
        work.session(),
        auth.caller().actor,
        officer_id,
        version=forms.sent_version(),
        now=services().clock.now(),
        name=request.form.get("name", ""),
        phone=request.form.get("phone") or None,
        roles=None if is_self else _sent_roles(),
        districts=None if is_self else request.form.getlist("districts"),
    )
    flash(gettext("已保存"))
    return _to(officer_id)


@pages.post("/officers/<officer_id>/disable", permission=_MANAGE, form="officer")
def disable(officer_id: str) -> BaseResponse:
    """Close an account."""
    service.disable_officer(work.session(), auth.caller().actor, officer_id, services().clock.now())
    flash(gettext("账号已停用，其登录已全部退出"))
    return _to(officer_id)


@pages.post("/officers/<officer_id>/enable", permission=_MANAGE, form="officer")
def enable(officer_id: str) -> BaseResponse:
    """Open a closed account again."""
    service.enable_officer(work.session(), auth.caller().actor, officer_id, services().clock.now())
    flash(gettext("账号已重新启用"))
    return _to(officer_id)


@pages.post("/officers/<officer_id>/reset", permission=_MANAGE, form="officer")
def reset(officer_id: str) -> str:
    """For who lost phone or password: a one-time password, and the second factor anew."""
    session = work.session()
    login = queries.officer(session, officer_id).login
    made = service.reset_officer(session, auth.caller().actor, officer_id, services().clock.now())
    return _told_once(login, made.password)


@pages.post("/officers/<officer_id>/leave", permission=_MANAGE, form="officer")
def set_leave_of(officer_id: str) -> BaseResponse:
    """Enter an officer's leave and the substitute."""
    _set_leave(officer_id)
    return _to(officer_id)


@pages.get("/leave", permission=Permission.BUREAU_LEAVE_SET, nav=N_("请假与代理"), nav_order=85)
def own_leave() -> Response:
    """My own leave, who stands in for me, and for whom I stand in."""
    asking = auth.caller()
    known = queries.leaves(work.session(), desk.today())
    return desk.page(
        "leave.html",
        last_day=_last_day,
        leaves=[each for each in known if each.officer_id == asking.account_id],
        standing_in=[each for each in known if each.substitute_id == asking.account_id],
        substitutes=_substitutes(asking.account_id),
    )


@pages.post("/leave", permission=Permission.BUREAU_LEAVE_SET, form="own_leave")
def set_own_leave() -> BaseResponse:
    """Enter the own leave."""
    _set_leave(auth.caller().account_id)
    return redirect(url_for("bureau_officers.own_leave"), 303)


@pages.post("/leave/<leave_id>/end", permission=Permission.BUREAU_LEAVE_SET)
def end_leave(leave_id: str) -> BaseResponse:
    """Take a leave back."""
    service.end_leave(work.session(), auth.caller(), leave_id, services().clock.now())
    flash(gettext("请假已取消"))
    return redirect(url_for("bureau_officers.own_leave"), 303)


def _set_leave(officer_id: str) -> None:
    first_on, last_on = sent_day("from_on", LeaveWrong), sent_day("until_on", LeaveWrong)
    service.set_leave(
        work.session(),
        auth.caller(),
        officer_id,
        request.form.get("substitute_id", ""),
        first_on,
        # People name the last day; a span ends before its end.
        last_on + timedelta(days=1),
        services().clock.now(),
    )
    flash(gettext("请假已登记，代理人在此期间有同样的职责"))


def _sent_roles() -> list[OfficerRole]:
    """The roles that are ticked; words that are no role are passed over."""
    sent = request.form.getlist("roles")
    return [role for role in OfficerRole if role in sent]


def _last_day(until_on: date) -> date:
    """The last day of a span, as people name it."""
    return until_on - timedelta(days=1)


def _duties() -> dict[str, object]:
    return {
        "role_options": desk.options(OFFICER_ROLES),
        "district_options": [(each.code, desk.district_name(each.code)) for each in desk.city().districts],
    }


def _substitutes(officer_id: str) -> list[tuple[str, str]]:
    return [
        (each.id, f"{each.name}（{each.login}）")
        for each in queries.officers(work.session())
        if each.state is AccountState.ACTIVE and each.id != officer_id
    ]


def _told_once(login: str, password: str | None) -> str:
    return render_template(
        "one_time_password.html",
        audience="bureau",
        login=login,
        password=password,
        back=url_for("bureau_officers.officers"),
    )


def _to(officer_id: str) -> BaseResponse:
    return redirect(url_for("bureau_officers.officer", officer_id=officer_id), 303)
