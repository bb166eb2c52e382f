"""How does a phone's map take the driver to an entrance? Links of three maps, each in its own datum.

Amap and Tencent reckon in GCJ-02, Baidu in BD-09 here; a WGS-84 pair would end 300 to 900 m away.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from parking.kernel.errors import N_
from parking.kernel.geo import from_wgs84
from parking.kernel.vocabulary import Datum

_CALLER = "city-parking"


@dataclass(frozen=True, slots=True)
class HandOver:
    """A map's name (a msgid) and the address that starts its navigation."""

    name: str
    url: str


def hand_overs(name: str, lat: float, lon: float) -> tuple[HandOver, ...]:
    """The links of the three maps to a WGS-84 point, which they show under `name`."""
    return (
        HandOver(N_("高德地图"), _amap(name, lat, lon)),
        HandOver(N_("百度地图"), _baidu(name, lat, lon)),
        HandOver(N_("腾讯地图"), _tencent(name, lat, lon)),
    )


def _amap(name: str, lat: float, lon: float) -> str:
    """https://lbs.amap.com/api/uri-api/guide/travel/route: to=lon,lat,name; coordinate=gaode is GCJ-02."""
    lat, lon = from_wgs84(lat, lon, Datum.GCJ02)
    query = {
        "to": f"{lon:.6f},{lat:.6f},{name.replace(',', ' ')}",
        "mode": "car",
        "coordinate": "gaode",
        "src": _CALLER,
        "callnative": 1,
    }
    return "https://uri.amap.com/navigation?" + urlencode(query, quote_via=quote)


def _baidu(name: str, lat: float, lon: float) -> str:
    """https://lbsyun.baidu.com/faq/api?title=webapi/uri/web: destination=latlng:lat,lon|name:..., BD-09."""
    lat, lon = from_wgs84(lat, lon, Datum.BD09)
    query = {
        "origin": "我的位置",
        "destination": f"latlng:{lat:.6f},{lon:.6f}|name:{name.replace('|', ' ')}",
        "mode": "driving",
        "coord_type": "bd09ll",
        "output": "html",
        "src": _CALLER,
    }
    return "https://api.map.baidu.com/direction?" + urlencode(query, quote_via=quote)


def _tencent(name: str, lat: float, lon: float) -> str:
    """https://lbs.qq.com/webApi/uriV1/uriGuide/uriMobileRoute: tocoord=lat,lon in GCJ-02."""
    lat, lon = from_wgs84(lat, lon, Datum.GCJ02)
    query = {"type": "drive", "to": name, "tocoord": f"{lat:.6f},{lon:.6f}", "policy": 0, "referer": _CALLER}
    return "https://apis.map.qq.com/uri/v1/routeplan?" + urlencode(query, quote_via=quote)
