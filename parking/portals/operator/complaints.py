"""What do people report of my lots, and what do I answer?"""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from parking.accounts.rules import Permission
from parking.complaints import queries, service
from parking.complaints.queries import Asked, Reach
from parking.complaints.rules import ENDED, ComplaintState, ComplaintStep
from parking.kernel.errors import N_
from parking.portals._http import auth, forms, uploads, work
from parking.portals._http.complaint_texts import words
from parking.portals._http.overtaking import saying_who_was_first
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals.operator import desk

READ, ANSWER = Permission.OPERATOR_COMPLAINTS_READ, Permission.OPERATOR_COMPLAINTS_ANSWER
pages = Pages("operator_complaints", __name__, "operator")
# What the bureau's officers write to each other is theirs.
_SHOWN = frozenset(
    {
        ComplaintStep.RECEIVED,
        ComplaintStep.FORWARDED,
        ComplaintStep.ANSWERED,
        ComplaintStep.REOPENED,
        ComplaintStep.CLOSED,
    }
)


@pages.get("/complaints", permission=READ, nav=N_("市民反映"), nav_order=42)
def listed() -> Response:
    """What waits for my answer first, then what the bureau has, then what is done."""
    session, own = work.session(), _own()
    waiting = Asked(states=(ComplaintState.FORWARDED,))
    with_bureau = Asked(states=(ComplaintState.RECEIVED, ComplaintState.TAKEN, ComplaintState.ANSWERED))
    return _page(
        "list.html",
        waiting=queries.complaints(session, own, waiting, limit=200).rows,
        with_bureau=queries.complaints(session, own, with_bureau, limit=200).rows,
        ended=queries.complaints(session, own, Asked(states=ENDED), after=request.args.get("after")),
    )


@pages.get("/complaints/<complaint_id>", permission=READ)
def complaint(complaint_id: str) -> Response:
    """One complaint, and the answer to be written; the telephone number only while it is mine to answer."""
    seen = queries.complaint(work.session(), complaint_id, _own())
    is_mine = seen.state is ComplaintState.FORWARDED and auth.caller().may(ANSWER)
    sealed = seen.phone_sealed if is_mine else None
    return _page(
        "one.html",
        complaint=seen,
        may_answer=is_mine,
        caller_phone=service.phone_of(complaint_id, sealed, services().sealer),
        steps=[step for step in seen.steps if step.step in _SHOWN],
        name=_name_of,
    )


@pages.post("/complaints/<complaint_id>", permission=ANSWER)
def answer(complaint_id: str) -> Redirect:
    """Answer it; whoever reported it reads this."""
    with saying_who_was_first(_name_of, desk.zone()):
        service.answer(
            work.session(),
            auth.caller().actor,
            complaint_id,
            version=forms.sent_version(),
            now=desk.now(),
            text=request.form.get("text", ""),
            reach=_own(),
        )
    flash(gettext("答复已提交，反映人凭回执码可以看到。"))
    return redirect(url_for(".complaint", complaint_id=complaint_id), 303)


@pages.get("/complaints/<complaint_id>/photo", permission=READ)
def photo(complaint_id: str) -> Response:
    """What the photo shows, as an attachment."""
    kept = queries.photo(work.session(), complaint_id, _own())
    return uploads.attachment(kept.sha256, kept.media_type, kept.name)


def _own() -> Reach:
    return Reach(organisation_id=desk.organisation_id())


def _name_of(actor: str) -> str:
    """As everybody is called, and whoever complained as a citizen."""
    return gettext("市民") if actor.partition(":")[0] == "citizen" else desk.name_of(actor)


def _page(template: str, **context: Any) -> Response:
    return desk.page(f"complaints/{template}", **words(), **context)
