"""How does a finding come into the world, and how do photos come to it?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.audit.rules import Event
from parking.boundary.files import KeptFile
from parking.city.queries import Ground, ground
from parking.inspections.errors import FindingRefused
from parking.inspections.models import Finding, FindingPaper
from parking.inspections.rules import FindingState, FindingStep, Grade, InspectionKind, due_on
from parking.inspections.service.numbering import FINDINGS, next_number
from parking.inspections.service.sendings import keep_result, sent_before
from parking.inspections.service.stepping import Step, event_of, locked, note_step, take
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.ids import new_id
from parking.kernel.texts import text_problems
from parking.lots import queries as lots
from parking.lots.errors import LotNotFound

TEXT_MOST = 1000
# A clock on a phone may run ahead; what was found long ago is no finding of today.
_AHEAD = timedelta(minutes=5)
_LONGEST_AGO = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class FindingDraft:
    """What is wrong, how gravely, and where: at a lot of the register, or at a place of the road.

    `reference` is an opaque name that the console gives a road point. Coordinates are WGS-84 degrees.
    """

    kind: InspectionKind
    grade: Grade
    text: str
    lot_id: str | None = None
    place: str = ""
    reference: str | None = None
    lat: float | None = None
    lon: float | None = None
    district_code: str | None = None
    found_at: datetime | None = None
    inspection_id: str | None = None
    item_key: str | None = None
    item_zh: str | None = None
    item_en: str | None = None


def record_finding(
    session: Session,
    actor: Actor,
    draft: FindingDraft,
    now: datetime,
    *,
    districts: Collection[str] = (),
    form_key: str | None = None,
) -> str:
    """Enter a finding and return its id; the same `form_key` again returns the first one's.

    Raises FindingRefused with the problems by field, LotNotFound, SendingReused, ProfileMissing.
    """
    if (first := sent_before(session, actor, form_key, "finding", now)) is not None:
        return first
    here = ground(session, now)
    finding, event = enter(session, actor, placed(session, draft, here, districts, now), here, now)
    keep_result(session, actor, form_key, finding.id)
    audit.record_all(session, actor, [event], now)
    return finding.id


def placed(
    session: Session, draft: FindingDraft, here: Ground, districts: Collection[str], now: datetime
) -> FindingDraft:
    """The draft with its place and district settled. Raises FindingRefused, LotNotFound."""
    place, district = draft.place.strip(), draft.district_code
    if draft.lot_id is not None:
        cards = lots.lot_cards(session, here.today, [draft.lot_id])
        if not cards or (districts and cards[0].district_code not in districts):
            raise LotNotFound
        place, district = cards[0].name, cards[0].district_code
    elif district is None and draft.lat is not None and draft.lon is not None:
        drawn = here.city.district_at(draft.lat, draft.lon)
        district = drawn.code if drawn else None
    found_at = min(draft.found_at or now, now) if _is_near(draft.found_at, now) else draft.found_at
    settled = FindingDraft(
        **{name: getattr(draft, name) for name in draft.__slots__}
        | {"place": place, "district_code": district, "found_at": found_at, "text": draft.text.strip()}
    )
    problems = _problems(settled, here, districts, now)
    if problems:
        raise FindingRefused(problems=problems, count=len(problems))
    return settled


def _is_near(found_at: datetime | None, now: datetime) -> bool:
    return found_at is None or found_at <= now + _AHEAD


def _problems(
    draft: FindingDraft, here: Ground, districts: Collection[str], now: datetime
) -> list[FieldProblem]:
    problems = [*text_problems("text", draft.text, TEXT_MOST, N_("请写明发现了什么问题"))]
    if not draft.place or len(draft.place) > 200:
        problems.append(FieldProblem("place", "missing", N_("请写明地点，最多 200 个字")))
    if draft.found_at is None or not now - _LONGEST_AGO <= draft.found_at <= now:
        problems.append(FieldProblem("found_at", "out_of_span", N_("发现时间应在过去 31 天之内")))
    if draft.lot_id is None:
        if draft.district_code is None or not here.city.has_district(draft.district_code):
            problems.append(FieldProblem("district_code", "missing", N_("请选择所在镇街")))
        elif districts and draft.district_code not in districts:
            problems.append(FieldProblem("district_code", "not_yours", N_("这里不在您负责的镇街")))
        if draft.lat is not None and draft.lon is not None and not here.city.contains(draft.lat, draft.lon):
            problems.append(FieldProblem("place", "outside_city", N_("位置不在本市范围内")))
    return problems


def enter(
    session: Session, actor: Actor, draft: FindingDraft, here: Ground, now: datetime
) -> tuple[Finding, Event]:
    """Write a checked draft as a finding with its first step; returns its audit event too."""
    state = FindingState.FOUND
    finding = Finding(
        id=new_id(),
        number=next_number(session, FINDINGS, here),
        kind=draft.kind,
        inspection_id=draft.inspection_id,
        item_key=draft.item_key,
        item_zh=draft.item_zh,
        item_en=draft.item_en,
        lot_id=draft.lot_id,
        reference=draft.reference,
        place=draft.place,
        lat=draft.lat,
        lon=draft.lon,
        district_code=draft.district_code,
        grade=draft.grade,
        text=draft.text,
        state=state,
        due_on=due_on(state, draft.grade, here.today, city=here.city, calendar=here.calendar),
        escalation=0,
        found_at=draft.found_at or now,
        recorded_at=now,
        version=1,
    )
    session.add(finding)
    details = {"grade": draft.grade, "kind": draft.kind, "lot_id": draft.lot_id}
    step = Step(FindingStep.FOUND, actor, now, details=details)
    note_step(session, finding, step)
    return finding, event_of(finding, step, None)


def add_photo(
    session: Session,
    actor: Actor,
    finding_id: str,
    kept: KeptFile,
    now: datetime,
    *,
    districts: Collection[str] = (),
) -> str:
    """Put a kept photo to a finding; returns the paper's id. The same content again stays one photo.

    Raises FindingNotFound, StepNotAllowed.
    """
    finding = locked(session, finding_id, None, districts=districts)
    return _attach(session, finding, kept, Step(FindingStep.PHOTOGRAPHED, actor, now))


def add_evidence(
    session: Session, actor: Actor, finding_id: str, organisation_id: str, kept: KeptFile, now: datetime
) -> str:
    """Put evidence of what was put right to an ordered finding; returns the paper's id.

    Raises FindingNotFound (also for a finding of another organisation's lot), StepNotAllowed.
    """
    finding = locked(session, finding_id, None, organisation_id=organisation_id)
    return _attach(session, finding, kept, Step(FindingStep.EVIDENCED, actor, now))


def _attach(session: Session, finding: Finding, kept: KeptFile, step: Step) -> str:
    there = session.scalar(
        select(FindingPaper.id).where(
            FindingPaper.finding_id == finding.id, FindingPaper.sha256 == kept.sha256
        )
    )
    if there is not None:
        return there
    details = {"sha256": kept.sha256, "media_type": str(kept.media_type), "size": kept.size}
    event = take(
        session,
        finding,
        Step(step.step, step.actor, step.at, details=details),
        ground(session, step.at),
    )
    paper = FindingPaper(
        id=new_id(),
        finding_id=finding.id,
        step=step.step,
        sha256=kept.sha256,
        media_type=str(kept.media_type),
        size=kept.size,
        name=kept.name,
        added_at=step.at,
        added_by=str(step.actor),
    )
    session.add(paper)
    session.flush()
    audit.record_all(session, step.actor, [event], step.at)
    return paper.id
