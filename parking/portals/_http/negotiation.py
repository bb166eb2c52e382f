"""Which of our two forms does the reader want?"""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import NotAcceptable

from parking.kernel.errors import N_
from parking.kernel.vocabulary import Datum
from parking.portals._http.problems import Told

JSON = "application/json"
GEOJSON = "application/geo+json"


def geojson_asked(datum: Datum) -> bool:
    """Whether GeoJSON is preferred to JSON. Raises NotAcceptable (406) with another datum."""
    accepted = request.environ.get("HTTP_ACCEPT", "")
    if "geo+json" not in accepted or request.accept_mimetypes.best_match([JSON, GEOJSON]) != GEOJSON:
        return False
    if datum is not Datum.WGS84:
        # RFC 7946 knows WGS-84 only.
        refusal = NotAcceptable()
        told = Told("geojson_is_wgs84", N_("GeoJSON 只有 WGS-84 坐标：请去掉 crs，或改要 application/json"))
        refusal.data = {"messages": {"query": {"crs": [told]}}}  # type: ignore[attr-defined]
        raise refusal
    return True
