"""When is a lot open, as OSM text? Only where the feed leaves no doubt."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from opening_hours import OpeningHours, validate

from integrations.records import Refused, shown
from parking.boundary.feeds import ProblemKind
from parking.kernel.month_days import names_no_day

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_LONGEST = 255

Span = tuple[int, int]
"""Minutes after midnight: start, and end (1440 is the day's end)."""


def osm_text(value: object, field: str = "opening_hours") -> str:
    """An OSM text as the feed gave it; blanks around dashes are removed where it cannot be read with them."""
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise Refused(ProblemKind.UNPARSED_HOURS, field, shown(value))
    given = " ".join(value.split())
    for candidate in (given, re.sub(r"\s*-\s*", "-", given)):
        if validate(candidate) and not names_no_day(str(OpeningHours(candidate))):
            return candidate
    raise Refused(ProblemKind.UNPARSED_HOURS, field, shown(given))


def weekly(days: Mapping[int, Collection[Span]]) -> str:
    """OSM text of a week: for each day (0 is Monday) its spans; a day that is absent is closed."""
    told = [
        ",".join(f"{_clock(a)}-{_clock(b)}" for a, b in sorted(set(days.get(day, ())))) for day in range(7)
    ]
    if set(told) == {"00:00-24:00"}:
        return "24/7"
    rules: list[str] = []
    first = 0
    for day in range(1, 8):
        if day < 7 and told[day] == told[first]:
            continue
        name = DAYS[first] if day - first == 1 else f"{DAYS[first]}-{DAYS[day - 1]}"
        rules.append(f"{name} {told[first] or 'off'}")
        first = day
    return "; ".join(rules)


def span(start: str, end: str) -> Span | None:
    """From two clock times (HH:MM[:SS...]) a span, or None where it is not certain which one is meant.

    The last minute of a day stands for its end; equal times are a whole day only at midnight; a span past
    midnight is kept as it stands, as OSM does.
    """
    a, b = _minutes(start), _minutes(end)
    if a is None or b is None:
        return None
    if b == 1439 or (b == 0 and a != 0):
        b = 1440
    if a == b:
        return (0, 1440) if a == 0 else None
    return a, b


def _minutes(clock: str) -> int | None:
    match = re.fullmatch(r"(\d\d):(\d\d)(:\d\d(\.\d+)?)?", clock.strip())
    if not match:
        return None
    hour, minute = int(match[1]), int(match[2])
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        return None
    return hour * 60 + minute


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
