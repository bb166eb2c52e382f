"""What holds today: the city's profile and calendar, and the next number of the year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.city.rules import Calendar, CityView
from parking.complaints.models import ComplaintNumber
from parking.kernel.db.numbering import draw


@dataclass(frozen=True, slots=True)
class Ground:
    """The city on its today, read once for a step."""

    city: CityView
    calendar: Calendar
    today: date


def ground(session: Session, now: datetime) -> Ground:
    """Read it. Raises ProfileMissing."""
    today = city.today(session, now)
    return Ground(city.city_view(session, today), city.calendar(session), today)


def next_number(session: Session, here: Ground) -> str:
    """望诉〔2026〕00012号: the next of its year, without gaps; waits for whoever draws one now.

    Its first part is `complaints.number_prefix`, by default the first character of the city's name.
    """
    year = here.today.year
    prefix = here.city.told("complaints.number_prefix", here.city.name_zh[:1])
    return f"{prefix}诉〔{year}〕{draw(session, ComplaintNumber, year=year):05d}号"
