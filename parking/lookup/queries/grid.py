"""Which lots lie around a point, without looking at the others?

A uniform grid over latitudes and longitudes. Lots are ordered by cell, so that a line of cells is one slice
of every column. A library's tree was measured first: a single question costs scipy's cKDTree 30 to 45 µs, of
which 28 are spent before it searches, and its answer scatters over the columns; the grid takes a third.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, inf, pi, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from parking.kernel.geo import EARTH_RADIUS_M

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

_LOTS_PER_CELL = 4
_MOST_LINES = 4096
_SMALLEST_DEGREES = 1e-5


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of a square of cells; every lot nearer than `covered_m` is among them."""

    rows: Rows
    covered_m: float


class Grid:
    """Positions in the order of their cells; `order` says which input stands in which row.

    Lots at one place keep the order in which they were given.
    """

    __slots__ = (
        "_columns",
        "_d_lat",
        "_d_lon",
        "_lines",
        "_rows",
        "_south",
        "_starts",
        "_west",
        "order",
        "xyz",
    )

    def __init__(self, lat: Floats, lon: Floats) -> None:
        """Latitudes and longitudes in WGS-84 degrees."""
        self._south, north = (float(lat.min()), float(lat.max())) if lat.size else (0.0, 0.0)
        self._west, east = (float(lon.min()), float(lon.max())) if lon.size else (0.0, 0.0)
        shrink = max(cos(radians((self._south + north) / 2)), 0.01)
        tall, wide = north - self._south, (east - self._west) * shrink
        side = max(
            sqrt(tall * wide * _LOTS_PER_CELL / max(lat.size, 1)),
            max(tall, wide) / _MOST_LINES,
            _SMALLEST_DEGREES,
        )
        self._d_lat, self._d_lon = side, side / shrink
        self._lines = int(tall / self._d_lat) + 1
        self._columns = int((east - self._west) / self._d_lon) + 1
        cells = self._cells(lat, lon)
        self.order: Rows = np.argsort(cells, kind="stable")
        counts = np.bincount(cells, minlength=self._lines * self._columns)
        self._starts: list[int] = [0, *np.cumsum(counts).tolist()]
        self._rows: Rows = np.arange(lat.size)
        self.xyz = on_sphere(lat[self.order], lon[self.order])

    def _cells(self, lat: Floats, lon: Floats) -> Rows:
        line = np.minimum(((lat - self._south) / self._d_lat).astype(np.intp), self._lines - 1)
        column = np.minimum(((lon - self._west) / self._d_lon).astype(np.intp), self._columns - 1)
        return line * self._columns + column

    def block(self, lat: float, lon: float, rings: int) -> Block:
        """The rows of the cell of a point and of `rings` rings of cells around it."""
        up, across = (lat - self._south) / self._d_lat, (lon - self._west) / self._d_lon
        line, column = int(up // 1), int(across // 1)
        bottom, top = line - rings, line + rings
        left, right = column - rings, column + rings
        first, last = max(left, 0), min(right, self._columns - 1)
        starts, rows, parts = self._starts, self._rows, []
        if first <= last:
            for cell in range(
                max(bottom, 0) * self._columns, (min(top, self._lines - 1) + 1) * self._columns, self._columns
            ):
                parts.append(rows[starts[cell + first] : starts[cell + last + 1]])
        covered = min(
            inf if bottom <= 0 else radians((up - bottom) * self._d_lat) * EARTH_RADIUS_M,
            inf if top >= self._lines - 1 else radians((top + 1 - up) * self._d_lat) * EARTH_RADIUS_M,
            inf if left <= 0 else to_meridian_m(lat, (across - left) * self._d_lon),
            inf if right >= self._columns - 1 else to_meridian_m(lat, (right + 1 - across) * self._d_lon),
        )
        return Block(np.concatenate(parts) if parts else rows[:0], covered)

    def rings_for(self, wanted: int) -> int:
        """How many rings probably hold `wanted` lots, half of which pass a filter."""
        return max(1, round(sqrt(2 * wanted / (pi * _LOTS_PER_CELL))))

    def rings_within(self, lat: float, radius_m: float) -> int:
        """How many rings hold every lot within a radius."""
        degrees = radius_m / EARTH_RADIUS_M * 180 / pi
        narrow = max(cos(radians(min(abs(lat) + degrees, 89.9))), 1e-3)
        return int(max(degrees / self._d_lat, degrees / narrow / self._d_lon)) + 1

    def arcs_m(self, rows: Rows, lat: float, lon: float) -> Floats:
        """Great-circle metres from a point to rows, by the chord through the sphere: as haversine."""
        phi, lam = radians(lat), radians(lon)
        away = self.xyz.take(rows, 0)
        away -= (
            EARTH_RADIUS_M * cos(phi) * cos(lam),
            EARTH_RADIUS_M * cos(phi) * sin(lam),
            EARTH_RADIUS_M * sin(phi),
        )
        half = np.sqrt(np.einsum("ij,ij->i", away, away))
        half /= 2 * EARTH_RADIUS_M
        arcs: Floats = np.arcsin(np.minimum(half, 1.0, out=half), out=half)
        arcs *= 2 * EARTH_RADIUS_M
        return arcs


def on_sphere(lat: Floats, lon: Floats) -> Floats:
    """Points on the sphere of mean radius, in metres from its middle."""
    phi, lam = np.radians(lat), np.radians(lon)
    return EARTH_RADIUS_M * np.column_stack(
        [np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)]
    )


def to_meridian_m(lat: float, degrees: float) -> float:
    """Metres that certainly lie between a point and a meridian `degrees` away."""
    if degrees >= 90:
        return EARTH_RADIUS_M * (pi / 2 - abs(radians(lat)))
    return EARTH_RADIUS_M * asin(cos(radians(lat)) * sin(radians(degrees)))
