"""How does a complaint come in, from a lot's page or through an officer who was told of it?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.accounts.service.counting import wait_for
from parking.boundary.files import KeptFile
from parking.city.queries import Ground, ground
from parking.complaints.errors import ComplaintRefused
from parking.complaints.models import Complaint
from parking.complaints.queries import EVERYTHING, Reach
from parking.complaints.rules import (
    PHONE_MOST,
    TEXT_MOST,
    ComplaintKind,
    ComplaintSource,
    ComplaintState,
    ComplaintStep,
    due_on,
    notices,
)
from parking.complaints.service.codes import new_code
from parking.complaints.service.noticing import tell_officers
from parking.complaints.service.numbering import next_number
from parking.complaints.service.stepping import Step, note
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.ids import new_id
from parking.kernel.sealing import Sealer
from parking.kernel.texts import text_problems
from parking.lots import queries as lots
from parking.lots.errors import LotNotFound
from parking.lots.queries import LotCard

_PHONE = re.compile(r"\+?[0-9][0-9 \-()]{5,18}")
_SOURCE_NUMBER = re.compile(r"[0-9A-Za-z\-]{4,40}")
_FORM_KEY = re.compile(r"[0-9a-z]{12,64}")
# A form that is sent again after so long was left open, and is a matter of its own.
_SAME_FORM_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ComplaintDraft:
    """What somebody says of a lot, as it was typed. `sender` is a keyed hash of where it came from."""

    lot_id: str
    kind: str
    text: str
    source: ComplaintSource = ComplaintSource.WEB
    source_number: str = ""
    phone: str = ""
    sender: str | None = None
    form_key: str | None = None
    photo: KeptFile | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """The complaint, and the code that is shown this once."""

    id: str
    number: str
    code: str


def check_complaint(draft: ComplaintDraft) -> None:
    """Look at the fields before a photo is kept. Raises ComplaintRefused with every problem by field."""
    problems = list(_problems(draft))
    if problems:
        raise ComplaintRefused(problems=problems, count=len(problems))


def complain(
    session: Session,
    actor: Actor,
    draft: ComplaintDraft,
    sealer: Sealer,
    now: datetime,
    reach: Reach = EVERYTHING,
) -> Received:
    """Enter a complaint; the same `form_key` again within an hour is the same complaint with a fresh code.

    Raises ComplaintRefused with the problems by field, LotNotFound (also outside of `reach`), ProfileMissing.
    """
    here = ground(session, now)
    card = _card(session, draft.lot_id, here, reach)
    check_complaint(draft)
    if draft.form_key:
        # Sent twice at once, the second waits here and finds the first.
        wait_for(session, f"complaint form {draft.form_key}")
    if (again := _sent_before(session, draft, now)) is not None:
        return again
    if draft.source is ComplaintSource.HOTLINE:
        _refuse_known(session, draft.source_number.strip())
    code, code_hash = new_code()
    complaint = _row(session, actor, draft, card, here, now)
    complaint.code_hash = code_hash
    if phone := draft.phone.strip():
        complaint.phone_sealed = sealer.seal(phone.encode(), phone_context(complaint.id))
    session.add(complaint)
    details = {"kind": draft.kind, "lot_id": draft.lot_id, "source": draft.source}
    note(session, complaint, Step(ComplaintStep.RECEIVED, actor, now, details=details), None)
    tell_officers(session, complaint, notices.RECEIVED, now)
    return Received(complaint.id, complaint.number, code)


def phone_of(complaint_id: str, sealed: bytes | None, sealer: Sealer) -> str | None:
    """The telephone number that was sealed, for whoever answers. Raises SealBroken."""
    return sealer.open(sealed, phone_context(complaint_id)).decode() if sealed else None


def phone_context(complaint_id: str) -> str:
    """Whose number it is: sealed for one complaint it opens for no other."""
    return f"complaint:{complaint_id}"


def _card(session: Session, lot_id: str, here: Ground, reach: Reach) -> LotCard:
    cards = lots.lot_cards(session, here.today, [lot_id])
    if not cards or (reach.districts and cards[0].district_code not in reach.districts):
        raise LotNotFound
    return cards[0]


def _problems(draft: ComplaintDraft) -> Iterator[FieldProblem]:
    if draft.kind not in set(ComplaintKind):
        yield FieldProblem("kind", "missing", N_("请选择反映什么问题"))
    yield from text_problems("text", draft.text, TEXT_MOST, N_("请写明发生了什么"))
    phone = draft.phone.strip()
    if phone and (len(phone) > PHONE_MOST or not _PHONE.fullmatch(phone)):
        yield FieldProblem("phone", "not_a_phone", N_("请填写电话号码，例如 138 0000 0000；也可以不填"))
    if draft.source is ComplaintSource.HOTLINE and not _SOURCE_NUMBER.fullmatch(draft.source_number.strip()):
        yield FieldProblem("source_number", "missing", N_("请填写 12345 的工单编号（字母和数字）"))


def _sent_before(session: Session, draft: ComplaintDraft, now: datetime) -> Received | None:
    if draft.form_key is None or not _FORM_KEY.fullmatch(draft.form_key):
        return None
    query = select(Complaint).where(Complaint.form_key == draft.form_key).with_for_update()
    found = session.scalars(query).one_or_none()
    if found is None or found.received_at <= now - _SAME_FORM_WITHIN or found.lot_id != draft.lot_id:
        return None
    code, found.code_hash = new_code()
    session.flush()
    return Received(found.id, found.number, code)


def _refuse_known(session: Session, source_number: str) -> None:
    known = session.scalar(select(Complaint.number).where(Complaint.source_number == source_number))
    if known is not None:
        problem = FieldProblem(
            "source_number", "known", N_("这个工单已经登记为 %(number)s"), {"number": known}
        )
        raise ComplaintRefused(problems=[problem], count=1)


def _row(
    session: Session, actor: Actor, draft: ComplaintDraft, card: LotCard, here: Ground, now: datetime
) -> Complaint:
    """The row of a checked draft, but for its code."""
    photo, kind, key = draft.photo, ComplaintKind(draft.kind), draft.form_key
    used = key and session.scalar(select(Complaint.id).where(Complaint.form_key == key))
    return Complaint(
        id=new_id(),
        number=next_number(session, here),
        kind=kind,
        source=draft.source,
        source_number=draft.source_number.strip() if draft.source is ComplaintSource.HOTLINE else None,
        lot_id=card.id,
        place=card.name,
        district_code=card.district_code,
        text=draft.text.strip(),
        sender=draft.sender,
        form_key=key if key and not used and _FORM_KEY.fullmatch(key) else None,
        photo_sha256=photo.sha256 if photo else None,
        photo_media_type=str(photo.media_type) if photo else None,
        photo_size=photo.size if photo else None,
        photo_name=photo.name if photo else None,
        state=ComplaintState.RECEIVED,
        due_on=due_on(kind, here.today, city=here.city, calendar=here.calendar),
        received_at=now,
        received_by=str(actor),
        version=1,
    )
