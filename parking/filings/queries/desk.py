"""Under which rules and on which day is something done?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from parking.city import queries as cities
from parking.city.rules import Calendar, CityView


@dataclass(frozen=True, slots=True)
class Desk:
    """The instant, the city's date then, and the city and calendar as they hold on that date."""

    now: datetime
    on: date
    city: CityView
    calendar: Calendar


def desk(session: Session, now: datetime) -> Desk:
    """The rules of now. Raises ProfileMissing before a profile was loaded."""
    on = cities.today(session, now)
    return Desk(now, on, cities.city_view(session, on), cities.calendar(session))
