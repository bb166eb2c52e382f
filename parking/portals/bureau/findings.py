"""What is wrong on the ground, and what is to be done about it next? One act a page, light for a phone."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from parking.inspections import queries, service
from parking.inspections.errors import FindingRefused
from parking.inspections.rules import FindingState, FindingStep, Grade, InspectionKind
from parking.inspections.service import FindingDraft
from parking.kernel.errors import N_, FieldProblem
from parking.portals._http import auth, uploads, work
from parking.portals._http.forms import sent
from parking.portals._http.moments import instant_of_two
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk
from parking.portals.bureau.finding_acts import ACT_NAMES, ACTS, may_take
from parking.portals.bureau.ground import READ, RECORD, page
from parking.portals.bureau.within import card_within, may_here, reach

pages = Pages("bureau_findings", __name__, "bureau")
# What can be asked for on the list, and which states that means.
_SHOWN = {
    "owed": (
        FindingState.FOUND,
        FindingState.PUT_RIGHT,
        FindingState.RECHECKED,
        FindingState.HANDOVER_ANSWERED,
    ),
    "ordered": (FindingState.ORDERED,),
    "handed_over": (FindingState.HANDED_OVER,),
    "ended": (FindingState.CLOSED, FindingState.WITHDRAWN),
    "overdue": None,
    "all": None,
}


@pages.get("/findings", permission=READ, nav=N_("问题整改"), nav_order=42)
def listed() -> Response:
    """Findings by what is owed first; the numbers above lead to their rows."""
    session, mine = work.session(), reach(READ)
    show = request.args.get("show", "owed")
    show = show if show in _SHOWN else "owed"
    found = queries.findings(
        session,
        districts=mine,
        states=_SHOWN[show],
        overdue_on=desk.today() if show == "overdue" else None,
        lot_id=request.args.get("lot_id") or None,
        after=request.args.get("after"),
    )
    counts = queries.counts(session, today=desk.today(), districts=mine)
    sums = {
        name: counts["overdue"]
        if name == "overdue"
        else sum(counts.get(each, 0) for each in states or FindingState)
        for name, states in _SHOWN.items()
    }
    return page("findings.html", found=found, show=show, sums=sums, may_record=auth.caller().may(RECORD))


@pages.get("/findings/new", permission=RECORD)
def new_finding() -> Response:
    """Enter what was seen on the road, or with `?lot_id=` at a lot, outside any visit."""
    lot_id = request.args.get("lot_id")
    card = card_within(RECORD, lot_id) if lot_id else None
    local = desk.now().astimezone(desk.zone())
    return page("new_finding.html", card=card, districts=desk.my_districts(), local=local)


@pages.post("/findings/new", permission=RECORD)
def record_finding() -> Redirect:
    """It is entered; photos follow on its own page."""
    kind, grade = sent("kind"), sent("grade")
    problems = []
    if kind not in set(InspectionKind):
        problems.append(FieldProblem("kind", "missing", N_("请选择哪一方面")))
    if grade not in set(Grade):
        problems.append(FieldProblem("grade", "missing", N_("请选择等级")))
    found_at = instant_of_two(sent("found_on"), sent("found_time"), desk.zone())
    if found_at is None:
        problems.append(FieldProblem("found_on", "not_a_time", N_("请填写发现的日期和时间")))
    lat, lon = _degrees(problems)
    if problems:
        raise FindingRefused(problems=problems, count=len(problems))
    draft = FindingDraft(
        kind=InspectionKind(kind),
        grade=Grade(grade),
        text=sent("text"),
        lot_id=request.args.get("lot_id") or None,
        place=sent("place"),
        reference=sent("reference")[:100] or None,
        lat=lat,
        lon=lon,
        district_code=sent("district_code") or None,
        found_at=found_at,
    )
    finding_id = service.record_finding(
        work.session(),
        auth.caller().actor,
        draft,
        desk.now(),
        districts=reach(RECORD),
        form_key=sent("form_key"),
    )
    flash(gettext("问题已登记，请添加现场照片。"))
    return redirect(url_for(".finding", finding_id=finding_id), 303)


def _degrees(problems: list[FieldProblem]) -> tuple[float | None, float | None]:
    texts = sent("point_lat"), sent("point_lon")
    if not any(texts):
        return None, None
    try:
        lat, lon = float(texts[0]), float(texts[1])
    except ValueError:
        problems.append(
            FieldProblem("point", "not_degrees", N_("请填写纬度和经度，例如 32.0615 和 120.6240"))
        )
        return None, None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        problems.append(
            FieldProblem("point", "not_degrees", N_("请填写纬度和经度，例如 32.0615 和 120.6240"))
        )
    return lat, lon


@pages.get("/findings/<finding_id>", permission=READ)
def finding(finding_id: str) -> Response:
    """One finding: what, where, photos, what was done, and what can be done next."""
    seen = queries.finding(work.session(), finding_id, districts=reach(READ))
    mine = may_here(RECORD, seen.row.district_code)
    open_acts = [name for name, step in ACTS.items() if mine and may_take(seen, step)]
    return page(
        "finding.html",
        finding=seen,
        acts=open_acts,
        act_names=ACT_NAMES,
        may_photograph=mine and may_take(seen, FindingStep.PHOTOGRAPHED),
        name=desk.names_of(step.actor for step in seen.steps),
        overdue=seen.row.due_on is not None and seen.row.due_on < desk.today(),
    )


@pages.post("/findings/<finding_id>/photo", permission=RECORD, form="finding", body_limit=uploads.BODY_LIMIT)
def add_photo(finding_id: str) -> Redirect:
    """One photo at a time: what arrived stays, whatever becomes of the next."""
    # Asked first: nobody fills the store with photos of what is not theirs.
    queries.finding(work.session(), finding_id, districts=reach(RECORD))
    service.add_photo(
        work.session(),
        auth.caller().actor,
        finding_id,
        uploads.kept("photo"),
        desk.now(),
        districts=reach(RECORD),
    )
    flash(gettext("照片已收到。"))
    return redirect(url_for(".finding", finding_id=finding_id), 303)


@pages.get("/findings/<finding_id>/papers/<paper_id>", permission=READ)
def paper(finding_id: str, paper_id: str) -> Response:
    """A photo or a piece of evidence, as an attachment."""
    kept = queries.paper(work.session(), finding_id, paper_id, districts=reach(READ))
    return uploads.attachment(kept.sha256, kept.media_type, kept.name)


@pages.get("/inspection-orders/<order_id>", permission=READ)
def order(order_id: str) -> Response:
    """整改通知书 as it was issued, for the screen and for paper."""
    return page("order.html", order=queries.order(work.session(), order_id, districts=reach(READ)))
