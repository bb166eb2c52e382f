"""What is the city on a day: its names, bounds, districts, landmarks and limits?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
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
    """The profile as it holds on one day; all coordinates WGS-84."""

    name_zh: str
    name_en: str
    code: str
    time_zone: str
    boxes: tuple[Box, ...]
    districts: tuple[DistrictView, ...] = ()
    landmarks: tuple[LandmarkView, ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)

    def contains(self, lat: float, lon: float) -> bool:
        """Whether a point lies in the city's bounds, borders included."""
        return any((lat, lon) in box for box in self.boxes)

    def touches(self, lat: float, lon: float, radius_m: float) -> bool:
        """Whether a circle around a point reaches the city's bounds."""
        return any(box.distance_m((lat, lon)) <= radius_m for box in self.boxes)

    def has_district(self, code: str) -> bool:
        return any(district.code == code for district in self.districts)

    def today(self, now: datetime) -> date:
        """The city's date at an instant."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()
