"""Where is it? A place is checked for the map, and can be taken from something that is known by name."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from parking.accounts.rules import Permission
from parking.portals._http import places
from parking.portals._http.pages import Pages
from parking.portals._http.places import Known
from parking.portals._http.services import services

pages = Pages("operator_places", __name__, "operator")

_MOST = 10


@pages.get("/place", permission=Permission.OPERATOR_FILINGS_EDIT)
def check() -> Response:
    """For the map: the WGS-84 point of what was typed, whether it may be taken, and what lies there."""
    return places.answer()


def find_known(text: str) -> list[Known]:
    """What is called so: landmarks, lots and their entrances, at most ten."""
    lookup = services().lookup
    found: list[Known] = []
    for place in lookup.search(text.strip()[:60], limit=_MOST):
        if place.kind == "district":
            continue
        found.append(Known(place.name, place.lat, place.lon))
        if place.kind == "lot":
            ways = lookup.one(place.id).card.entrances
            found += [Known(f"{place.name} · {way.name}", way.lat, way.lon) for way in ways]
    return found[:_MOST]


def with_known(form: Mapping[str, str]) -> dict[str, str]:
    """A posted page whose position is that of the known place that was chosen on it, if one was."""
    raw = dict(form.items())
    lat, comma, lon = raw.pop("known", "").partition(",")
    if comma:
        raw |= {"position_lat": lat, "position_lon": lon, "position_datum": "wgs84"}
    return raw
