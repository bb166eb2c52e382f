"""Did this form arrive before? On a bad connection the answer is lost more often than the question.

Each form carries a key of its own. The first sending is done and its result kept; the same key from the same
person again is answered with that result, and nothing is done twice.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.inspections.errors import SendingReused
from parking.inspections.models import InspectionSending
from parking.kernel.actors import Actor

_KEY = re.compile(r"[0-9A-Za-z_-]{8,64}")
_KEPT = timedelta(days=30)


def sent_before(session: Session, actor: Actor, key: str | None, about: str, now: datetime) -> str | None:
    """The result of the first sending with this key, None for the first itself: tell `keep_result` then.

    Waits while the first is still under way. Without a well-formed key every sending is a first one. Raises
    SendingReused where the key was used `about` something else.
    """
    if key is None or not _KEY.fullmatch(key):
        return None
    row = {"actor": str(actor), "key": key, "about": about, "result": "", "at": now}
    fresh = insert(InspectionSending).values(row).on_conflict_do_nothing().returning(InspectionSending.key)
    if session.scalar(fresh) is not None:
        return None
    first = session.execute(
        select(InspectionSending.about, InspectionSending.result).where(
            InspectionSending.actor == str(actor), InspectionSending.key == key
        )
    ).one()
    if first.about != about:
        raise SendingReused
    return str(first.result)


def keep_result(session: Session, actor: Actor, key: str | None, result: str) -> None:
    """Keep what the first sending led to."""
    if key is not None:
        session.execute(
            update(InspectionSending)
            .where(InspectionSending.actor == str(actor), InspectionSending.key == key)
            .values(result=result)
            .execution_options(synchronize_session=False)
        )


def prune_sendings(session: Session, now: datetime) -> None:
    """Forget the forms of more than 30 days ago."""
    session.execute(delete(InspectionSending).where(InspectionSending.at < now - _KEPT))
