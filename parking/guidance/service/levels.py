"""What of a day's counts was not sane? The anomalies say, and the service level is written down by it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.guidance.queries import health
from parking.guidance.rules.health import MARKS, AnomalyKind
from parking.kernel.days import day_span
from parking.occupancy import service as occupancy
from parking.occupancy.rules import Spoilt

# Of some records of an answer, not of all: what vanished grows late by itself, and which ids were repeated is
# known of the last answer alone.
_OF_SOME = frozenset({AnomalyKind.RECORDS_VANISHED, AnomalyKind.IDS_REPEATED})


def write_level_day(session: Session, on: date, now: datetime) -> bool:
    """Write down a city date's service level of every lot and every source; again, it changes nothing.

    What lowers the quality that citizens see spoils a minute, from when it was opened to when it closed.
    False for a date whose facts are not kept in full any more: what was written of it stands.
    """
    span = day_span(on, city.time_zone(session, now))
    spoilt = [
        Spoilt(each.source, each.opened_at, each.closed_at, each.lot_id, each.space_class)
        for each in health.anomalies_between(session, *span)
        if MARKS[each.kind] is not None and each.kind not in _OF_SOME
    ]
    return occupancy.write_level_day(session, on, spoilt, now)


def days_to_write(session: Session, now: datetime, number: int) -> list[date]:
    """Today and the city dates before it, the newest first, `number` in all."""
    today = city.today(session, now)
    return [today - timedelta(days=back) for back in range(number)]
