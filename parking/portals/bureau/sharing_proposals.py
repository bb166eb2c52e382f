"""Where would sharing help, by the nights that were measured? A ranked list with its arithmetic."""

from __future__ import annotations

from flask import Response, request

from parking.accounts.rules import Permission
from parking.portals._http import work
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk
from parking.portals.bureau.within import reach
from parking.sharing.queries.proposals import found_proposals
from parking.sharing.rules.proposals import EMPTY_AT_MOST, FULL_AT_LEAST, KNOWN_AT_LEAST, NEAR_M, NIGHTS

pages = Pages("bureau_sharing_proposals", __name__, "bureau")
_READ = Permission.BUREAU_SHARING_READ


@pages.get("/sharing/proposals", permission=_READ)
def listed() -> Response:
    """Lots of my districts that were empty at night beside places that were full, the best first."""
    found, district = (
        found_proposals(work.session(), desk.now(), reach(_READ)),
        request.args.get("district", ""),
    )
    rows = [
        each for each in found.proposals if district in ("", found.cards[each.nights.lot_id].district_code)
    ]
    return desk.page(
        "sharing_evidence/proposals.html",
        cut=desk.cut(rows),
        cards=found.cards,
        known=found.known,
        unknown=found.unknown,
        any_rows=bool(found.proposals),
        district=district,
        districts=desk.my_districts(),
        nights=NIGHTS,
        reach=round(NEAR_M),
        empty=percent(EMPTY_AT_MOST),
        full=percent(FULL_AT_LEAST),
        least=percent(KNOWN_AT_LEAST),
        percent=percent,
    )


def percent(part: float) -> str:
    """A part of one in whole per cent."""
    return f"{part * 100:.0f}%"
