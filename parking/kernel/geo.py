"""Where is it, in which datum, and how far away? Coordinates inside are WGS-84 degrees.

GCJ-02 (Amap, Tencent) and BD-09 (Baidu) are the shifted datums of Chinese maps; the formulas are public
and carry no names of their own. CGCS2000 equals WGS-84 to centimetres for parking.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import asin, atan2, cos, hypot, pi, radians, sin, sqrt

from parking.kernel.vocabulary import Datum

EARTH_RADIUS_M = 6_371_008.8
# Krasovsky 1940, on which the shift of GCJ-02 is reckoned.
_A = 6_378_245.0
_EE = 0.006_693_421_622_965_943
# A round that moves less than a millimetre leaves less than a hundredth of that; the bound is for pairs that
# no rounds bring together.
_CLOSE_DEGREES = 1e-8
_MOST_ROUNDS = 10
_BD = pi * 3000.0 / 180.0

Pair = tuple[float, float]
"""(latitude, longitude) in degrees."""


@dataclass(frozen=True, slots=True)
class Box:
    """A named rectangle of latitudes and longitudes in WGS-84 degrees, borders included."""

    name: str
    south: float
    west: float
    north: float
    east: float

    def __contains__(self, point: Pair) -> bool:
        lat, lon = point
        return self.south <= lat <= self.north and self.west <= lon <= self.east

    def distance_m(self, point: Pair) -> float:
        """Metres from a point to the nearest place of the box; 0 inside."""
        lat = min(max(point[0], self.south), self.north)
        lon = min(max(point[1], self.west), self.east)
        return distance_m(point, (lat, lon))


def distance_m(a: Pair, b: Pair) -> float:
    """Great-circle distance in metres between two WGS-84 points (haversine, sphere of mean radius)."""
    lat_a, lat_b = radians(a[0]), radians(b[0])
    h = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin(radians(b[1] - a[1]) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(h)))


def outside_china(lat: float, lon: float) -> bool:
    """True where the shifted datums are not defined; there they equal WGS-84."""
    return not (72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271)


def _shift(lat: float, lon: float) -> Pair:
    x, y = lon - 105.0, lat - 35.0
    wave = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + wave
    d_lat += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    d_lat += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + wave
    d_lon += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    d_lon += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    magic = 1 - _EE * sin(radians(lat)) ** 2
    return (
        d_lat * 180.0 / ((_A * (1 - _EE)) / (magic * sqrt(magic)) * pi),
        d_lon * 180.0 / (_A / sqrt(magic) * cos(radians(lat)) * pi),
    )


def _wgs84_to_gcj02(lat: float, lon: float) -> Pair:
    if outside_china(lat, lon):
        return lat, lon
    d_lat, d_lon = _shift(lat, lon)
    return lat + d_lat, lon + d_lon


def _gcj02_to_bd09(lat: float, lon: float) -> Pair:
    z = hypot(lon, lat) + 0.00002 * sin(lat * _BD)
    theta = atan2(lat, lon) + 0.000003 * cos(lon * _BD)
    return z * sin(theta) + 0.006, z * cos(theta) + 0.0065


def _wgs84_to_bd09(lat: float, lon: float) -> Pair:
    if outside_china(lat, lon):
        return lat, lon
    return _gcj02_to_bd09(*_wgs84_to_gcj02(lat, lon))


def _inverse(forward: Callable[[float, float], Pair], lat: float, lon: float) -> Pair:
    """Undo a shift by fixed-point iteration until it is far below a millimetre: about three rounds."""
    guess_lat, guess_lon = lat, lon
    for _ in range(_MOST_ROUNDS):
        got_lat, got_lon = forward(guess_lat, guess_lon)
        off_lat, off_lon = lat - got_lat, lon - got_lon
        guess_lat += off_lat
        guess_lon += off_lon
        if abs(off_lat) + abs(off_lon) < _CLOSE_DEGREES:
            break
    return guess_lat, guess_lon


def from_wgs84(lat: float, lon: float, datum: Datum) -> Pair:
    """A WGS-84 point as (lat, lon) of another datum; outside China all datums agree."""
    if datum is Datum.GCJ02:
        return _wgs84_to_gcj02(lat, lon)
    if datum is Datum.BD09:
        return _wgs84_to_bd09(lat, lon)
    return lat, lon


def to_wgs84(lat: float, lon: float, datum: Datum) -> Pair:
    """A point of another datum as WGS-84 (lat, lon); exact to well under a metre."""
    if datum is Datum.GCJ02:
        return _inverse(_wgs84_to_gcj02, lat, lon)
    if datum is Datum.BD09:
        return _inverse(_wgs84_to_bd09, lat, lon)
    return lat, lon
