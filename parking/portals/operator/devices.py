"""Are the cameras and sensors of my lots heard, and is anything wrong with them?"""

from __future__ import annotations

from flask import Response

from parking.accounts.rules import Permission
from parking.kernel.errors import N_
from parking.lots import queries as lots
from parking.portals._http import work
from parking.portals._http.gate_texts import DEVICE_KINDS, DEVICE_ROLES
from parking.portals._http.pages import Pages
from parking.portals.operator import desk

pages = Pages("operator_devices", __name__, "operator")


@pages.get("/devices", permission=Permission.OPERATOR_LOTS_READ, nav=N_("道闸设备"), nav_order=30)
def devices() -> Response:
    """The working devices that speak for my organisation's lots, the silent ones first."""
    session = work.session()
    own = {card.id for card in lots.cards_of_organisation(session, desk.organisation_id(), desk.today())}
    views = lots.devices_of_lots(session, own, desk.now()) if own else []
    views.sort(key=lambda view: (not view.silent, view.name))
    return desk.page(
        "devices.html",
        devices=views,
        # A vendor's cloud may speak for others' lots too.
        own_lots={view.id: [lot for lot in view.lots if lot.id in own] for view in views},
        silent=sum(view.silent for view in views),
        kinds=DEVICE_KINDS,
        roles=DEVICE_ROLES,
        now=desk.now(),
    )
