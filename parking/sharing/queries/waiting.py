"""Which windows wait: until the holidays of a coming year are known, or until the agreement holds?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.lots.rules import HoursReader
from parking.sharing.queries.agreements import AgreementView
from parking.sharing.rules.agreements import AgreementState
from parking.sharing.rules.windows import AHEAD_DAYS, Span, opening_of


def years_waited_for(session: Session, rows: Iterable[AgreementView], now: datetime) -> dict[str, int]:
    """By the id of each agreement in force whose windows wait: the first year of unknown holidays.

    Only what ought to be open by now counts: the coming 60 days.
    """
    zone = city.time_zone(session, now)
    reader = HoursReader(city.calendar(session), zone.key)
    today = now.astimezone(zone).date()
    found: dict[str, int] = {}
    for told in rows:
        since_on, until_on = max(today, told.from_on), min(today + timedelta(days=AHEAD_DAYS), told.until_on)
        hours = [part.opening_hours for part in told.parts if told.state is AgreementState.IN_FORCE]
        years = {year for text in hours for year in reader.missing_years(text, since_on, until_on)}
        if years:
            found[told.id] = min(years)
    return found


def spans_planned(session: Session, told: AgreementView, days: int, now: datetime) -> list[Span]:
    """What an agreement that does not hold yet will open in the coming days by its hours."""
    zone = city.time_zone(session, now)
    reader = HoursReader(city.calendar(session), zone.key)
    today = now.astimezone(zone).date()
    since_on, until_on = max(today, told.from_on), min(today + timedelta(days=days), told.until_on)
    opened = (opening_of(reader, part.opening_hours, since_on, until_on).spans for part in told.parts)
    return sorted({span for spans in opened for span in spans if span[1] > now})
