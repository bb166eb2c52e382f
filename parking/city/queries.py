"""What does the city's profile say on a day?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from parking.city.errors import ProfileMissing
from parking.city.models import CalendarDay, CalendarYear, CityBox, CityFact, District, Landmark
from parking.city.rules import Calendar, CityView, DistrictView, LandmarkView, SpecialDay, part_of
from parking.kernel.db.driver import Answer, Driver, driver_sql
from parking.kernel.geo import Box

_FACTS = driver_sql(
    text("""
    with zone as (
        select value #>> '{}' as name from city_facts where key = 'time_zone'
        order by (from_on <= cast(:now as date)) desc, from_on desc limit 1
    )
    select distinct on (key) key, value from city_facts cross join zone
    where starts_with(key, :begins) and from_on <= cast(cast(:now as timestamptz) at time zone name as date)
    order by key, from_on desc
""")
)


def facts(session: Session, on: date) -> dict[str, Any]:
    """Every named value as it holds on a day; a key is absent before its first row."""
    newest = (
        select(CityFact.key, CityFact.value)
        .where(CityFact.from_on <= on)
        .ext(distinct_on(CityFact.key))
        .order_by(CityFact.key, CityFact.from_on.desc())
    )
    return {row.key: row.value for row in session.execute(newest)}


def facts_now(session: Session, now: datetime) -> dict[str, Any]:
    """Every named value as it holds on the city's date at an instant; empty before a profile was loaded."""
    try:
        return facts(session, today(session, now))
    except ProfileMissing:
        return {}


def ask_facts(own: Driver, part: str, now: datetime) -> Answer:
    """The rows (key, value) of a part ("sharing") as they hold on the city's date at an instant, asked for
    beside other statements; none before a profile was loaded."""
    return own.ask(_FACTS, {"begins": f"{part}.", "now": now})


def city_view(session: Session, on: date) -> CityView:
    """The city on a day. Raises ProfileMissing where no profile holds yet."""
    known = facts(session, on)
    if "name_zh" not in known:
        raise ProfileMissing
    return CityView(
        name_zh=known["name_zh"],
        name_en=known["name_en"],
        code=known["code"],
        time_zone=known["time_zone"],
        boxes=tuple(Box(row.name, row.south, row.west, row.north, row.east) for row in boxes_on(session, on)),
        districts=tuple(
            DistrictView(row.code, row.name_zh, row.name_en, row.lat, row.lon, row.outline)
            for row in districts_on(session, on)
        ),
        landmarks=tuple(
            LandmarkView(row.id, row.name_zh, row.name_en, row.lat, row.lon)
            for row in session.scalars(select(Landmark).order_by(Landmark.id))
        ),
        settings={
            key: value for key, value in known.items() if part_of(key) is not None and value is not None
        },
    )


@dataclass(frozen=True, slots=True)
class Ground:
    """What a step stands on: its instant, the city's date then, and the city and calendar as they hold."""

    now: datetime
    today: date
    city: CityView
    calendar: Calendar

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.city.time_zone)


def ground(session: Session, now: datetime) -> Ground:
    """Read it, once for a step. Raises ProfileMissing before a profile was loaded."""
    on = today(session, now)
    return Ground(now, on, city_view(session, on), calendar(session))


def boxes_on(session: Session, on: date) -> Sequence[CityBox]:
    """The rectangles of the bounds that hold on a day."""
    return session.scalars(select(CityBox).where(_holds(CityBox, on)).order_by(CityBox.name)).all()


def districts_on(session: Session, on: date) -> Sequence[District]:
    """The towns and sub-districts that hold on a day."""
    return session.scalars(select(District).where(_holds(District, on)).order_by(District.code)).all()


def today(session: Session, now: datetime) -> date:
    """The city's date at an instant. Raises ProfileMissing before a profile was loaded."""
    return now.astimezone(time_zone(session, now)).date()


def time_zone(session: Session, now: datetime) -> ZoneInfo:
    """The city's zone at an instant. Raises ProfileMissing before a profile was loaded."""
    zone = session.scalar(
        select(CityFact.value)
        .where(CityFact.key == "time_zone")
        .order_by((CityFact.from_on <= now.date()).desc(), CityFact.from_on.desc())
        .limit(1)
    )
    if zone is None:
        raise ProfileMissing
    return ZoneInfo(zone)


def calendar(session: Session) -> Calendar:
    """All special days and the years that are covered; empty before the calendar was seeded."""
    columns = (CalendarDay.on, CalendarDay.is_workday, CalendarDay.name_zh, CalendarDay.name_en)
    return Calendar.of(
        (SpecialDay(*row) for row in session.execute(select(*columns))),
        session.scalars(select(CalendarYear.year)),
    )


@dataclass(frozen=True, slots=True)
class FactRow:
    """A named value from a date on, and who said so. `set_by` is an actor as text."""

    key: str
    from_on: date
    value: Any
    set_at: datetime
    set_by: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """A special day; `source` is `hand`, or where it was taken from."""

    on: date
    is_workday: bool
    name_zh: str
    name_en: str
    source: str


def fact_rows(session: Session, key: str | None = None) -> list[FactRow]:
    """Every dated row of a named value, or of all, by key and newest date first."""
    columns = (CityFact.key, CityFact.from_on, CityFact.value, CityFact.set_at, CityFact.set_by)
    asked = select(*columns).order_by(CityFact.key, CityFact.from_on.desc())
    if key is not None:
        asked = asked.where(CityFact.key == key)
    return [FactRow(*row) for row in session.execute(asked)]


def calendar_days(session: Session, year: int) -> list[DayRow]:
    """The special days of a year in their order."""
    columns = (
        CalendarDay.on,
        CalendarDay.is_workday,
        CalendarDay.name_zh,
        CalendarDay.name_en,
        CalendarDay.source,
    )
    asked = select(*columns).where(CalendarDay.year == year).order_by(CalendarDay.on)
    return [DayRow(*row) for row in session.execute(asked)]


def calendar_years(session: Session) -> dict[int, str]:
    """The years that the calendar covers, with where their days come from."""
    asked = select(CalendarYear.year, CalendarYear.source).order_by(CalendarYear.year)
    return {row.year: row.source for row in session.execute(asked)}


def _holds(table: type[CityBox | District], on: date) -> ColumnElement[bool]:
    return and_(table.from_on <= on, or_(table.until_on.is_(None), on < table.until_on))
