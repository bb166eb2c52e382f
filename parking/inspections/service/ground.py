"""What holds today: the city's profile and calendar, and the next number of a series."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.city.rules import Calendar, CityView
from parking.inspections.models import InspectionNumber
from parking.kernel.db.numbering import draw


@dataclass(frozen=True, slots=True)
class Ground:
    """The city on its today, read once for a step."""

    city: CityView
    calendar: Calendar
    today: date

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.city.time_zone)


def ground(session: Session, now: datetime) -> Ground:
    """Read it. Raises ProfileMissing."""
    today = city.today(session, now)
    return Ground(city.city_view(session, today), city.calendar(session), today)


FINDINGS, ORDERS = "finding", "order"
_WRITTEN = {FINDINGS: "%s巡〔%d〕%05d号", ORDERS: "%s改〔%d〕%04d号"}


def next_number(session: Session, series: str, here: Ground) -> str:
    """望巡〔2026〕00012号: the next of its series and year, without gaps; waits for whoever draws one now.

    Its first part is `inspections.number_prefix`, by default the first character of the city's name.
    """
    year = here.today.year
    serial = draw(session, InspectionNumber, series=series, year=year)
    prefix = here.city.told("inspections.number_prefix", here.city.name_zh[:1])
    return _WRITTEN[series] % (prefix, year, serial)
