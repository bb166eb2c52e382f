"""How well do the sources tell: how often do they answer, what is odd, at which service level?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from parking.accounts.rules import Permission
from parking.guidance.queries import SourceView, health
from parking.guidance.queries.health import AnomalyView, Success
from parking.guidance.queries.outgoing import exchanges
from parking.kernel.days import month_after
from parking.occupancy import queries as occupancy
from parking.occupancy.rules import ServiceLevel
from parking.portals._http import auth, work
from parking.portals.bureau import desk
from parking.portals.bureau.health_texts import words
from parking.portals.bureau.within import cards_within

_READ = Permission.BUREAU_SOURCES_READ
_EXCHANGES = 5


@dataclass(frozen=True, slots=True)
class Overview:
    """Of all sources: a day's live pulls by id; what stands odd and the month's service level by name."""

    success: Mapping[str, Success]
    anomalies: Mapping[str, int]
    levels: Mapping[str, ServiceLevel]

    def sorts(self) -> Mapping[str, Callable[[SourceView], Any]]:
        """By which of it a table of sources can be sorted."""
        return {
            "success": lambda view: self.success[view.id].rate if view.id in self.success else -1.0,
            "anomalies": lambda view: self.anomalies.get(view.name, 0),
            "level": lambda view: self.levels[view.name].share if view.name in self.levels else -1.0,
        }


def overview() -> Overview:
    """How all sources are, in three statements."""
    session = work.session()
    first = desk.today().replace(day=1)
    return Overview(
        health.successes(session, desk.now() - health.DAY),
        health.sources_with_anomalies(session),
        occupancy.source_levels(session, first, month_after(first)),
    )


def health_of(view: SourceView) -> dict[str, Any]:
    """What the page of one source tells of its health; who keeps the sources also sees what failed."""
    session = work.session()
    found = health.source_health(session, view.name, desk.now())
    first = desk.today().replace(day=1)
    days = occupancy.source_level_days(session, [view.name], first, month_after(first))
    keeps = auth.caller().may(Permission.BUREAU_SOURCES_EDIT)
    return {
        "health": {pull.kind: pull for pull in found.pulls},
        "anomalies": anomalies_here(list(found.anomalies)),
        "level_days": sorted(days.items()),
        "level": sum(days.values(), ServiceLevel()),
        "exchanges": exchanges(session, view.id)[:_EXCHANGES] if keeps else (),
        **words(),
    }


def anomalies_here(found: list[AnomalyView]) -> list[AnomalyView]:
    """Those of lots in the caller's districts, and those of whole sources."""
    cards = cards_within(_READ, {each.lot_id for each in found if each.lot_id is not None})
    return [each for each in found if each.lot_id is None or each.lot_id in cards]
