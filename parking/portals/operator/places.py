"""Where is it? A place is checked for the map, and can be taken from something that is known by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from flask import Response, request
from flask_babel import gettext

from parking.accounts.rules import Permission
from parking.city.rules import CityView
from parking.filings.rules import FIELDS, Group, read_answers
from parking.filings.rules.drafting import place_of
from parking.portals._http.filing_texts import district_text
from parking.portals._http.pages import Pages
from parking.portals._http.problems import sentence
from parking.portals._http.services import services
from parking.portals.operator import desk

pages = Pages("operator_places", __name__, "operator")

_POSITION = Group("place", "", (FIELDS["position"],))
_PARTS = ("lat", "lon", "datum")
_MOST = 10


@dataclass(frozen=True, slots=True)
class Known:
    """A landmark, a lot or an entrance; WGS-84 degrees."""

    name: str
    lat: float
    lon: float


@pages.get("/place", permission=Permission.OPERATOR_FILINGS_EDIT)
def check() -> Response:
    """For the map: the WGS-84 point of what was typed, whether it may be taken, and what lies there."""
    raw = {f"position_{part}": request.args.get(part, "") for part in _PARTS}
    values, problems = read_answers(_POSITION, raw, desk.city(), {})
    place = place_of(values.get("position"))
    if problems or place is None:
        said = sentence(problems[0].text, problems[0].params) if problems else gettext("请填写纬度和经度")
        return _json({"lat": None, "lon": None, "inside": False, "said": said})
    district = desk.city().district_at(*place)
    said = gettext("这个位置在本市范围内")
    if district is not None:
        said = gettext("这个位置在%(district)s", district=district_text(desk.city(), district.code))
    return _json({"lat": place[0], "lon": place[1], "inside": True, "said": said})


def _json(told: Mapping[str, object]) -> Response:
    return Response(orjson.dumps(told), content_type="application/json")


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


def centre_of(city: CityView) -> Known:
    """Where a map without a place begins: the profile's centre, else the first landmark or the bounds."""
    centre = city.told("limits.centre")
    for each in city.landmarks:
        if centre in (None, each.id):
            return Known(each.name_zh, each.lat, each.lon)
    box = city.boxes[0]
    return Known(box.name, (box.south + box.north) / 2, (box.west + box.east) / 2)
