"""What of a complaint is kept no longer than it serves? Telephone, sender, photo, plates in the texts."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.city import queries as city
from parking.city.queries import ground
from parking.complaints.models import Complaint, ComplaintStepTaken
from parking.complaints.rules import CONTACT_DAYS, OPEN, is_due_soon
from parking.kernel.actors import Actor
from parking.plates.rules import without_plates


def due_soon_ids(session: Session, now: datetime) -> list[str]:
    """The complaints whose owner is to be told that the answer is due soon."""
    here = ground(session, now)
    open_ones = select(Complaint.id, Complaint.due_on).where(
        Complaint.state.in_([str(state) for state in OPEN]), Complaint.reminded_at.is_(None)
    )
    return [
        complaint_id
        for complaint_id, due in session.execute(open_ones.order_by(Complaint.due_on, Complaint.id))
        if is_due_soon(due, here.today, city=here.city, calendar=here.calendar)
    ]


def personal_ids(session: Session, now: datetime) -> list[str]:
    """What ended `limits.complaint_contact_days` days ago (default 30) or longer and is not yet erased."""
    told = city.facts(session, city.today(session, now)).get("limits.complaint_contact_days")
    before = now - timedelta(days=int(told or CONTACT_DAYS))
    query = select(Complaint.id).where(Complaint.ended_at <= before, Complaint.erased_at.is_(None))
    return list(session.scalars(query.order_by(Complaint.ended_at)))


def erase_personal(session: Session, actor: Actor, complaint_id: str, now: datetime) -> None:
    """Erase who complained, the photo's place in the store, and what looks like a plate in every text."""
    found = session.get(Complaint, complaint_id, with_for_update=True, populate_existing=True)
    if found is None or found.ended_at is None or found.erased_at is not None:
        return
    erased = {"phone": found.phone_sealed is not None, "photo": found.photo_sha256 is not None}
    found.phone_sealed = found.sender = found.form_key = None
    found.photo_sha256 = found.photo_media_type = found.photo_size = found.photo_name = None
    found.text = without_plates(found.text)
    found.answer = without_plates(found.answer) if found.answer else None
    for step in session.scalars(
        select(ComplaintStepTaken).where(ComplaintStepTaken.complaint_id == complaint_id)
    ):
        step.text = without_plates(step.text) if step.text else None
    found.erased_at = now
    session.flush()
    audit.record(session, actor, "complaint:erased", "complaint", complaint_id, erased, now)
