"""How is a visit made? Its checklist is answered, at once or bit by bit, and what failed becomes findings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.audit.rules import Event
from parking.city.queries import Ground, ground
from parking.inspections.errors import (
    AlreadyStepped,
    FindingRefused,
    StepNotAllowed,
    VisitNotFound,
    VisitRefused,
)
from parking.inspections.models import Inspection
from parking.inspections.queries.findings import of_inspection
from parking.inspections.queries.scoping import in_districts
from parking.inspections.queries.visits import DROPPED, FINISHED, OPEN, PLANNED, STARTED
from parking.inspections.rules import (
    ChecklistItem,
    Grade,
    InspectionKind,
    ItemResult,
    Outcome,
    checklist,
    read_results,
)
from parking.inspections.service.recording import FindingDraft, enter, placed
from parking.inspections.service.sendings import keep_result, sent_before
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.ids import new_id
from parking.kernel.texts import text_problems
from parking.kernel.vocabulary import LotType
from parking.lots import queries as lots
from parking.lots.errors import LotNotFound
from parking.lots.queries import LotCard

NOTE_MOST = 1000


@dataclass(frozen=True, slots=True)
class RecordedVisit:
    """What the sending led to: the visit's next version, and the findings that its end made."""

    version: int
    finding_ids: tuple[str, ...]


def visit_of(
    card: LotCard,
    kind: InspectionKind,
    actor: Actor,
    now: datetime,
    *,
    plan_id: str | None,
    due_on: date | None,
) -> Inspection:
    """A visit to a lot that is still to be made; its items are settled when it begins."""
    return Inspection(
        id=new_id(),
        plan_id=plan_id,
        kind=kind,
        lot_id=card.id,
        place=card.name,
        lot_type=card.type,
        district_code=card.district_code,
        state=PLANNED,
        due_on=due_on,
        items=[],
        note=None,
        made_at=now,
        made_by=str(actor),
        version=1,
    )


def begin_visit(
    session: Session,
    actor: Actor,
    kind: InspectionKind,
    lot_id: str,
    now: datetime,
    *,
    districts: Collection[str] = (),
    form_key: str | None = None,
) -> str:
    """Begin a visit that no plan asked for; returns its id. Raises LotNotFound, SendingReused."""
    if (first := sent_before(session, actor, form_key, f"visit {lot_id}", now)) is not None:
        return first
    here = ground(session, now)
    cards = lots.lot_cards(session, here.today, [lot_id])
    if not cards or (districts and cards[0].district_code not in districts):
        raise LotNotFound
    visit = visit_of(cards[0], kind, actor, now, plan_id=None, due_on=None)
    session.add(visit)
    return _begun(session, actor, visit, now, form_key)


def _begun(session: Session, actor: Actor, visit: Inspection, now: datetime, form_key: str | None) -> str:
    session.flush()
    keep_result(session, actor, form_key, visit.id)
    details = {"kind": visit.kind, "lot_id": visit.lot_id}
    audit.record(session, actor, "inspection:begun", "inspection", visit.id, details, now)
    return visit.id


def items_of(visit_items: Collection[Mapping[str, Any]]) -> list[ChecklistItem]:
    """The items that were frozen when the visit began."""
    return [
        ChecklistItem(item["key"], item["name_zh"], item["name_en"], Grade(item["asked_grade"]))
        for item in visit_items
    ]


def record_visit(
    session: Session,
    actor: Actor,
    visit_id: str,
    answers: Mapping[str, Mapping[str, str]],
    note: str,
    *,
    version: int,
    finish: bool,
    now: datetime,
    districts: Collection[str] = (),
    form_key: str | None = None,
) -> RecordedVisit:
    """Keep what was ticked (outcome, note and grade by item key); with `finish` every failed item becomes a
    finding and nothing can be changed any more.

    The same `form_key` again is answered as the first sending was. Raises VisitNotFound, AlreadyStepped where
    somebody else saved or finished it since `version`, StepNotAllowed once it was dropped, VisitRefused.
    """
    first = sent_before(session, actor, form_key, f"record {visit_id} {finish}", now)
    if first is not None:
        made = tuple(row.id for row in of_inspection(session, visit_id)) if finish else ()
        return RecordedVisit(int(first), made)
    here = ground(session, now)
    visit = _locked(session, visit_id, version, districts)
    if visit.state == DROPPED:
        raise StepNotAllowed
    items = items_of(visit.items) or list(asked_of(here, visit))
    results, problems = read_results(items, answers, finish=finish)
    problems += text_problems("note", note, NOTE_MOST, None)
    if problems:
        raise VisitRefused(problems=problems, count=len(problems))
    _write(visit, items, results, note.strip() or None, actor, now, finish=finish)
    session.flush()
    events = [_event_of(visit, results, finish=finish)]
    made = _make_findings(session, actor, visit, results, here, now, events) if finish else ()
    keep_result(session, actor, form_key, str(visit.version))
    audit.record_all(session, actor, events, now)
    return RecordedVisit(visit.version, made)


