"""What was found at my lots, what must be put right by when, and what were my months worth?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from parking.accounts.rules import Permission
from parking.inspections import queries, service
from parking.inspections.errors import ScoreNotFound
from parking.inspections.rules import FindingState, FindingStep, may
from parking.kernel.errors import N_
from parking.kernel.ids import new_id
from parking.lots import queries as lots
from parking.portals._http import auth, forms, uploads, work
from parking.portals._http.inspection_texts import words
from parking.portals._http.overtaking import saying_who_was_first
from parking.portals._http.pages import Pages
from parking.portals.operator import desk

READ, ANSWER = Permission.OPERATOR_INSPECTIONS_READ, Permission.OPERATOR_INSPECTIONS_ANSWER
pages = Pages("operator_inspections", __name__, "operator")


@pages.get("/inspections", permission=READ, nav=N_("巡查整改"), nav_order=40)
def listed() -> Response:
    """What must be put right first, then what waits for the bureau, then what is done; and my scores."""
    session, own = work.session(), desk.organisation_id()
    states = (FindingState.ORDERED, FindingState.PUT_RIGHT)
    ended = (FindingState.RECHECKED, FindingState.CLOSED, FindingState.WITHDRAWN)
    names = {card.id: card.name for card in lots.cards_of_organisation(session, own, desk.today())}
    return _page(
        "list.html",
        owed=queries.findings(session, organisation_id=own, states=states, limit=200).rows,
        ended=queries.findings(session, organisation_id=own, states=ended, after=request.args.get("after")),
        scores=queries.scores(session, organisation_id=own),
        lot_names=names,
    )


@pages.get("/findings/<finding_id>", permission=READ)
def finding(finding_id: str) -> Response:
    """One finding: what is wrong, by when it must be right, and the answer."""
    seen = queries.finding(work.session(), finding_id, organisation_id=desk.organisation_id())
    mine = auth.caller().may(ANSWER)
    return _page(
        "finding.html",
        finding=seen,
        may_answer=mine and may(seen.state, FindingStep.PUT_RIGHT, on_lot=True),
        overdue=seen.row.due_on is not None and seen.row.due_on < desk.today(),
        name=desk.name_of,
        form_key=new_id(),
    )


@pages.post("/findings/<finding_id>", permission=ANSWER)
def answer(finding_id: str) -> Redirect:
    """It is put right, and this is how."""
    with saying_who_was_first(desk.name_of, desk.zone()):
        service.answer_order(
            work.session(),
            auth.caller().actor,
            finding_id,
            desk.organisation_id(),
            request.form.get("text", ""),
            forms.sent_version(),
            desk.now(),
            form_key=request.form.get("form_key"),
        )
    flash(gettext("回复已收到，等待复核。"))
    return redirect(url_for(".finding", finding_id=finding_id), 303)


@pages.post(
    "/findings/<finding_id>/evidence", permission=ANSWER, form="finding", body_limit=uploads.BODY_LIMIT
)
def add_evidence(finding_id: str) -> Redirect:
    """One photo or paper at a time: what arrived stays."""
    session, own = work.session(), desk.organisation_id()
    # Asked first: nobody fills the store with papers to what is not theirs.
    queries.finding(session, finding_id, organisation_id=own)
    kept = uploads.kept("evidence")
    service.add_evidence(session, auth.caller().actor, finding_id, own, kept, desk.now())
    flash(gettext("材料已收到，写好整改情况后请提交回复。"))
    return redirect(url_for(".finding", finding_id=finding_id), 303)


@pages.get("/findings/<finding_id>/papers/<paper_id>", permission=READ)
def paper(finding_id: str, paper_id: str) -> Response:
    """A photo of what is wrong, or of what was put right, as an attachment."""
    kept = queries.paper(work.session(), finding_id, paper_id, organisation_id=desk.organisation_id())
    return uploads.attachment(kept.sha256, kept.media_type, kept.name)


@pages.get("/inspection-orders/<order_id>", permission=READ)
def order(order_id: str) -> Response:
    """整改通知书 as it was issued."""
    return _page(
        "order.html", order=queries.order(work.session(), order_id, organisation_id=desk.organisation_id())
    )


@pages.get("/scores/<lot_id>/<month>", permission=READ)
def score(lot_id: str, month: str) -> Response:
    """One lot's month with its evidence."""
    try:
        month_on = datetime.strptime(month, "%Y-%m").replace(tzinfo=desk.zone()).date()
    except ValueError:
        raise ScoreNotFound from None
    own = desk.organisation_id()
    found = queries.score(work.session(), lot_id, month_on, organisation_id=own)
    card = lots.lot_cards(work.session(), desk.today(), [lot_id])[0]
    return _page("score.html", score=found, card=card, instant=datetime.fromisoformat, day=date.fromisoformat)


def _page(template: str, **context: Any) -> Response:
    return desk.page(f"inspections/{template}", in_language=desk.in_language, **words(), **context)
