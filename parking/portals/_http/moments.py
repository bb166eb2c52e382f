"""Which day or instant did somebody type?"""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from flask import request

from parking.kernel.errors import N_, FieldProblem, ParkingError


def day_of(text: str) -> date | None:
    """The day that a text names, None where it names none, or the last of all, after which no span ends."""
    try:
        on = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return on if on < date.max else None


def sent_day(name: str, refused: type[ParkingError]) -> date:
    """The day in a field of the form. Raises `refused` at that field."""
    on = day_of(request.form.get(name, ""))
    if on is None:
        problem = FieldProblem(name, "not_a_day", N_("不是有效的日期，应如 2026-11-21"))
        raise refused(problems=[problem], count=1)
    return on


def instant_of(text: str, zone: tzinfo) -> datetime | None:
    """The instant that a browser's field of date and time names, in the city's time, None where none is.

    An offset that somebody wrote himself is turned to the city's: the database refuses those of more than 16
    hours, and one instant has one name.
    """
    try:
        told = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if not 1970 < told.year < 2100:
        return None
    return told.astimezone(zone) if told.tzinfo else told.replace(tzinfo=zone)


def instant_of_two(day: str, clock: str, zone: tzinfo) -> datetime | None:
    """The same of a day and a time in two fields; a day alone is its beginning."""
    return instant_of(f"{day.strip()}T{clock.strip() or '00:00'}", zone)
