"""How does a day of spans look: a bar, and the same in figures?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from flask_babel import gettext

from parking.kernel.days import day_span
from parking.portals._http import formats

_WIDTH = 240.0


@dataclass(frozen=True, slots=True)
class DayBar:
    """A date, its spans as text, and as (x, width) of a bar of `width`; `now` is today's place in it."""

    on: date
    text: str
    spans: tuple[tuple[float, float], ...]
    now: float | None
    width: float = _WIDTH


def day_bar(
    on: date,
    spans: Iterable[tuple[datetime, datetime]],
    now: datetime,
    zone: tzinfo,
    *,
    none: str,
    whole: str,
) -> DayBar:
    """What of these spans lies in a city date, equal ones as one; `none` and `whole` say a day without them
    and one full of them."""
    since, until = day_span(on, zone)
    within = sorted(
        {(max(begins, since), min(ends, until)) for begins, ends in spans if begins < until and ends > since}
    )

    def x(at: datetime) -> float:
        return round((at - since) / (until - since) * _WIDTH, 1)

    text = gettext("、").join(
        f"{formats.clock_time(begins, zone)}–{formats.closing_time(ends, zone)}" for begins, ends in within
    )
    return DayBar(
        on=on,
        text=whole if within == [(since, until)] else text or none,
        spans=tuple((x(begins), round(x(ends) - x(begins), 1)) for begins, ends in within),
        now=x(now) if since <= now < until else None,
    )
