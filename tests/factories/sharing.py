"""Agreements, made and confirmed as the three parties do it."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from parking.kernel.actors import CLI
from parking.kernel.vocabulary import SpaceClass
from parking.sharing.queries.agreements import AgreementView, agreement
from parking.sharing.rules.agreements import AgreementDraft, PartDraft, Party, PartyDraft
from parking.sharing.service.agreements import confirm, draft_agreement, propose, put_in_force
from tests.factories.accounts import register
from tests.factories.city import NOW

EVERY_NIGHT = "Mo-Su 18:00-07:30"
_numbers = count(900)


def an_agreement_draft(
    session: Session, lot_id: str, *, hours: str = EVERY_NIGHT, quota: int = 5, **fields: Any
):
    """A draft that the small city takes: general spaces, every night, from today on."""
    parties = {each: PartyDraft(f"{each}方", "0513-12345678", "按协议履行职责") for each in Party}
    told: dict[str, Any] = {
        "parties": parties,
        "parts": (PartDraft(SpaceClass.GENERAL, max(quota, 1), hours, quota),),
        "from_on": date(2026, 11, 20),
        "until_on": date(2027, 11, 20),
        "on_overstay": "超时按收费标准计费，三次暂停预约",
    }
    if "organisation_id" not in fields:
        told["organisation_id"] = register(session, next(_numbers)).organisation_id
    return AgreementDraft(lot_id=lot_id, **(told | fields))


def an_agreement(session: Session, lot_id: str, *, now: datetime = NOW, **fields: Any) -> AgreementView:
    """An agreement in force with its windows open; a city must be loaded."""
    made = draft_agreement(session, CLI, an_agreement_draft(session, lot_id, **fields), now)
    propose(session, CLI, made, now)
    for party in Party:
        confirm(session, CLI, made, party, now)
    put_in_force(session, CLI, made, now)
    told = agreement(session, made)
    assert told is not None
    return told
