"""How is a due day told to people? In working days, and in words before colours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import g
from flask_babel import gettext

from parking.city import queries as city_queries
from parking.city.rules import Calendar
from parking.filings.rules import DueWhat
from parking.kernel.errors import N_
from parking.portals._http import work
from parking.portals.bureau import desk

OWED = {
    DueWhat.ACCEPT: N_("决定是否受理"),
    DueWhat.CORRECT: N_("经营单位补正"),
    DueWhat.DECIDE: N_("决定是否备案"),
}
_SOON = 1


@dataclass(frozen=True, slots=True)
class DueWords:
    """A due day in words; `kind` is late, soon or "" for the style sheet, which adds nothing to the words."""

    text: str
    kind: str
    on: date


def calendar() -> Calendar:
    """The city's calendar, read once a request."""
    found: Calendar | None = g.get("bureau_calendar")
    if found is None:
        found = g.bureau_calendar = city_queries.calendar(work.session())
    return found


def due_words(due_on: date | None) -> DueWords | None:
    """逾期 2 个工作日 / 今天到期 / 还剩 3 个工作日; None where nothing is owed."""
    if due_on is None:
        return None
    today = desk.today()
    if due_on == today:
        return DueWords(gettext("今天到期"), "soon", due_on)
    days = calendar().workdays_between(today, due_on)
    if due_on < today:
        # A rest day after the due day is late as well, though no working day has passed.
        text = gettext("逾期 %(num)s 个工作日", num=-days) if days else gettext("已逾期")
        return DueWords(text, "late", due_on)
    return DueWords(gettext("还剩 %(num)s 个工作日", num=days), "soon" if days <= _SOON else "", due_on)
