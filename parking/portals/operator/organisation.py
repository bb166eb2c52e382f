"""Which papers prove our organisation, whom does the bureau call, and who belongs to us?"""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts import queries, service
from parking.accounts.errors import OrganisationNotFound
from parking.accounts.queries import OrganisationView
from parking.accounts.rules import AccountState, MemberRole, Permission
from parking.boundary.files import FileMissing
from parking.kernel.errors import N_
from parking.portals._http import auth, formats, forms, uploads, work
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals._http.texts import ACCOUNT_STATES, MEMBER_ROLES, ORGANISATION_STATES
from parking.portals.operator import desk

pages = Pages("operator_organisation", __name__, "operator")


def _own() -> OrganisationView:
    return queries.organisation(work.session(), auth.caller().organisation_id or "")


@pages.get(
    "/organisation", permission=Permission.OPERATOR_ORGANISATION_READ, nav=N_("单位资料"), nav_order=80
)
def organisation() -> str:
    """What the bureau knows of us, and whether our papers were checked."""
    return render_template(
        "operator/organisation.html",
        own=_own(),
        states=ORGANISATION_STATES,
        formats=formats,
        zone=desk.zone(),
    )


@pages.post(
    "/organisation/papers",
    permission=Permission.OPERATOR_ORGANISATION_EDIT,
    form="organisation",
    body_limit=uploads.room_for(2),
)
def hand_in() -> BaseResponse:
    """Hand in licence or authorisation, or both; they are then checked (again)."""
    licence = uploads.kept("licence", required=False)
    authorisation = uploads.kept("authorisation", required=False)
    if licence is None and authorisation is None:
        raise FileMissing(at="licence")
    service.hand_in_papers(
        work.session(),
        auth.caller(),
        version=forms.sent_version(),
        now=services().clock.now(),
        licence=licence,
        authorisation=authorisation,
    )
    flash(gettext("资料已提交，等待核验"))
    return redirect(url_for("operator_organisation.organisation"), 303)


@pages.post("/organisation/contact", permission=Permission.OPERATOR_ORGANISATION_EDIT, form="organisation")
def change_contact() -> BaseResponse:
    """Name another person whom the bureau calls."""
    service.change_contact(
        work.session(),
        auth.caller(),
        contact_name=request.form.get("name", ""),
        phone=request.form.get("phone", ""),
        version=forms.sent_version(),
        now=services().clock.now(),
    )
    flash(gettext("联系人已更改"))
    return redirect(url_for("operator_organisation.organisation"), 303)


@pages.get("/organisation/papers/<paper>", permission=Permission.OPERATOR_ORGANISATION_READ)
def own_paper(paper: str) -> Response:
    """One of our own papers, as it is kept."""
    own = _own()
    kept = {
        "licence": (own.licence_file, own.licence_type),
        "authorisation": (own.authorisation_file, own.authorisation_type),
    }
    sha256, media_type = kept.get(paper, (None, None))
    if sha256 is None or media_type is None:
        raise OrganisationNotFound
    return uploads.attachment(sha256, media_type, paper)


@pages.get("/members", permission=Permission.OPERATOR_MEMBERS_MANAGE, nav=N_("人员"), nav_order=90)
def members() -> str:
    """Who belongs to us, and who asks to."""
    asking = auth.caller()
    known = queries.members(work.session(), asking.organisation_id or "")
    return render_template(
        "operator/members.html",
        waiting=[each for each in known if each.state is AccountState.ASKED],
        members=[each for each in known if each.state is not AccountState.ASKED],
        states=ACCOUNT_STATES,
        roles=MEMBER_ROLES,
        role_options=[(role, gettext(text)) for role, text in MEMBER_ROLES.items()],
        self_id=asking.account_id,
        formats=formats,
        zone=desk.zone(),
    )


@pages.post("/members", permission=Permission.OPERATOR_MEMBERS_MANAGE, form="members")
def add_member() -> str:
    """Add a colleague; the one-time password is told here and never again."""
    form = request.form
    added = service.add_member(
        work.session(),
        auth.caller(),
        login=form.get("login", ""),
        name=form.get("name", ""),
        role=MemberRole.OWNER if form.get("role") == MemberRole.OWNER else MemberRole.CLERK,
        phone=form.get("phone") or None,
        now=services().clock.now(),
    )
    return render_template(
        "one_time_password.html",
        audience="operator",
        login=form.get("login", ""),
        password=added.password,
        back=url_for("operator_organisation.members"),
    )


@pages.post("/members/<member_id>/join", permission=Permission.OPERATOR_MEMBERS_MANAGE)
def decide_join(member_id: str) -> BaseResponse:
    """Let somebody join, or not."""
    accepted = request.form.get("accepted") == "yes"
    service.decide_join(
        work.session(), auth.caller(), member_id, accepted=accepted, now=services().clock.now()
    )
    flash(gettext("已同意加入") if accepted else gettext("已拒绝加入"))
    return _to_members()


@pages.post("/members/<member_id>/role", permission=Permission.OPERATOR_MEMBERS_MANAGE)
def change_role(member_id: str) -> BaseResponse:
    """Make a member an owner or a clerk."""
    role = MemberRole.OWNER if request.form.get("role") == MemberRole.OWNER else MemberRole.CLERK
    service.change_member_role(
        work.session(), auth.caller(), member_id, role=role, now=services().clock.now()
    )
    flash(gettext("角色已更改"))
    return _to_members()


@pages.post("/members/<member_id>/disable", permission=Permission.OPERATOR_MEMBERS_MANAGE)
def disable_member(member_id: str) -> BaseResponse:
    """Close a member's account."""
    service.disable_member(work.session(), auth.caller(), member_id, services().clock.now())
    flash(gettext("账号已停用，其登录已全部退出"))
    return _to_members()


def _to_members() -> BaseResponse:
    return redirect(url_for("operator_organisation.members"), 303)
