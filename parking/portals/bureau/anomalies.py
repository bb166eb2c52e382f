"""What is odd now about the sources and lots of my districts, and from which numbers is that told?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request

from parking.accounts.rules import Permission
from parking.guidance.queries import health, source_views
from parking.guidance.queries.health import AnomalyView
from parking.portals._http import work
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk
from parking.portals.bureau.health_texts import TITLES, words
from parking.portals.bureau.source_health import anomalies_here

pages = Pages("bureau_anomalies", __name__, "bureau")
_READ = Permission.BUREAU_SOURCES_READ

SORTS: Mapping[str, Callable[[AnomalyView], Any]] = {
    "opened": lambda each: each.opened_at,
    "kind": lambda each: (each.kind, each.opened_at),
    "source": lambda each: (each.source, each.opened_at),
    "lot": lambda each: (each.lot_name or "", each.opened_at),
}


@pages.get("/anomalies", permission=_READ)
def listed() -> Response:
    """What stands open, the newest first. What is of a whole source is everybody's to know."""
    found = anomalies_here(health.open_anomalies(work.session()))
    kinds = Counter(each.kind for each in found)
    kind = request.args.get("kind", "")
    shown = [each for each in found if kind in ("", each.kind)]
    column, is_down = desk.sort_of(SORTS, "-opened")
    shown.sort(key=SORTS[column], reverse=is_down)
    return desk.page(
        "anomalies.html",
        cut=desk.cut(shown),
        any_rows=bool(found),
        kind=kind,
        kinds=dict(kinds.most_common()),
        kind_options=desk.options({each: TITLES[each] for each in kinds}),
        pulled={each.name for each in source_views(work.session())},
        **words(),
    )
