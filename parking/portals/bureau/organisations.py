"""Which organisations wait to be checked, and are their papers in order?"""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts import queries, service
from parking.accounts.errors import OrganisationNotFound
from parking.accounts.rules import OrganisationState, Permission
from parking.kernel.errors import N_
from parking.portals._http import auth, forms, uploads, work
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals._http.texts import (
    ACCOUNT_STATES,
    MEMBER_ROLES,
    ORGANISATION_KINDS,
    ORGANISATION_STATES,
)
from parking.portals.bureau import desk

pages = Pages("bureau_organisations", __name__, "bureau")
_WAITING = OrganisationState.REGISTERED


@pages.get("/organisations", permission=Permission.BUREAU_ORGANISATIONS_READ, nav=N_("单位"), nav_order=30)
def organisations() -> Response:
    """Those who wait to be checked, or all others by state and words."""
    asked = request.args.get("state", _WAITING)
    state = next((each for each in OrganisationState if each == asked), None)
    text = request.args.get("q", "")[:60]
    rows = queries.organisations(
        work.session(), state, text or None, request.args.get("after"), limit=desk.ROWS + 1
    )
    return desk.page(
        "organisations.html",
        rows=rows[: desk.ROWS],
        last=rows[desk.ROWS - 1].id if len(rows) > desk.ROWS else None,
        state=state,
        q=text,
        states=ORGANISATION_STATES,
        kinds=ORGANISATION_KINDS,
    )


@pages.get("/organisations/<organisation_id>", permission=Permission.BUREAU_ORGANISATIONS_READ)
def organisation(organisation_id: str) -> Response:
    """One organisation: what it says of itself beside the papers that prove it."""
    session = work.session()
    found = queries.organisation(session, organisation_id)
    checked_by = queries.display_names(session, [found.checked_by]) if found.checked_by else {}
    return desk.page(
        "organisation.html",
        found=found,
        checked_by=checked_by.get(found.checked_by or ""),
        members=queries.members(session, organisation_id),
        states=ORGANISATION_STATES,
        kinds=ORGANISATION_KINDS,
        roles=MEMBER_ROLES,
        account_states=ACCOUNT_STATES,
    )


@pages.get("/organisations/<organisation_id>/papers/<paper>", permission=Permission.BUREAU_ORGANISATIONS_READ)
def paper(organisation_id: str, paper: str) -> Response:
    """A paper that was handed in, as an attachment."""
    found = queries.organisation(work.session(), organisation_id)
    kept = {
        "licence": (found.licence_file, found.licence_type),
        "authorisation": (found.authorisation_file, found.authorisation_type),
    }
    sha256, media_type = kept.get(paper, (None, None))
    if sha256 is None or media_type is None:
        raise OrganisationNotFound
    return uploads.attachment(sha256, media_type, paper)


@pages.post(
    "/organisations/<organisation_id>/check",
    permission=Permission.BUREAU_ORGANISATIONS_CHECK,
    form="organisation",
)
def check(organisation_id: str) -> BaseResponse:
    """Say that the papers are in order, or why they are not."""
    accepted = request.form.get("accepted") == "yes"
    service.check_organisation(
        work.session(),
        auth.caller().actor,
        organisation_id,
        accepted=accepted,
        reason=request.form.get("reason"),
        version=forms.sent_version(),
        now=services().clock.now(),
    )
    flash(gettext("已核验通过，单位现在可以提交备案") if accepted else gettext("已退回，单位会收到理由"))
    return redirect(url_for("bureau_organisations.organisations"), 303)


@pages.post(
    "/organisations/<organisation_id>/disable",
    permission=Permission.BUREAU_ORGANISATIONS_DISABLE,
    form="organisation",
)
def disable(organisation_id: str) -> BaseResponse:
    """Close an organisation: nobody of it logs in any more."""
    service.disable_organisation(
        work.session(),
        auth.caller().actor,
        organisation_id,
        reason=request.form.get("reason", ""),
        version=forms.sent_version(),
        now=services().clock.now(),
    )
    flash(gettext("单位已停用，其人员的登录已全部退出"))
    return redirect(url_for("bureau_organisations.organisation", organisation_id=organisation_id), 303)
