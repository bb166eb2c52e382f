"""Which days are not what their weekday says? Holidays off and make-up workdays (调休)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

import chinese_calendar
from chinese_calendar import Holiday

_SATURDAY = 5
_CHINESE = {holiday.value: holiday.chinese for holiday in Holiday}


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day off that is a holiday (`is_workday` False), or a day that is worked although it is a weekend."""

    on: date
    is_workday: bool
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The special days known, and the years of which all are known.

    A year that is not covered is read by weekdays: ask `covers` and say so.
    """

    days: Mapping[date, SpecialDay] = field(default_factory=lambda: MappingProxyType({}))
    years: frozenset[int] = frozenset()

    @classmethod
    def of(cls, days: Iterable[SpecialDay], years: Iterable[int]) -> Calendar:
        return cls(MappingProxyType({day.on: day for day in days}), frozenset(years))

    def covers(self, year: int) -> bool:
        return year in self.years

    def is_workday(self, on: date) -> bool:
        """Whether people work on this day: what the calendar says, else Monday to Friday."""
        special = self.days.get(on)
        return special.is_workday if special else on.weekday() < _SATURDAY

    def is_holiday(self, on: date) -> bool:
        """Whether the day belongs to a public holiday; a plain weekend does not."""
        special = self.days.get(on)
        return special is not None and not special.is_workday

    def is_make_up_day(self, on: date) -> bool:
        """Whether a Saturday or Sunday is worked."""
        return on.weekday() >= _SATURDAY and self.is_workday(on)

    def add_workdays(self, on: date, days: int) -> date:
        """The workday that many workdays (>= 0) after a day, which itself does not count (工作日).

        With 0: the day itself where it is worked, else the next workday.
        """
        if days == 0 and self.is_workday(on):
            return on
        left = max(days, 1)
        while left:
            on += timedelta(days=1)
            left -= self.is_workday(on)
        return on

    def workdays_between(self, start_on: date, end_on: date) -> int:
        """How many workdays lie in (start_on, end_on]; negative where the end comes first."""
        if end_on < start_on:
            return -self.workdays_between(end_on, start_on)
        span = (end_on - start_on).days
        return sum(self.is_workday(start_on + timedelta(days=day)) for day in range(1, span + 1))

    @property
    def holidays(self) -> list[date]:
        return sorted(on for on in self.days if self.is_holiday(on))

    @property
    def make_up_days(self) -> list[date]:
        return sorted(on for on in self.days if self.is_make_up_day(on))


def seed_days(year: int) -> tuple[SpecialDay, ...]:
    """The State Council's days of a year as `chinesecalendar` knows them; empty for a year that it lacks."""
    off = {on: name for on, name in chinese_calendar.holidays.items() if on.year == year}
    worked = {on: name for on, name in chinese_calendar.workdays.items() if on.year == year}
    days = [
        SpecialDay(on, False, _CHINESE.get(name, name), name) for on, name in off.items() if on not in worked
    ]
    days += [
        SpecialDay(on, True, f"{_CHINESE.get(name, name)}调休上班", f"Make-up workday for {name}")
        for on, name in worked.items()
    ]
    return tuple(sorted(days, key=lambda day: day.on))
