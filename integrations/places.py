"""Where on earth is a pair of numbers, in the coordinate system that its source uses?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import TypedDict

from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from integrations.records import Refused, shown
from parking.boundary.feeds import BreakReason, FeedBroken, ProblemKind
from parking.kernel.geo import to_wgs84
from parking.kernel.vocabulary import Datum

_DATUMS = frozenset(datum.value for datum in Datum)
_EPSG = re.compile(r"EPSG:\d{4,6}", re.IGNORECASE)
# Feeds use a zone a little beyond its border; a wrong unit lands much farther away.
_BEYOND_DEG = 3.0


class Placed(TypedDict):
    """A WGS-84 point with the pair and the system from which it came, as a `LotRecord` names them."""

    lat: float
    lon: float
    source_datum: str
    source_lat: float
    source_lon: float


@dataclass(frozen=True, slots=True)
class _Grid:
    """A coordinate system of the EPSG register and where it may be used (west, south, east, north)."""

    transformer: Transformer
    bounds: tuple[float, float, float, float]
    in_metres: bool

    def wgs84(self, north: float, east: float) -> tuple[float, float] | None:
        # Degrees where metres belong: at the system's own origin there is no lot.
        if self.in_metres and abs(north) <= 90 and abs(east) <= 180:
            return None
        lon, lat = self.transformer.transform(east, north)
        west, south, far_east, far_north = self.bounds
        inside = (
            isfinite(lat)
            and isfinite(lon)
            and west - _BEYOND_DEG <= lon <= far_east + _BEYOND_DEG
            and south - _BEYOND_DEG <= lat <= far_north + _BEYOND_DEG
        )
        return (lat, lon) if inside else None


@lru_cache(maxsize=64)
def _grid(code: str) -> _Grid:
    system = CRS.from_user_input(code)
    area = system.area_of_use
    bounds = (area.west, area.south, area.east, area.north) if area else (-180.0, -90.0, 180.0, 90.0)
    transformer = Transformer.from_crs(system, "EPSG:4326", always_xy=True)
    return _Grid(transformer, bounds, in_metres=system.is_projected)


def check_crs(crs: str) -> None:
    """Raises FeedBroken for a coordinate system that we do not know: nothing of such a feed can be placed."""
    if crs in _DATUMS:
        return
    try:
        if _EPSG.fullmatch(crs):
            _grid(crs.upper())
            return
    except CRSError:
        pass
    raise FeedBroken(BreakReason.UNKNOWN_DOCUMENT, f"unknown coordinate system {shown(crs)}")


def place(north: float, east: float, crs: str, field: str = "lat") -> Placed:
    """The place of (latitude, longitude) or (northing, easting). Raises Refused; nothing is swapped."""
    if north == 0 and east == 0:
        raise Refused(ProblemKind.PLACEHOLDER, field, "0, 0")
    if crs in _DATUMS:
        if not (-90 <= north <= 90 and -180 <= east <= 180):
            raise Refused(ProblemKind.OUT_OF_RANGE, field, f"{north}, {east}")
        found: tuple[float, float] | None = to_wgs84(north, east, Datum(crs))
    else:
        crs = crs.upper()
        found = _grid(crs).wgs84(north, east)
    if found is None:
        raise Refused(ProblemKind.OUT_OF_RANGE, field, f"{north}, {east} is outside {crs}")
    lat, lon = found
    return {"lat": lat, "lon": lon, "source_datum": crs, "source_lat": north, "source_lon": east}
