"""What is to be inspected, and how is a visit made? Light pages for a phone on a bad connection."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from parking.inspections import queries, service
from parking.inspections.errors import VisitRefused
from parking.inspections.queries import VisitView
from parking.inspections.rules import ChecklistItem, InspectionKind, checklist
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import LotType
from parking.portals._http import auth, work
from parking.portals._http.forms import sent, sent_version
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk
from parking.portals.bureau.ground import PLAN, READ, RECORD, page, who_was_first
from parking.portals.bureau.within import card_within, reach

pages = Pages("bureau_inspections", __name__, "bureau")
_RECENT = 20


@pages.get("/inspections", permission=READ, nav=N_("巡查"), nav_order=41)
def overview() -> Response:
    """What waits: visits to be made, findings by whose turn it is, plans."""
    session, mine = work.session(), reach(READ)
    open_visits, late_visits = queries.open_counts(session, today=desk.today(), districts=mine)
    return page(
        "overview.html",
        open_visits=open_visits,
        late_visits=late_visits,
        counts=queries.counts(session, today=desk.today(), districts=mine),
        visits=queries.visits(session, districts=mine, states=("planned", "started")),
        finished=queries.visits(session, districts=mine, states=("finished",), limit=_RECENT),
        plans=queries.plans(session, districts=mine, limit=_RECENT),
        may_plan=auth.caller().may(PLAN),
    )


@pages.get("/inspections/new", permission=RECORD)
def new_visit() -> Response:
    """Begin a visit that no plan asked for; `?lot_id=` names the lot."""
    return page("new_visit.html", card=card_within(RECORD, request.args.get("lot_id", "")))


@pages.post("/inspections/new", permission=RECORD, form="new_visit")
def begin_visit() -> Redirect:
    """It begins, and its checklist is shown."""
    kind = sent("kind")
    if kind not in set(InspectionKind):
        problem = FieldProblem("kind", "missing", N_("请选择巡查哪一方面"))
        raise VisitRefused(problems=[problem], count=1)
    visit_id = service.begin_visit(
        work.session(),
        auth.caller().actor,
        InspectionKind(kind),
        request.args.get("lot_id", ""),
        desk.now(),
        districts=reach(RECORD),
        form_key=sent("form_key"),
    )
    return redirect(url_for(".visit", visit_id=visit_id), 303)


@pages.get("/inspections/<visit_id>", permission=READ)
def visit(visit_id: str) -> Response:
    """One visit: its checklist to be answered, or what was seen."""
    session = work.session()
    seen = queries.visit(session, visit_id, districts=reach(READ))
    mine = auth.caller().may_in(RECORD, seen.district_code)
    return page(
        "visit.html",
        visit=seen,
        lines=_lines(seen),
        may_record=mine and seen.is_open,
        may_order=mine,
        findings=queries.of_inspection(session, visit_id),
        name=desk.names_of([each for each in (seen.made_by, seen.finished_by, seen.saved_by) if each]),
    )


def _lines(seen: VisitView) -> list[dict[str, Any]]:
    """The items with what was ticked so far; before the first saving those that the profile asks today."""
    if seen.items:
        return [dict(item) for item in seen.items]
    asked: tuple[ChecklistItem, ...] = checklist(
        desk.city(), InspectionKind(seen.kind), LotType(seen.lot_type)
    )
    return [
        {
            "key": item.key,
            "name_zh": item.name_zh,
            "name_en": item.name_en,
            "grade": item.grade,
            "outcome": None,
            "note": "",
        }
        for item in asked
    ]


@pages.post("/inspections/<visit_id>", permission=RECORD)
def record_visit(visit_id: str) -> Redirect:
    """Keep what was ticked; the button says whether the visit goes on or ends."""
    session, finish = work.session(), sent("act") == "finish"
    seen = queries.visit(session, visit_id, districts=reach(RECORD))
    answers = {
        line["key"]: {
            "outcome": sent(f"item-{line['key']}"),
            "note": sent(f"item-{line['key']}-note"),
            "grade": sent(f"item-{line['key']}-grade"),
        }
        for line in _lines(seen)
    }
    with who_was_first():
        made = service.record_visit(
            session,
            auth.caller().actor,
            visit_id,
            answers,
            sent("note"),
            version=sent_version(),
            finish=finish,
            now=desk.now(),
            districts=reach(RECORD),
            form_key=sent("form_key"),
        )
    if not finish:
        flash(gettext("已保存，可以继续填写。"))
    elif made.finding_ids:
        flash(
            gettext(
                "巡查已完成，登记了 %(num)s 个问题。请逐个添加照片，然后交办。", num=len(made.finding_ids)
            )
        )
    else:
        flash(gettext("巡查已完成，没有发现问题。"))
    return redirect(url_for(".visit", visit_id=visit_id), 303)


@pages.get("/inspections/<visit_id>/drop", permission=RECORD)
def drop_form(visit_id: str) -> Response:
    """Say why a visit will not be made."""
    return page("drop.html", visit=queries.visit(work.session(), visit_id, districts=reach(RECORD)))


@pages.post("/inspections/<visit_id>/drop", permission=RECORD)
def drop_visit(visit_id: str) -> Redirect:
    """It will not be made."""
    with who_was_first():
        service.drop_visit(
            work.session(),
            auth.caller().actor,
            visit_id,
            sent("reason"),
            version=sent_version(),
            now=desk.now(),
            districts=reach(RECORD),
        )
    flash(gettext("这次巡查已取消。"))
    return redirect(url_for(".overview"), 303)
