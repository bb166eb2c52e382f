"""How is a plan made? Over filed lots, by a rule or picked by hand, one visit for each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.city.queries import Ground, ground
from parking.inspections import queries
from parking.inspections.errors import PlanMeetsNoLot, PlanRefused
from parking.inspections.models import InspectionPlan
from parking.inspections.rules import InspectionKind, PlanRule, chosen
from parking.inspections.service.sendings import keep_result, sent_before
from parking.inspections.service.visiting import visit_of
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.ids import new_id
from parking.lots.queries import LotCard

NAME_MOST = 100


def lots_for(
    session: Session, kind: InspectionKind, rule: PlanRule, now: datetime, *, districts: Collection[str] = ()
) -> list[LotCard]:
    """The filed lots of these districts that a rule meets today, by code: what a plan would visit."""
    here = ground(session, now)
    known = queries.lot_facts(session, kind, here.today, here.zone, districts=districts)
    met = set(chosen(rule, [facts for _, facts in known], here.today))
    return [card for card, _ in known if card.id in met]


def make_plan(
    session: Session,
    actor: Actor,
    *,
    kind: InspectionKind,
    name: str,
    due_on: date,
    now: datetime,
    rule: PlanRule | None = None,
    lot_ids: Collection[str] = (),
    districts: Collection[str] = (),
    form_key: str | None = None,
) -> str:
    """Plan a visit to each lot that the rule meets today, or without a rule to each of `lot_ids`.

    Returns the plan's id. Raises PlanRefused, PlanMeetsNoLot, SendingReused, ProfileMissing.
    """
    if (first := sent_before(session, actor, form_key, "plan", now)) is not None:
        return first
    here = ground(session, now)
    _check(name, due_on, rule, here)
    by_rule = rule or PlanRule()
    cards = lots_for(session, kind, by_rule, now, districts=districts)
    if rule is None:
        cards = _picked(cards, lot_ids)
    if not cards:
        raise PlanMeetsNoLot
    plan = InspectionPlan(
        id=new_id(),
        kind=kind,
        name=name.strip(),
        rule=rule.as_json() if rule is not None else None,
        due_on=due_on,
        made_at=now,
        made_by=str(actor),
    )
    session.add(plan)
    session.flush()
    session.add_all([visit_of(card, kind, actor, now, plan_id=plan.id, due_on=due_on) for card in cards])
    session.flush()
    keep_result(session, actor, form_key, plan.id)
    details = {"kind": kind, "rule": plan.rule, "lots": len(cards), "due_on": due_on.isoformat()}
    audit.record(session, actor, "inspection_plan:made", "inspection_plan", plan.id, details, now)
    return plan.id


def _picked(filed: Collection[LotCard], lot_ids: Collection[str]) -> list[LotCard]:
    """The cards of these ids. Raises PlanRefused where one is not on file, or another's to inspect."""
    wanted = set(lot_ids)
    picked = [card for card in filed if card.id in wanted]
    if not wanted or len(picked) < len(wanted):
        text = (
            N_("请选择已备案的停车场，至少一个") if not wanted else N_("选中的停车场里有未备案或不归您管的")
        )
        raise PlanRefused(problems=[FieldProblem("lot_ids", "not_filed", text)], count=1)
    return picked


def _check(name: str, due_on: date, rule: PlanRule | None, here: Ground) -> None:
    problems = []
    if not name.strip() or len(name.strip()) > NAME_MOST:
        problems.append(
            FieldProblem("name", "missing", N_("请写计划名称，最多 %(most)s 个字"), {"most": NAME_MOST})
        )
    if due_on < here.today:
        problems.append(FieldProblem("due_on", "past", N_("完成期限不能早于今天")))
    if rule is not None and rule.months_since is not None and not 1 <= rule.months_since <= 60:
        problems.append(FieldProblem("months_since", "out_of_bounds", N_("请填 1 到 60 之间的月数")))
    if rule is not None and rule.score_below is not None and not 0 < rule.score_below <= 100:
        problems.append(FieldProblem("score_below", "out_of_bounds", N_("请填 0 到 100 之间的分数")))
    if problems:
        raise PlanRefused(problems=problems, count=len(problems))
