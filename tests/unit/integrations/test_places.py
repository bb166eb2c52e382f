"""Is a pair of numbers placed by the system of its source, anywhere on earth?"""

import pytest

from integrations.places import check_crs, place
from integrations.records import Refused
from parking.boundary.feeds import FeedBroken, ProblemKind
from parking.kernel.geo import distance_m


# Published or computed pairs: (system, north, east, lat, lon).
@pytest.mark.parametrize(
    ("crs", "north", "east", "lat", "lon"),
    [
        ("EPSG:25832", 5402496.0, 512788.0, 48.775336, 9.174055),
        ("epsg:32632", 5402496.0, 512788.0, 48.775336, 9.174055),
        ("EPSG:4549", 3548685.19, 558595.22, 32.0601, 120.6205),
        ("EPSG:4490", 32.0601, 120.6205, 32.0601, 120.6205),
        ("EPSG:4326", -33.87, 151.21, -33.87, 151.21),
        ("cgcs2000", 32.0601, 120.6205, 32.0601, 120.6205),
    ],
)
def test_a_pair_is_placed_to_the_metre(crs: str, north: float, east: float, lat: float, lon: float) -> None:
    found = place(north, east, crs)
    assert distance_m((found["lat"], found["lon"]), (lat, lon)) < 1
    assert (found["source_lat"], found["source_lon"]) == (north, east)


@pytest.mark.parametrize(
    ("crs", "north", "east"),
    [
        ("EPSG:25832", 48.775, 9.1759),
        ("EPSG:32632", 48.775, 9.1759),
        ("EPSG:4549", 32.06, 120.62),
        ("EPSG:25832", 512788.0, 5402496.0),
        ("EPSG:4549", 1e12, 1e12),
        ("wgs84", 90.1, 0.0),
        ("gcj02", 32.0, 180.5),
    ],
)
def test_a_pair_outside_its_system_is_out_of_range(crs: str, north: float, east: float) -> None:
    with pytest.raises(Refused) as caught:
        place(north, east, crs)
    assert caught.value.kind is ProblemKind.OUT_OF_RANGE


@pytest.mark.parametrize("crs", ["wgs84", "EPSG:25832"])
def test_zero_zero_is_a_place_holder(crs: str) -> None:
    with pytest.raises(Refused) as caught:
        place(0, 0, crs)
    assert caught.value.kind is ProblemKind.PLACEHOLDER


@pytest.mark.parametrize("crs", ["", "WGS84", "EPSG:1", "EPSG:999999", "+proj=utm +zone=32", "EPSG:4326\n"])
def test_a_system_that_nobody_knows_breaks_the_feed(crs: str) -> None:
    with pytest.raises(FeedBroken):
        check_crs(crs)
