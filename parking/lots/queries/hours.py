"""Which opening hours did a lot have before, and until when?"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.lots.models import EndedHours


def ended_hours(session: Session, after: datetime) -> dict[str, list[tuple[datetime, str | None]]]:
    """By lot id the OSM texts that ended after an instant (None: unknown hours), each with its end, oldest
    first; a lot is absent whose present hours stood already then."""
    found: dict[str, list[tuple[datetime, str | None]]] = defaultdict(list)
    asked = select(EndedHours.lot_id, EndedHours.until_at, EndedHours.opening_hours)
    for row in session.execute(asked.where(EndedHours.until_at > after).order_by(EndedHours.until_at)):
        found[row.lot_id].append((row.until_at, row.opening_hours))
    return dict(found)
