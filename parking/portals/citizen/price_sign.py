"""What does the sign at a lot's entrance say? A page to print, for who runs the lot and for whoever asks."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from parking.kernel.days import midnight
from parking.lots import queries as lots
from parking.portals._http import work
from parking.portals._http.moments import day_of
from parking.portals._http.price_signs import LentPrice, price_sign, sign_page
from parking.portals._http.services import services
from parking.sharing.queries.agreements import agreements
from parking.sharing.rules.agreements import AgreementState

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
    at = now if on == today else midnight(on, ZoneInfo(city.time_zone))
    (card,) = lots.lot_cards(work.session(), today, [lot_id])
    own = here.lookup.book.of(lot_id, at)
    # A window that asks what the lot asks needs no price of its own.
    lent = [each for each in _lent(lot_id, on, at) if own is None or each.tariff.key != own.key]
    sign = price_sign(card, own, city, lent)
    return sign_page(sign, request.args.get("paper", ""), f"/lots/{lot_id}")


def _lent(lot_id: str, on: date, at: datetime) -> list[LentPrice]:
    """What the lot lends on that day at a price of its own, each tariff with all of its hours."""
    tariffs = services().lookup.book.tariffs
    hours: dict[str, list[str]] = {}
    for each in agreements(work.session(), states=[AgreementState.IN_FORCE], lot_ids=[lot_id]):
        if each.tariff_id and each.from_on <= on < each.until_on:
            hours.setdefault(each.tariff_id, []).extend(part.opening_hours for part in each.parts)
    told = ((tariffs[key].at(at), spans) for key, spans in hours.items() if key in tariffs)
    return [LentPrice(tuple(dict.fromkeys(spans)), tariff) for tariff, spans in told if tariff]
