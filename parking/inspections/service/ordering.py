"""How is an operator told to put right what was found? By one numbered order for the findings of one lot."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.audit.rules import Event
from parking.city.queries import Ground, ground
from parking.inspections.errors import FindingRefused, NotOneLot
from parking.inspections.models import Finding, InspectionOrder
from parking.inspections.rules import FindingStep, Grade, days_of, notices
from parking.inspections.service.noticing import tell_organisation
from parking.inspections.service.numbering import ORDERS, next_number
from parking.inspections.service.sendings import keep_result, sent_before
from parking.inspections.service.stepping import Step, locked, take
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.ids import new_id
from parking.kernel.texts import text_problems
from parking.lots import queries as lots
from parking.lots.queries import LotCard

NOTE_MOST = 500


def order_to_put_right(
    session: Session,
    actor: Actor,
    versions: Mapping[str, int],
    now: datetime,
    *,
    note: str = "",
    due_on: date | None = None,
    districts: Collection[str] = (),
    form_key: str | None = None,
) -> str:
    """交办: order findings of one lot (id -> version that was read) to be put right; returns the order's id.

    `due_on` (a workday to come) replaces the grades' own days. The order's content is frozen as it is now.
    Raises FindingNotFound, AlreadyStepped, StepNotAllowed, NotOneLot, FindingRefused.
    """
    about = "order " + " ".join(sorted(versions))
    if (first := sent_before(session, actor, form_key, about, now)) is not None:
        return first
    here = ground(session, now)
    _check(note, due_on, here)
    # In one order, so that two orders of the same findings wait for each other instead of deadlocking.
    found = [locked(session, each, versions[each], districts=districts) for each in sorted(versions)]
    lot_ids = {finding.lot_id for finding in found}
    lot_id = lot_ids.pop() if len(lot_ids) == 1 else None
    if lot_id is None:
        raise NotOneLot
    card = lots.lot_cards(session, here.today, [lot_id])[0]
    order = _draw(session, actor, lot_id, here, now)
    events = [_order_one(session, finding, order, actor, now, due_on, here) for finding in found]
    order.content = _content(card, found, note.strip(), here)
    session.flush()
    told = {"number": order.number, "findings": [finding.number for finding in found]}
    events.append(Event("inspection_order:issued", "inspection_order", order.id, told, note.strip() or None))
    tell_organisation(session, card, notices.ORDERED, {"number": order.number}, now)
    keep_result(session, actor, form_key, order.id)
    audit.record_all(session, actor, events, now)
    return order.id


def _draw(session: Session, actor: Actor, lot_id: str, here: Ground, now: datetime) -> InspectionOrder:
    """The order with its number; its content follows once the findings have their days."""
    order = InspectionOrder(
        id=new_id(),
        number=next_number(session, ORDERS, here),
        lot_id=lot_id,
        issued_at=now,
        issued_by=str(actor),
        content={},
    )
    session.add(order)
    session.flush()
    return order


def _check(note: str, due_on: date | None, here: Ground) -> None:
    problems = [*text_problems("note", note, NOTE_MOST, None)]
    if due_on is not None and due_on < here.today:
        problems.append(FieldProblem("due_on", "past", N_("整改期限不能早于今天")))
    elif due_on is not None and not here.calendar.is_workday(due_on):
        problems.append(FieldProblem("due_on", "not_a_workday", N_("整改期限应是工作日")))
    if problems:
        raise FindingRefused(problems=problems, count=len(problems))


def _order_one(
    session: Session,
    finding: Finding,
    order: InspectionOrder,
    actor: Actor,
    now: datetime,
    due_on: date | None,
    here: Ground,
) -> Event:
    finding.order_id = order.id
    step = Step(FindingStep.ORDERED, actor, now, due=due_on, details={"order": order.number})
    return take(session, finding, step, here)


def _content(card: LotCard, found: Collection[Finding], note: str, here: Ground) -> dict[str, Any]:
    """What the notice says, in both languages where the profile has both; plain JSON."""
    city = here.city
    return {
        "authority_zh": city.told("filings.authority_zh", city.name_zh),
        "authority_en": city.told("filings.authority_en", city.name_en),
        "addressed_to": card.operator_name or card.name,
        "lot_name": card.name,
        "lot_code": card.code,
        "lot_address": card.address,
        "filing_no": card.certificate_no or card.filing_no,
        "issued_on": here.today.isoformat(),
        "note": note or None,
        "lines": [
            {
                "number": finding.number,
                "kind": finding.kind,
                "item_zh": finding.item_zh,
                "item_en": finding.item_en,
                "grade": finding.grade,
                "text": finding.text,
                "found_at": finding.found_at.isoformat(),
                "due_on": finding.due_on.isoformat() if finding.due_on else None,
                "days": days_of(city, Grade(finding.grade)),
            }
            for finding in sorted(found, key=lambda finding: finding.number)
        ],
    }
