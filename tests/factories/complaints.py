"""Complaints as people make them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from parking.complaints import queries, service
from parking.complaints.queries import ComplaintView
from parking.complaints.service import ComplaintDraft, Received
from parking.kernel.actors import Actor
from tests.factories.city import NOW
from tests.factories.devices import SEALER

CITIZEN = Actor("citizen", "web")
OFFICER = Actor("officer", "officer-1")


def a_complaint(session: Session, lot_id: str, now: datetime = NOW, **fields: Any) -> Received:
    """Somebody says that the count is wrong."""
    told = {"kind": "count_wrong", "text": "显示有空位，到了已满"} | fields
    return service.complain(session, CITIZEN, ComplaintDraft(lot_id, **told), SEALER, now)


def closed(session: Session, complaint_id: str, now: datetime = NOW, *, is_confirmed: bool = True) -> None:
    """An officer takes it, answers it and closes it."""
    service.take_on(session, OFFICER, complaint_id, version=1, now=now)
    service.answer(session, OFFICER, complaint_id, version=2, now=now, text="已核实")
    service.close(session, OFFICER, complaint_id, version=3, now=now, is_confirmed=is_confirmed)


def seen(session: Session, complaint_id: str) -> ComplaintView:
    """As it stands now."""
    session.expire_all()
    return queries.complaint(session, complaint_id)
