"""How do an agreement's parties learn, the evening before, what will still stand there in the morning?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.sharing.models.agreements import Agreement
from parking.sharing.models.questions import LeftoversTold
from parking.sharing.queries.evenings import Evening
from parking.sharing.rules.notices import LEFTOVERS
from parking.sharing.service.noticing import tell_parties


def tell_evening(session: Session, evening: Evening, now: datetime) -> bool:
    """Tell the parties once in an evening; False where somebody did already."""
    fresh = insert(LeftoversTold).values(
        agreement_id=evening.agreement_id,
        evening_on=evening.evening_on,
        expected=evening.expected,
        overdue=evening.overdue,
        told_at=now,
    )
    made = fresh.on_conflict_do_nothing().returning(LeftoversTold.agreement_id)
    if session.scalar(made) is None:
        return False
    row = session.get_one(Agreement, evening.agreement_id)
    until = evening.until_at.astimezone(city.time_zone(session, now))
    tell_parties(
        session,
        row,
        LEFTOVERS,
        now,
        until=f"{until:%m-%d %H:%M}",
        expected=evening.expected,
        overdue=evening.overdue,
    )
    return True
