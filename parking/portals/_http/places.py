"""Is a place that was typed or picked on a map one that may be taken, and what lies there?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Response, request
from flask_babel import gettext

from parking.city.rules import CityView
from parking.filings.rules import FIELDS, Group, read_answers
from parking.filings.rules.drafting import place_of
from parking.kernel.errors import FieldProblem
from parking.portals._http import present
from parking.portals._http.filing_texts import district_text
from parking.portals._http.problems import sentence

_POSITION = Group("place", "", (FIELDS["position"],))
_PARTS = ("lat", "lon", "datum")


@dataclass(frozen=True, slots=True)
class Known:
    """A landmark, a lot or an entrance; WGS-84 degrees."""

    name: str
    lat: float
    lon: float


def read_place(raw: Mapping[str, str], name: str = "") -> tuple[Mapping[str, Any] | None, list[FieldProblem]]:
    """The place ("lat", "lon", "datum") in the fields `lat`, `lon`, `datum` behind `name`, and its faults.

    None where none was typed.
    """
    told = {f"position_{part}": raw.get(f"{name}{part}", "") for part in _PARTS}
    values, problems = read_answers(_POSITION, told, present.city(), {})
    return values.get("position"), problems


def answer() -> Response:
    """For the map: the WGS-84 point of what was typed, whether it may be taken, and what lies there."""
    told, problems = read_place(request.args)
    place = place_of(told)
    if problems or place is None:
        said = sentence(problems[0].text, problems[0].params) if problems else gettext("请填写纬度和经度")
        return _json({"lat": None, "lon": None, "inside": False, "said": said})
    district = present.city().district_at(*place)
    said = gettext("这个位置在本市范围内")
    if district is not None:
        said = gettext("这个位置在%(district)s", district=district_text(present.city(), district.code))
    return _json({"lat": place[0], "lon": place[1], "inside": True, "said": said})


def centre_of(city: CityView) -> Known:
    """Where a map without a place begins: the profile's centre, else the first landmark or the bounds."""
    centre = city.told("limits.centre")
    for each in city.landmarks:
        if centre in (None, each.id):
            return Known(each.name_zh, each.lat, each.lon)
    box = city.boxes[0]
    return Known(box.name, (box.south + box.north) / 2, (box.west + box.east) / 2)


def _json(told: Mapping[str, object]) -> Response:
    return Response(orjson.dumps(told), content_type="application/json")
