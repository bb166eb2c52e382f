"""Does each map get the entrance in its own datum?"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from parking.kernel.geo import distance_m, to_wgs84
from parking.kernel.vocabulary import Datum
from parking.portals.citizen.navigation import hand_overs

ENTRANCE = (32.0616, 120.6243)


def query(number: int, name: str = "人民医院 东门") -> dict[str, str]:
    parts = urlsplit(hand_overs(name, *ENTRANCE)[number].url)
    return {key: values[0] for key, values in parse_qs(parts.query).items()}


@pytest.mark.parametrize(
    ("number", "datum", "pair"),
    [
        (0, Datum.GCJ02, lambda told: told["to"].split(",")[1::-1]),
        (1, Datum.BD09, lambda told: told["destination"].removeprefix("latlng:").split("|")[0].split(",")),
        (2, Datum.GCJ02, lambda told: told["tocoord"].split(",")),
    ],
)
def test_the_point_comes_back_to_the_entrance_within_a_metre(number, datum, pair) -> None:
    lat, lon = map(float, pair(query(number)))
    assert distance_m(to_wgs84(lat, lon, datum), ENTRANCE) < 1
    # Read as WGS-84 the same numbers lie hundreds of metres away: the datum is no formality.
    assert distance_m((lat, lon), ENTRANCE) > 300


def test_each_map_is_told_the_datum_and_the_name() -> None:
    amap, baidu, tencent = (query(number) for number in range(3))
    assert (amap["coordinate"], baidu["coord_type"]) == ("gaode", "bd09ll")
    assert amap["to"].endswith(",人民医院 东门")
    assert baidu["destination"].endswith("|name:人民医院 东门")
    assert tencent["to"] == "人民医院 东门"


def test_a_name_cannot_break_out_of_its_place() -> None:
    amap, baidu = query(0, "东门,1,2|&to=x"), query(1, "东门|latlng:0,0")
    assert amap["to"].count(",") == 2
    assert baidu["destination"].count("|") == 1
