"""What is the city on a day: its names, bounds, districts, landmarks and settings?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from parking.kernel.geo import Box


@dataclass(frozen=True, slots=True)
class DistrictView:
    """镇 / 街道; `outline` holds a GeoJSON Polygon's rings ([lon, lat] pairs), or None."""

    code: str
    name_zh: str
    name_en: str
    lat: float
    lon: float
    outline: Any = None

    def holds(self, lat: float, lon: float) -> bool:
        """Whether a point lies in the outline (holes are not in it); False where none is drawn."""
        rings = self.outline or []
        # Every ring that is crossed turns the answer: out of the city, into the district, into a hole.
        return sum(_is_inside(ring, lat, lon) for ring in rings) % 2 == 1


def _is_inside(ring: Sequence[Sequence[float]], lat: float, lon: float) -> bool:
    """Whether a point lies in a closed ring of [lon, lat] pairs: a ray to the east crosses it an odd number
    of times."""
    crossings = 0
    for (x_a, y_a), (x_b, y_b) in pairwise(ring):
        if (y_a > lat) != (y_b > lat) and lon < x_a + (lat - y_a) / (y_b - y_a) * (x_b - x_a):
            crossings += 1
    return crossings % 2 == 1


@dataclass(frozen=True, slots=True)
class LandmarkView:
    """A place that people name when they say where they go."""

    id: str
    name_zh: str
    name_en: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class CityView:
    """The profile as it holds on one day; all coordinates WGS-84.

    `settings` holds every named value of the profile's sections and lists: "filings.accept_days",
    "documents".
    """

    name_zh: str
    name_en: str
    code: str
    time_zone: str
    boxes: tuple[Box, ...]
    districts: tuple[DistrictView, ...] = ()
    landmarks: tuple[LandmarkView, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def told(self, key: str, default: Any = None) -> Any:
        """What the profile says of "section.key" or of a list, else the default."""
        value = self.settings.get(key)
        return default if value is None else value

    def contains(self, lat: float, lon: float) -> bool:
        """Whether a point lies in the city's bounds, borders included."""
        return any((lat, lon) in box for box in self.boxes)

    def touches(self, lat: float, lon: float, radius_m: float) -> bool:
        """Whether a circle around a point reaches the city's bounds."""
        return any(box.distance_m((lat, lon)) <= radius_m for box in self.boxes)

    def has_district(self, code: str) -> bool:
        return any(district.code == code for district in self.districts)

    def district(self, code: str | None) -> DistrictView | None:
        return next((each for each in self.districts if each.code == code), None)

    def district_at(self, lat: float, lon: float) -> DistrictView | None:
        """The district in whose outline a point lies; None outside all that are drawn."""
        return next((each for each in self.districts if each.holds(lat, lon)), None)

    def today(self, now: datetime) -> date:
        """The city's date at an instant."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()
