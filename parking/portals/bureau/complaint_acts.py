"""What is done with a complaint next? Each act is one question on a page of its own."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from parking.complaints import queries, service
from parking.complaints.errors import ComplaintRefused
from parking.complaints.queries import Asked, ComplaintRow
from parking.complaints.rules import ENDED
from parking.kernel.errors import N_, FieldProblem
from parking.portals._http import auth, work
from parking.portals._http.forms import sent, sent_version
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk
from parking.portals.bureau.complaint_desk import ACT_NAMES, ANSWER, open_acts, page, reach, who_was_first

pages = Pages("bureau_complaint_acts", __name__, "bureau")
_TAKES = {
    "forward": service.forward,
    "take": service.take_on,
    "answer": service.answer,
    "reject": service.reject,
}


@pages.get(
    "/complaints/<complaint_id>/<any(forward, take, answer, close, reject, join):act>", permission=ANSWER
)
def form(complaint_id: str, act: str) -> Response:
    """Say what is needed for it; to join, the others of the same lot are offered."""
    reading, mine = work.session(), reach(ANSWER)
    seen = queries.complaint(reading, complaint_id, mine)
    beside: tuple[ComplaintRow, ...] = ()
    if act == "join":
        found = queries.complaints(reading, mine, Asked(lot_id=seen.row.lot_id), limit=100).rows
        beside = tuple(
            row
            for row in found
            if row.id != complaint_id and (row.state not in ENDED or row.state == "closed")
        )
    return page(
        "act.html",
        complaint=seen,
        act=act,
        title=ACT_NAMES[act],
        is_open=act in open_acts(seen),
        beside=beside,
    )


@pages.post(
    "/complaints/<complaint_id>/<any(forward, take, answer, close, reject, join):act>", permission=ANSWER
)
def take(complaint_id: str, act: str) -> Redirect:
    """It is done, once; whoever comes second reads who was first."""
    told: dict[str, Any] = {"version": sent_version(), "now": desk.now(), "reach": reach(ANSWER)}
    session, actor = work.session(), auth.caller().actor
    with who_was_first():
        if act == "close":
            service.close(session, actor, complaint_id, is_confirmed=_confirmed(), text=sent("text"), **told)
        elif act == "join":
            service.join(session, actor, complaint_id, original=sent("original"), **told)
        elif act in _TAKES:
            _TAKES[act](session, actor, complaint_id, text=sent("text"), **told)
        else:
            abort(404)
    flash(gettext("已登记。"))
    return redirect(url_for("bureau_complaints.complaint", complaint_id=complaint_id), 303)


def _confirmed() -> bool:
    if sent("confirmed") not in ("yes", "no"):
        problem = FieldProblem("confirmed", "missing", N_("请选择是否属实"))
        raise ComplaintRefused(problems=[problem], count=1)
    return sent("confirmed") == "yes"
