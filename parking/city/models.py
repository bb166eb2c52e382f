"""Which facts about the city are rows? All of them, dated, so that a change has a day and an author."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base


class CityFact(Base):
    """A named value of the profile (name_zh, name_en, code, time_zone, limits.*) from a date on."""

    __tablename__ = "city_facts"

    key: Mapped[str] = mapped_column(primary_key=True)
    from_on: Mapped[date] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    set_at: Mapped[datetime]
    set_by: Mapped[str]


class District(Base):
    """镇 / 街道: a town or sub-district with its nine-digit code (GB/T 10114), valid [from_on, until_on)."""

    __tablename__ = "districts"

    code: Mapped[str] = mapped_column(primary_key=True)
    from_on: Mapped[date] = mapped_column(primary_key=True)
    until_on: Mapped[date | None]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    lat: Mapped[float]
    lon: Mapped[float]
    # GeoJSON coordinates of a Polygon's rings in WGS-84, or null where nobody drew the outline yet.
    outline: Mapped[Any | None] = mapped_column(JSONB)


class CityBox(Base):
    """A rectangle of the city's bounds, valid [from_on, until_on); a lot lies in at least one."""

    __tablename__ = "city_boxes"

    name: Mapped[str] = mapped_column(primary_key=True)
    from_on: Mapped[date] = mapped_column(primary_key=True)
    until_on: Mapped[date | None]
    south: Mapped[float]
    west: Mapped[float]
    north: Mapped[float]
    east: Mapped[float]


class Landmark(Base):
    """A place that people name when they say where they go."""

    __tablename__ = "landmarks"

    id: Mapped[str] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    lat: Mapped[float]
    lon: Mapped[float]


class CalendarDay(Base):
    """A day that is not what its weekday says: a holiday off, or a make-up workday (调休)."""

    __tablename__ = "calendar_days"
    __table_args__ = (Index("ix_calendar_days_year", "year"),)

    on: Mapped[date] = mapped_column(primary_key=True)
    year: Mapped[int]
    is_workday: Mapped[bool]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    source: Mapped[str]


class CalendarYear(Base):
    """A year that the calendar covers; a year without a row is read by weekdays, with a warning."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    set_at: Mapped[datetime]
    set_by: Mapped[str]
