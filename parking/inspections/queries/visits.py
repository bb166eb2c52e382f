"""Which lots are to be visited, and what was seen there?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from parking.inspections.errors import PlanNotFound, VisitNotFound
from parking.inspections.models import Inspection, InspectionPlan, LotScore
from parking.inspections.queries.scoping import in_districts
from parking.inspections.rules import InspectionKind, LotFacts, PlanRule, is_filed
from parking.lots import queries as lots

PLANNED, STARTED, FINISHED, DROPPED = "planned", "started", "finished", "dropped"
OPEN = (PLANNED, STARTED)


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan and how far it has come, as far as the reader's districts go."""

    id: str
    kind: str
    name: str
    rule: PlanRule | None
    due_on: date
    made_at: datetime
    made_by: str
    visits: int
    finished: int
    open: int


@dataclass(frozen=True, slots=True)
class VisitView:
    """One visit; `items` are those asked, each {key, name_zh, name_en, grade, outcome, note}."""

    id: str
    plan_id: str | None
    kind: str
    lot_id: str
    place: str
    lot_type: str
    district_code: str | None
    state: str
    due_on: date | None
    items: tuple[Mapping[str, Any], ...]
    note: str | None
    made_at: datetime
    made_by: str
    saved_at: datetime | None
    saved_by: str | None
    finished_at: datetime | None
    finished_by: str | None
    version: int

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


def plans(session: Session, *, districts: Collection[str] = (), limit: int = 100) -> list[PlanView]:
    """The plans that reach into these districts, the newest first."""
    return _plans(session, districts, None, limit)


def plan(session: Session, plan_id: str, *, districts: Collection[str] = ()) -> PlanView:
    """One plan. Raises PlanNotFound, also where none of its visits lies in these districts."""
    found = _plans(session, districts, plan_id, 1)
    if not found:
        raise PlanNotFound
    return found[0]


def _plans(session: Session, districts: Collection[str], plan_id: str | None, limit: int) -> list[PlanView]:
    finished = func.count().filter(Inspection.state == FINISHED)
    still_open = func.count().filter(Inspection.state.in_(OPEN))
    query = (
        select(InspectionPlan, func.count(), finished, still_open)
        .join(Inspection, Inspection.plan_id == InspectionPlan.id)
        .where(in_districts(Inspection.district_code, districts))
        .group_by(InspectionPlan.id)
        .order_by(InspectionPlan.made_at.desc(), InspectionPlan.id)
        .limit(limit)
    )
    if plan_id is not None:
        query = query.where(InspectionPlan.id == plan_id)
    return [
        PlanView(
            id=row.id,
            kind=row.kind,
            name=row.name,
            rule=PlanRule.of_json(row.rule) if row.rule is not None else None,
            due_on=row.due_on,
            made_at=row.made_at,
            made_by=row.made_by,
            visits=visits,
            finished=done,
            open=left,
        )
        for row, visits, done, left in session.execute(query)
    ]


_VISIT = [getattr(Inspection, part.name) for part in fields(VisitView)]


def visits(
    session: Session,
    *,
    districts: Collection[str] = (),
    plan_id: str | None = None,
    lot_id: str | None = None,
    states: Collection[str] | None = None,
    limit: int = 200,
) -> list[VisitView]:
    """Visits: what is open first, by the day by which it is due; then the newest that ended."""
    query = select(*_VISIT).where(in_districts(Inspection.district_code, districts))
    if plan_id is not None:
        query = query.where(Inspection.plan_id == plan_id)
    if lot_id is not None:
        query = query.where(Inspection.lot_id == lot_id)
    if states is not None:
        query = query.where(Inspection.state.in_(list(states)))
    query = query.order_by(
        case((Inspection.state.in_(OPEN), 0), else_=1),
        Inspection.due_on.asc().nulls_last(),
        Inspection.finished_at.desc().nulls_last(),
        Inspection.place,
        Inspection.id,
    ).limit(limit)
    return [_visit_of(row) for row in session.execute(query).mappings()]


def visit(session: Session, visit_id: str, *, districts: Collection[str] = ()) -> VisitView:
    """One visit. Raises VisitNotFound, also in another's district."""
    query = select(*_VISIT).where(
        Inspection.id == visit_id, in_districts(Inspection.district_code, districts)
    )
    found = session.execute(query).mappings().one_or_none()
    if found is None:
        raise VisitNotFound
    return _visit_of(found)


def _visit_of(row: Any) -> VisitView:
    return VisitView(**{**row, "items": tuple(row["items"])})


def lot_facts(
    session: Session,
    kind: InspectionKind,
    today: date,
    zone: tzinfo,
    *,
    districts: Collection[str] = (),
) -> list[tuple[lots.LotCard, LotFacts]]:
    """Every lot of these districts with what a plan's rule asks of it, by code; six statements in all."""
    finished = (
        select(Inspection.lot_id, func.max(Inspection.finished_at).label("at"))
        .where(Inspection.kind == kind, Inspection.finished_at.is_not(None))
        .group_by(Inspection.lot_id)
    )
    seen = {row.lot_id: row.at for row in session.execute(finished)}
    percents = _newest_percents(session)
    found = []
    for card in lots.lot_cards(session, today):
        if districts and card.district_code not in districts:
            continue
        at = seen.get(card.id)
        facts = LotFacts(
            lot_id=card.id,
            type=card.type,
            district_code=card.district_code,
            is_filed=is_filed(card.certificate_state, card.filing_no),
            last_inspected_on=at.astimezone(zone).date() if at else None,
            score=percents.get(card.id),
        )
        found.append((card, facts))
    return found


def _newest_percents(session: Session) -> dict[str, float]:
    newest = (
        select(LotScore.lot_id, LotScore.percent)
        .where(LotScore.percent.is_not(None))
        .ext(distinct_on(LotScore.lot_id))
        .order_by(LotScore.lot_id, LotScore.month_on.desc(), LotScore.revision.desc())
    )
    return {row.lot_id: row.percent for row in session.execute(newest)}


def open_counts(session: Session, *, today: date, districts: Collection[str] = ()) -> tuple[int, int]:
    """How many visits are still to be made, and how many of them are late."""
    late = func.count().filter(Inspection.due_on < today)
    query = select(func.count(), late).where(
        Inspection.state.in_(OPEN), in_districts(Inspection.district_code, districts)
    )
    number, overdue = session.execute(query).one()
    return number, overdue
