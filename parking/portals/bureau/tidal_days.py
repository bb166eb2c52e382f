"""How does a day of tidal bays look: the bar of its lawful hours, and the same in figures?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from flask_babel import gettext

from parking.lots.rules import HoursReader, describe
from parking.portals._http import formats
from parking.portals._http.i18n import language
from parking.sharing.rules.tidal import TidalBays, lawful_spans

WIDTH = 240.0


@dataclass(frozen=True, slots=True)
class DayBar:
    """A date, its lawful spans as text, and as (x, width) of a bar of WIDTH; `now` is today's place in it."""

    on: date
    text: str
    spans: tuple[tuple[float, float], ...]
    now: float | None
    width: float = WIDTH


def bar_of(bays: TidalBays, on: date, now: datetime, reader: HoursReader, zone: tzinfo) -> DayBar:
    """The lawful hours of a city date."""
    since, until = (
        datetime.combine(day, time(), zone).astimezone(UTC) for day in (on, on + timedelta(days=1))
    )
    spans = list(lawful_spans(bays, since, until, reader, zone))

    def x(at: datetime) -> float:
        return round((at - since) / (until - since) * WIDTH, 1)

    return DayBar(
        on=on,
        text=_told(spans, (since, until), zone),
        spans=tuple((x(begins), round(x(ends) - x(begins), 1)) for begins, ends in spans),
        now=x(now) if since <= now < until else None,
    )


def days_of(
    bays: TidalBays, first_on: date, days: int, now: datetime, reader: HoursReader, zone: tzinfo
) -> Sequence[DayBar]:
    """The dates from one on."""
    return [bar_of(bays, first_on + timedelta(days=step), now, reader, zone) for step in range(days)]


def hours_in_words(text: str) -> str:
    """Hours as the reader says them."""
    return describe(text, language())


def _told(spans: Sequence[tuple[datetime, datetime]], day: tuple[datetime, datetime], zone: tzinfo) -> str:
    if not spans:
        return gettext("全天禁止停放")
    if list(spans) == [day]:
        return gettext("全天可停")
    return gettext("、").join(
        f"{formats.clock_time(begins, zone)}–{formats.closing_time(ends, zone)}" for begins, ends in spans
    )
