"""What is the city as this request finds it: its time, its day, its facts, and its words for the reader?"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import g

from parking.city import queries as city_queries
from parking.city.rules import CityView
from parking.portals._http import work
from parking.portals._http.i18n import language
from parking.portals._http.services import services


def now() -> datetime:
    """The instant of this request."""
    return services().clock.now()


def city() -> CityView:
    """The city as it is today. Raises ProfileMissing."""
    found: CityView | None = g.get("city")
    if found is None:
        session = work.session()
        found = g.city = city_queries.city_view(session, city_queries.today(session, now()))
    return found


def zone() -> ZoneInfo:
    """The city's time zone."""
    return ZoneInfo(city().time_zone)


def today() -> date:
    """The city's date."""
    return city().today(now())


def in_language(chinese: str | None, english: str | None) -> str:
    """One of two texts: the reader's, or the one that there is."""
    first, second = (chinese, english) if language() == "zh" else (english, chinese)
    return first or second or ""