def drop_visit(
    session: Session,
    actor: Actor,
    visit_id: str,
    reason: str,
    *,
    version: int,
    now: datetime,
    districts: Collection[str] = (),
) -> None:
    """Say that a visit will not be made, and why (1 to 1000 characters).

    Raises VisitNotFound, AlreadyStepped, StepNotAllowed where it has ended, FindingRefused without a reason.
    """
    visit = _locked(session, visit_id, version, districts)
    if visit.state not in OPEN:
        raise StepNotAllowed
    if not reason.strip() or len(reason) > NOTE_MOST:
        problem = FieldProblem("reason", "missing", N_("请写明为什么不再巡查"))
        raise FindingRefused(problems=[problem], count=1)
    visit.state, visit.version = DROPPED, visit.version + 1
    visit.saved_at, visit.saved_by = now, str(actor)
    session.flush()
    details = {"lot_id": visit.lot_id, "plan_id": visit.plan_id}
    audit.record(session, actor, "inspection:dropped", "inspection", visit.id, details, now, reason.strip())


def asked_of(here: Ground, visit: Inspection) -> tuple[ChecklistItem, ...]:
    """What the profile asks on this visit today."""
    return checklist(here.city, InspectionKind(visit.kind), LotType(visit.lot_type))


def _locked(session: Session, visit_id: str, version: int, districts: Collection[str]) -> Inspection:
    query = select(Inspection).where(
        Inspection.id == visit_id, in_districts(Inspection.district_code, districts)
    )
    query = query.with_for_update().execution_options(populate_existing=True)
    visit = session.scalars(query).one_or_none()
    if visit is None:
        raise VisitNotFound
    if visit.finished_at is not None:
        raise AlreadyStepped(who=visit.finished_by or "", at=visit.finished_at, step=FINISHED)
    if visit.version != version:
        raise AlreadyStepped(
            who=visit.saved_by or visit.made_by, at=visit.saved_at or visit.made_at, step=visit.state
        )
    return visit


def _write(
    visit: Inspection,
    items: Collection[ChecklistItem],
    results: Collection[ItemResult],
    note: str | None,
    actor: Actor,
    now: datetime,
    *,
    finish: bool,
) -> None:
    visit.items = [
        {
            "key": item.key,
            "name_zh": item.name_zh,
            "name_en": item.name_en,
            "asked_grade": item.grade,
            "grade": result.grade,
            "outcome": result.outcome,
            "note": result.note,
        }
        for item, result in zip(items, results, strict=True)
    ]
    visit.note = note
    visit.saved_at, visit.saved_by = now, str(actor)
    visit.state = FINISHED if finish else STARTED
    visit.version += 1
    if finish:
        visit.finished_at, visit.finished_by = now, str(actor)


def _event_of(visit: Inspection, results: Collection[ItemResult], *, finish: bool) -> Event:
    tally = {str(each): sum(result.outcome is each for result in results) for each in Outcome}
    details = {"lot_id": visit.lot_id, "plan_id": visit.plan_id, "kind": visit.kind, **tally}
    return Event(f"inspection:{'finished' if finish else 'saved'}", "inspection", visit.id, details)


def _make_findings(
    session: Session,
    actor: Actor,
    visit: Inspection,
    results: Collection[ItemResult],
    here: Ground,
    now: datetime,
    events: list[Event],
) -> tuple[str, ...]:
    names = {item["key"]: (item["name_zh"], item["name_en"]) for item in visit.items}
    made = []
    for result in results:
        if result.outcome is not Outcome.FAILED:
            continue
        name_zh, name_en = names[result.key]
        draft = FindingDraft(
            kind=InspectionKind(visit.kind),
            grade=result.grade,
            text=result.note,
            lot_id=visit.lot_id,
            place=visit.place,
            district_code=visit.district_code,
            inspection_id=visit.id,
            item_key=result.key,
            item_zh=name_zh,
            item_en=name_en,
        )
        finding, event = enter(session, actor, placed(session, draft, here, (), now), here, now)
        made.append(finding.id)
        events.append(event)
    return tuple(made)
