"""What do the pages of visits share, whoever reads them: the days asked for, and a lot's doubtful visits?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from parking.kernel.errors import N_
from parking.kernel.vocabulary import SPACE_CLASS_NAMES
from parking.occupancy.queries import counter_views
from parking.portals._http import work
from parking.portals._http.moments import day_of
from parking.portals._http.visit_texts import DOUBT_MEANINGS, DOUBTS, STAYS
from parking.visits.queries import doubtful
from parking.visits.rules.pairing import Doubt

# So many days at most: a page must be read, and numbers of a quarter fit a sheet.
SPANS: Mapping[int, str] = {1: N_("1 天"), 7: N_("7 天"), 30: N_("30 天"), 90: N_("90 天")}
_FIRST_ON = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Days:
    """The city days [from_on, until_on) that were asked for."""

    from_on: date
    until_on: date

    @property
    def last_on(self) -> date:
        return self.until_on - timedelta(days=1)

    @property
    def number(self) -> int:
        return (self.until_on - self.from_on).days


def days_asked(today: date) -> Days:
    """The days that end with `?on=` (today), as many as `?days=` says (7)."""
    last_on = day_of(request.args.get("on", "")) or today
    last_on = max(min(last_on, today), _FIRST_ON)
    span = next((each for each in SPANS if str(each) == request.args.get("days")), 7)
    return Days(last_on - timedelta(days=span - 1), last_on + timedelta(days=1))


def lot_context(lot_id: str, days: Days, zone: ZoneInfo) -> dict[str, Any]:
    """What the page of one lot shows: numbers day by day, doubtful visits, what was told late,
    how far its counts are off."""
    session = work.session()
    by_day: dict[date, Counter[str]] = defaultdict(Counter)
    for each in doubtful.doubtful_numbers(session, [lot_id], days.from_on, days.until_on, zone):
        by_day[each.on][each.doubt or ""] += each.visits
    late = doubtful.late_numbers(session, lot_id, days.from_on, days.until_on, zone)
    # A day may have late passages and no visit that was first seen on it.
    for on in late:
        by_day[on].update()
    kind = next((each for each in Doubt if each == request.args.get("doubt")), None)
    return {
        "by_day": sorted(by_day.items(), reverse=True),
        "late": late,
        "drifts": [view for view in counter_views(session, [lot_id]) if view.drift],
        "classes": SPACE_CLASS_NAMES,
        "visits": doubtful.doubtful_visits(
            session, lot_id, days.from_on, days.until_on, zone, doubt=kind, limit=500
        ),
        "kind": kind or "",
        **words(days),
    }


def words(days: Days) -> dict[str, Any]:
    """What the templates call things."""
    return {
        "days": days,
        "spans": SPANS,
        "doubts": DOUBTS,
        "meanings": DOUBT_MEANINGS,
        "stays": STAYS,
    }
