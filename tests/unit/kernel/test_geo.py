"""Are distances and datums right, east of Greenwich and far beyond?"""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from parking.kernel.geo import Box, distance_m, from_wgs84, outside_china, to_wgs84
from parking.kernel.vocabulary import Datum

LATS = st.floats(-89.9, 89.9)
LONS = st.floats(-180, 180)
IN_CHINA = st.tuples(st.floats(18.0, 53.0), st.floats(74.0, 134.0))


@pytest.mark.parametrize("lon", [0.0, 8.4, 89.9, 90.0, 90.1, 120.62, 151.2, 179.9, -122.4])
def test_peer_fault_8_ninety_metres_east_are_ninety_metres_at_every_longitude(lon):
    """A peer swaps latitude and longitude: 90 m measured 136 m, and beyond 90 E nothing was near."""
    here = (48.0, lon)
    east = (48.0, lon + 90 / (111_195.08 * 0.669130606))
    assert distance_m(here, east) == pytest.approx(90, abs=0.05)
    assert distance_m(here, (48.0 + 90 / 111_195.08, lon)) == pytest.approx(90, abs=0.05)


@pytest.mark.parametrize(
    ("a", "b", "metres"),
    [
        # Tiananmen to the Oriental Pearl tower, and Berlin to New York; spheroid lengths by GeographicLib.
        ((39.9087, 116.3975), (31.2397, 121.4998), 1_066_300),
        ((52.52, 13.405), (40.7128, -74.006), 6_385_000),
        ((0.0, 179.999), (0.0, -179.999), 222.4),
    ],
)
def test_known_distances_hold_to_half_a_percent(a, b, metres):
    assert distance_m(a, b) == pytest.approx(metres, rel=0.005)


@given(a=st.tuples(LATS, LONS), b=st.tuples(LATS, LONS))
def test_a_distance_is_the_same_both_ways_and_never_negative(a, b):
    assert distance_m(a, b) >= 0
    assert isclose(distance_m(a, b), distance_m(b, a), abs_tol=1e-6)
    assert distance_m(a, a) == 0


@pytest.mark.parametrize("lon", [9.18, 89.0, 91.0, 120.62])
def test_peer_fault_8_the_nearest_lot_is_found_beyond_ninety_degrees_east(lon):
    lots = {"near": (32.0601, lon), "far": (32.0600, lon + 0.01)}
    assert min(lots, key=lambda name: distance_m((32.06, lon), lots[name])) == "near"


# Points of the public description of the shift, to a metre.
@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((39.907375, 116.391349), (39.908778, 116.397592)),
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ],
)
def test_the_shift_to_gcj02_is_the_public_one(wgs84, gcj02):
    assert distance_m(from_wgs84(*wgs84, Datum.GCJ02), gcj02) < 1


def test_the_shift_from_gcj02_to_bd09_is_the_public_one():
    """The pair that the widely used converters show as their example."""
    wgs84 = to_wgs84(39.915, 116.404, Datum.GCJ02)
    assert distance_m(from_wgs84(*wgs84, Datum.BD09), (39.92133699351021, 116.41036949371029)) < 0.01
    assert distance_m(from_wgs84(39.915, 116.404, Datum.GCJ02), (39.9164042815, 116.4102444992)) < 0.01


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_a_shift_in_china_is_some_hundred_metres(datum):
    shifted = from_wgs84(32.06, 120.62, datum)
    assert 100 < distance_m((32.06, 120.62), shifted) < 2_000


@given(point=IN_CHINA, datum=st.sampled_from([Datum.GCJ02, Datum.BD09]))
@example(point=(32.06, 105.0), datum=Datum.BD09)
def test_a_point_comes_back_from_another_datum_to_a_millimetre(point, datum):
    there = from_wgs84(*point, datum)
    assume(not outside_china(*there))
    assert distance_m(to_wgs84(*there, datum), point) < 0.001


@given(lat=LATS, lon=LONS, datum=st.sampled_from(list(Datum)))
def test_outside_china_every_datum_is_wgs84(lat, lon, datum):
    assume(outside_china(lat, lon))
    assert from_wgs84(lat, lon, datum) == (lat, lon)


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.CGCS2000])
def test_cgcs2000_equals_wgs84(datum):
    assert from_wgs84(32.06, 120.62, datum) == to_wgs84(32.06, 120.62, datum) == (32.06, 120.62)


@pytest.mark.parametrize(
    "box",
    [
        Box("from the equator", 0.0, 9.0, 1.0, 10.0),
        Box("to the equator", -1.0, 9.0, 0.0, 10.0),
        Box("from Greenwich", 51.0, 0.0, 52.0, 1.0),
        Box("to Greenwich", 51.0, -1.0, 52.0, 0.0),
    ],
)
def test_peer_fault_12_a_box_with_a_bound_of_zero_has_that_bound(box):
    """A peer ignored a bound that equals 0."""
    middle = ((box.south + box.north) / 2, (box.west + box.east) / 2)
    assert middle in box
    for outside in (
        (box.south - 0.1, middle[1]),
        (box.north + 0.1, middle[1]),
        (middle[0], box.west - 0.1),
        (middle[0], box.east + 0.1),
    ):
        assert outside not in box
        assert box.distance_m(outside) > 5_000
    assert box.distance_m(middle) == 0
    assert (box.south, box.west) in box
    assert (box.north, box.east) in box
