"""How do the three parties of an agreement learn of something?

The operator's members and the officers of the district by their accounts, as they are told of anything; the
owner, who has none, at the desk that the agreement names.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from parking.accounts.rules import Permission
from parking.accounts.service import notify_members, notify_officers
from parking.accounts.service.notices import Words, notice_of, put_notice
from parking.boundary.notices import NoticeChannel, NoticeText
from parking.city import queries as city
from parking.kernel.db import outbox
from parking.kernel.db.engine import Sessions
from parking.lots import queries as lots
from parking.lots.models import Lot
from parking.sharing.models.agreements import Agreement, AgreementParty
from parking.sharing.rules.agreements import Party
from parking.sharing.rules.notices import desk_of

TOPIC = "agreement_notice"


def tell_parties(
    session: Session,
    agreement: Agreement,
    text: NoticeText,
    now: datetime,
    but: Collection[Party] = (),
    **params: Any,
) -> None:
    """Tell every party but these after the commit. `params` add to the lot's name and the number."""
    lot = session.get_one(Lot, agreement.lot_id)
    told = {"lot": lot.name, "number": agreement.number or "", **params}
    if Party.OPERATOR not in but:
        notify_members(session, agreement.organisation_id, text, told, now)
    if Party.SUPERVISOR not in but:
        district = _district_of(session, agreement.lot_id, now)
        notify_officers(session, Permission.BUREAU_SHARING_SUPERVISE, district, text, told, now)
    if Party.OWNER not in but:
        put_notice(session, TOPIC, {"agreement_id": agreement.id}, text, told, now)


def owner_channel(sessions: Sessions, channel: NoticeChannel, words: Words) -> outbox.Channel:
    """Makes a notice to an owner's desk of a message; nothing where the contact names no address."""

    def send(payload: dict[str, Any]) -> None:
        with sessions() as session:
            owner = session.get(AgreementParty, (payload["agreement_id"], str(Party.OWNER)))
            desk = desk_of(owner.contact) if owner else None
        if desk is None or not desk.is_reachable:
            # The agreement's page says so, and a person calls.
            return
        channel.send(notice_of(payload, words, phone=desk.phone, email=desk.email))

    return send


def _district_of(session: Session, lot_id: str, now: datetime) -> str | None:
    cards = lots.lot_cards(session, city.today(session, now), [lot_id])
    return cards[0].district_code if cards else None
