"""The grid promises how far it looked: nothing nearer may stand outside a block."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.kernel.geo import distance_m
from parking.lookup.queries.grid import Grid

CENTRES = [(32.06, 120.62), (0.0, 0.0), (-54.8, -68.3), (69.6, 18.9)]


def _spread(lots: int, lat: float, lon: float, side: float) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(5)
    return lat + chance.uniform(0, side, lots), lon + chance.uniform(0, side, lots)


@given(
    st.sampled_from(CENTRES),
    st.floats(-0.2, 0.6),
    st.floats(-0.2, 0.6),
    st.integers(0, 12),
    st.sampled_from([1, 60, 700]),
)
def test_every_lot_nearer_than_the_cover_stands_in_the_block(centre, up, across, rings, lots):
    lats, lons = _spread(lots, *centre, 0.4)
    grid = Grid(lats, lons)
    lat, lon = centre[0] + up, centre[1] + across
    block = grid.block(lat, lon, rings)
    inside = {int(grid.order[row]) for row in block.rows}
    assert len(inside) == block.rows.size
    outside = [place for place in range(lots) if place not in inside]
    away = [distance_m((lat, lon), (lats[place], lons[place])) for place in outside]
    assert min(away, default=np.inf) >= block.covered_m - 1e-6


@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("radius_m", [200.0, 5_000.0, 20_000.0])
def test_the_rings_of_a_radius_cover_it(centre, radius_m):
    grid = Grid(*_spread(700, *centre, 0.4))
    for step in range(-2, 7):
        lat, lon = centre[0] + step * 0.1, centre[1] + step * 0.07
        assert grid.block(lat, lon, grid.rings_within(lat, radius_m)).covered_m >= radius_m


def test_distances_are_haversine_from_centimetres_to_the_other_side_of_the_earth():
    lats, lons = (
        np.array([32.06, 32.0600001, 32.1, 33.0, -32.0]),
        np.array([120.62, 120.62, 120.7, 121.0, -59.0]),
    )
    grid = Grid(lats, lons)
    arcs = grid.arcs_m(np.arange(5), 32.06, 120.62)
    for row, arc in enumerate(arcs.tolist()):
        place = grid.order[row]
        assert arc == pytest.approx(distance_m((32.06, 120.62), (lats[place], lons[place])), abs=1e-3)


def test_lots_at_one_place_or_on_one_line_make_a_grid_too():
    for lats, lons in [([32.0] * 50, [120.0] * 50), ([32.0] * 50, list(np.linspace(120, 121, 50)))]:
        grid = Grid(np.array(lats), np.array(lons))
        assert sorted(grid.order.tolist()) == list(range(50))
        assert grid.block(32.0, 120.0, 5_000).rows.size == 50
