"""When do a city's day and month begin and end? Spans are half-open, instants in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)


def midnight(on: date, zone: tzinfo) -> datetime:
    """The instant at which a city's day begins."""
    return datetime.combine(on, time(), zone).astimezone(UTC)


def day_span(on: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """A city's day."""
    return midnight(on, zone), midnight(on + _DAY, zone)


def month_span(on: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """A city's month; any day of it names it."""
    return midnight(on.replace(day=1), zone), midnight(month_after(on), zone)


def month_after(on: date) -> date:
    """The first day of the month after a day's."""
    return (on.replace(day=28) + 4 * _DAY).replace(day=1)


def month_before(on: date) -> date:
    """The first day of the month before a day's."""
    return (on.replace(day=1) - _DAY).replace(day=1)


def months_back(on: date, number: int) -> Iterator[date]:
    """The first days of a day's month and of those before it, `number` in all, the newest first."""
    first = on.replace(day=1)
    for _ in range(number):
        yield first
        first = month_before(first)
