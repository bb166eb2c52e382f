"""What is done with a finding next? Each act has a page of its own: one question, light for a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from parking.inspections import queries, service
from parking.inspections.errors import FindingRefused
from parking.inspections.queries import FindingView
from parking.inspections.rules import FindingState, FindingStep, Grade, days_of, may
from parking.kernel.errors import N_, FieldProblem
from parking.portals._http import auth, work
from parking.portals._http.forms import sent, sent_version
from parking.portals._http.moments import instant_of_two, sent_day
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk
from parking.portals.bureau.ground import RECORD, page, who_was_first
from parking.portals.bureau.within import reach

pages = Pages("bureau_finding_acts", __name__, "bureau")

ACTS = {
    "order": FindingStep.ORDERED,
    "recheck": FindingStep.RECHECKED,
    "hand-over": FindingStep.HANDED_OVER,
    "handover-answer": FindingStep.HANDOVER_ANSWERED,
    "close": FindingStep.CLOSED,
    "withdraw": FindingStep.WITHDRAWN,
}
ACT_NAMES = {
    "order": N_("交办整改"),
    "recheck": N_("复核"),
    "hand-over": N_("移交交警"),
    "handover-answer": N_("登记交警答复"),
    "close": N_("销号"),
    "withdraw": N_("撤回（登记有误）"),
}


def may_take(seen: FindingView, step: FindingStep) -> bool:
    """Whether the finding stands where this step leads on."""
    return may(seen.state, step, on_lot=seen.row.lot_id is not None)


def _act_page(finding_id: str, act: str, **context: Any) -> Response:
    seen = queries.finding(work.session(), finding_id, districts=reach(RECORD))
    return page(
        "act.html",
        finding=seen,
        act=act,
        title=ACT_NAMES[act],
        is_open=may_take(seen, ACTS[act]),
        may_send_back=may_take(seen, FindingStep.SENT_BACK),
        local=desk.now().astimezone(desk.zone()),
        **context,
    )


def _beside(finding_id: str) -> list[FindingView]:
    """The findings of the same lot that wait for an order too."""
    session, mine = work.session(), reach(RECORD)
    lot_id = queries.finding(session, finding_id, districts=mine).row.lot_id
    if lot_id is None:
        return []
    waiting = queries.findings(session, districts=mine, lot_id=lot_id, states=(FindingState.FOUND,))
    return [queries.finding(session, row.id) for row in waiting.rows if row.id != finding_id]


@pages.get("/findings/<finding_id>/order", permission=RECORD)
def order_form(finding_id: str) -> Response:
    """Order it, with what else waits at the same lot."""
    beside = {f"{each.row.id}~{each.version}": each.row.text for each in _beside(finding_id)}
    return _act_page(
        finding_id,
        "order",
        beside=beside,
        days={str(grade): days_of(desk.city(), grade) for grade in Grade},
    )


@pages.post("/findings/<finding_id>/order", permission=RECORD)
def issue_order(finding_id: str) -> Redirect:
    """One order for this finding, and for those of the same lot that are ticked."""
    versions = {finding_id: sent_version()}
    for told in request.form.getlist("also"):
        other, _, version = told.partition("~")
        versions[other] = int(version) if version.isdecimal() and len(version) < 10 else 0
    with who_was_first():
        order_id = service.order_to_put_right(
            work.session(),
            auth.caller().actor,
            versions,
            desk.now(),
            note=sent("note"),
            due_on=sent_day("due_on", FindingRefused) if sent("due_on") else None,
            districts=reach(RECORD),
            form_key=sent("form_key"),
        )
    flash(gettext("整改通知书已发出。"))
    return redirect(url_for("bureau_findings.order", order_id=order_id), 303)


@pages.get("/findings/<finding_id>/recheck", permission=RECORD)
def recheck_form(finding_id: str) -> Response:
    """Say how it looks now."""
    return _act_page(finding_id, "recheck")


@pages.post("/findings/<finding_id>/recheck", permission=RECORD)
def recheck(finding_id: str) -> Redirect:
    """Passed or sent back."""
    if sent("passed") not in ("yes", "no"):
        problem = FieldProblem("passed", "missing", N_("请选择复核结果"))
        raise FindingRefused(problems=[problem], count=1)
    return _take(finding_id, service.recheck, passed=sent("passed") == "yes")


@pages.get("/findings/<finding_id>/hand-over", permission=RECORD)
def hand_over_form(finding_id: str) -> Response:
    """Say to whom and when."""
    return _act_page(finding_id, "hand-over")


@pages.post("/findings/<finding_id>/hand-over", permission=RECORD)
def hand_over(finding_id: str) -> Redirect:
    """To the traffic police, with the time at which that was done."""
    handed_over_at = instant_of_two(sent("at_on"), sent("at_time"), desk.zone())
    return _take(finding_id, service.hand_over, to=sent("to"), handed_over_at=handed_over_at)


@pages.get("/findings/<finding_id>/handover-answer", permission=RECORD)
def handover_answer_form(finding_id: str) -> Response:
    """Write down what was told."""
    return _act_page(finding_id, "handover-answer")


@pages.post("/findings/<finding_id>/handover-answer", permission=RECORD)
def handover_answer(finding_id: str) -> Redirect:
    """What the traffic police told us."""
    answered_at = instant_of_two(sent("at_on"), sent("at_time"), desk.zone())
    return _take(finding_id, service.note_handover_answer, answered_at=answered_at)


@pages.get("/findings/<finding_id>/close", permission=RECORD)
def close_form(finding_id: str) -> Response:
    """End it."""
    return _act_page(finding_id, "close")


@pages.post("/findings/<finding_id>/close", permission=RECORD)
def close(finding_id: str) -> Redirect:
    """It is done with."""
    return _take(finding_id, service.close)


@pages.get("/findings/<finding_id>/withdraw", permission=RECORD)
def withdraw_form(finding_id: str) -> Response:
    """Say why it was no finding."""
    return _act_page(finding_id, "withdraw")


@pages.post("/findings/<finding_id>/withdraw", permission=RECORD)
def withdraw(finding_id: str) -> Redirect:
    """It was recorded by mistake."""
    return _take(finding_id, service.withdraw)


def _take(finding_id: str, act: Callable[..., None], **told: Any) -> Redirect:
    """Take a step with what every form of a finding sends, and what this one sends besides."""
    with who_was_first():
        act(
            work.session(),
            auth.caller().actor,
            finding_id,
            text=sent("text"),
            version=sent_version(),
            now=desk.now(),
            districts=reach(RECORD),
            form_key=sent("form_key"),
            **told,
        )
    flash(gettext("已登记。"))
    return redirect(url_for("bureau_findings.finding", finding_id=finding_id), 303)
