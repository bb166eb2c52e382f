"""What did gates tell that was refused, why, and how often?"""

from __future__ import annotations

from flask import Response, request

from parking.accounts.rules import Permission
from parking.kernel.errors import N_
from parking.lots import queries as lots
from parking.portals._http import work
from parking.portals._http.pages import Pages
from parking.portals._http.visit_texts import DIRECTIONS, REFUSALS
from parking.portals.bureau import desk, gates
from parking.portals.bureau.within import cards_within
from parking.visits.queries import doubtful

pages = Pages("bureau_quarantine", __name__, "bureau")
_MOST = 1_000


@pages.get("/quarantine", permission=Permission.BUREAU_DEVICES_READ, nav=N_("未采纳的消息"), nav_order=54)
def listed() -> Response:
    """What lies in quarantine by reason, and one by one; neither plates nor secrets are kept of it."""
    session = work.session()
    cards = cards_within(Permission.BUREAU_DEVICES_READ)
    numbers = doubtful.refused_numbers(session, cards)
    reason = next((each.reason for each in numbers if each.reason == request.args.get("reason")), None)
    return desk.page(
        "visits/quarantine.html",
        numbers=numbers,
        reason=reason or "",
        cut=desk.cut(doubtful.refused(session, cards, reason, _MOST)),
        cards=cards,
        reasons=REFUSALS,
        directions=DIRECTIONS,
        names=gates.source_names(),
        strangers=len(lots.strangers(session)),
    )
