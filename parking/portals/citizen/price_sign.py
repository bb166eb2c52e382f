"""What does the sign at a lot's entrance say? A page to print, for who runs the lot and for whoever asks."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from parking.lots import queries as lots
from parking.portals._http import work
from parking.portals._http.moments import day_of
from parking.portals._http.price_signs import begin_of, price_sign, sign_page
from parking.portals._http.services import services

blueprint = Blueprint("price_sign", __name__, template_folder="templates")


@blueprint.get("/lots/<lot_id>/price-sign")
def show(lot_id: str) -> Response:
    """A lot's sign today, or as it will be `?on=` a later day; `?paper=` a3 or a4."""
    here = services()
    here.lookup.one(lot_id)
    city, now = here.lookup.city, here.clock.now()
    today = city.today(now)
    # What lies in the past, or is no day, is today.
    on = max(day_of(request.args.get("on", "")) or today, today)
    at = now if on == today else begin_of(on, ZoneInfo(city.time_zone))
    (card,) = lots.lot_cards(work.session(), today, [lot_id])
    sign = price_sign(card, here.lookup.book.of(lot_id, at), city)
    return sign_page(sign, request.args.get("paper", ""), f"/lots/{lot_id}")
