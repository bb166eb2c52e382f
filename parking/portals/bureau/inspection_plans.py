"""Which lots shall be inspected? Chosen by a rule that shows its lots first, or picked by hand."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Redirect

from parking.inspections import queries, service
from parking.inspections.errors import PlanRefused
from parking.inspections.rules import InspectionKind, PlanRule
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import LotType
from parking.portals._http import auth, work
from parking.portals._http.forms import sent
from parking.portals._http.moments import day_of
from parking.portals._http.pages import Pages
from parking.portals._http.texts import TYPES
from parking.portals.bureau import desk
from parking.portals.bureau.ground import PLAN, READ, page, who_was_first
from parking.portals.bureau.within import reach

pages = Pages("bureau_inspection_plans", __name__, "bureau")


@pages.get("/inspections/plans/new", permission=PLAN)
def new_plan() -> Response:
    """The rule as a filter, the lots that it meets, and the plan's name and day."""
    told: MultiDict[str, str] = request.args
    kind, rule, problems = _read(told)
    met = [] if problems else service.lots_for(work.session(), kind, rule, desk.now(), districts=reach(PLAN))
    return page(
        "new_plan.html",
        kind=kind,
        rule=rule,
        asked=told,
        rule_problems=problems,
        lots=met,
        lot_options=[(card.id, card.name, desk.district_name(card.district_code)) for card in met],
        types=TYPES,
        districts=desk.my_districts(),
    )


@pages.post("/inspections/plans/new", permission=PLAN)
def make_plan() -> Redirect:
    """One visit for each lot of the rule, or for those that are ticked."""
    kind, rule, problems = _read(request.args)
    due_on = day_of(sent("due_on"))
    if due_on is None:
        problems.append(FieldProblem("due_on", "missing", N_("请选择完成期限")))
    if problems or due_on is None:
        raise PlanRefused(problems=problems, count=len(problems))
    by_hand = sent("choose") == "hand"
    with who_was_first():
        plan_id = service.make_plan(
            work.session(),
            auth.caller().actor,
            kind=kind,
            name=sent("name"),
            due_on=due_on,
            now=desk.now(),
            rule=None if by_hand else rule,
            lot_ids=request.form.getlist("lot_ids") if by_hand else (),
            districts=reach(PLAN),
            form_key=sent("form_key"),
        )
    flash(gettext("计划已建立，每个停车场有一次待巡查。"))
    return redirect(url_for(".plan", plan_id=plan_id), 303)


@pages.get("/inspections/plans/<plan_id>", permission=READ)
def plan(plan_id: str) -> Response:
    """A plan, how far it has come, and its visits."""
    session, mine = work.session(), reach(READ)
    seen = queries.plan(session, plan_id, districts=mine)
    return page(
        "plan.html",
        plan=seen,
        visits=queries.visits(session, plan_id=plan_id, districts=mine, limit=2000),
        rule_text=_rule_text(seen.rule),
        name=desk.names_of([seen.made_by]),
    )


def _rule_text(rule: PlanRule | None) -> str:
    """The rule in words."""
    if rule is None:
        return gettext("逐个选定")
    parts = [gettext(TYPES[LotType(each)]) for each in rule.lot_types]
    parts += [desk.district_name(each) for each in rule.districts]
    if rule.months_since is not None:
        parts.append(gettext("距上次巡查至少 %(months)s 个月", months=rule.months_since))
    if rule.score_below is not None:
        parts.append(gettext("考核得分低于 %(score)s", score=f"{rule.score_below:g}"))
    return gettext("、").join(parts) or gettext("全部已备案的停车场")


def _read(told: Mapping[str, str]) -> tuple[InspectionKind, PlanRule, list[FieldProblem]]:
    """The rule that an address names; what is no number is a problem of its field."""
    problems: list[FieldProblem] = []
    kind = told.get("kind", "")
    lot_type, district = told.get("type", ""), told.get("district", "")
    return (
        InspectionKind(kind) if kind in set(InspectionKind) else InspectionKind.SAFETY,
        PlanRule(
            lot_types=(lot_type,) if lot_type in TYPES else (),
            districts=(district,) if desk.city().district(district) else (),
            months_since=_number(told, "months_since", 60, problems),
            score_below=_number(told, "score_below", 100, problems),
        ),
        problems,
    )


def _number(told: Mapping[str, str], name: str, most: int, problems: list[FieldProblem]) -> int | None:
    text = told.get(name, "").strip()
    if not text:
        return None
    if text.isdecimal() and len(text) < 4 and 1 <= int(text) <= most:
        return int(text)
    problems.append(FieldProblem(name, "out_of_bounds", N_("请填 1 到 %(most)s 之间的整数"), {"most": most}))
    return None
