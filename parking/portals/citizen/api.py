"""Where may one park, for machines? The public JSON of the look-up, without a login."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, request

from parking.kernel.errors import N_, FieldProblem
from parking.kernel.geo import from_wgs84, to_wgs84
from parking.kernel.vocabulary import Datum
from parking.lookup.errors import OutsideCity
from parking.lookup.queries import Answer, LotView, PageWish, PlannedStay, Wish
from parking.portals._http.api import ApiBlueprint
from parking.portals._http.etags import tagged
from parking.portals._http.negotiation import GEOJSON, JSON, geojson_asked
from parking.portals._http.services import services
from parking.portals.citizen.arguments import (
    LotArguments,
    LotsArguments,
    NearbyArguments,
    PlacesArguments,
    QuoteArguments,
)
from parking.portals.citizen.detail import detail_of
from parking.portals.citizen.quoted import quote_told
from parking.portals.citizen.schemas import (
    LotDetailSchema,
    LotsPageSchema,
    NearbyPageSchema,
    PlacesPageSchema,
    QuoteSchema,
)
from parking.portals.citizen.values import cursor_after
from parking.tariffs.rules.errors import StayRefused
from parking.tariffs.rules.quotes import Stay
from parking.tariffs.rules.tariff import VehicleClass

DESCRIPTION = """Live parking: which lots there are, and where one may park now. No key, no login.

* A number carries `as_of`, `age_s`, `quality` and `marks`. **Unknown is `null`**: neither zero nor full.
* The answers hold what a stranger may use; ask for more with `access`.
* Coordinates are WGS-84 unless `crs` says otherwise (`gcj02`: Amap, Tencent; `bd09`: Baidu).
* `Accept: application/geo+json` answers GeoJSON, always WGS-84.
* Every answer has a strong `ETag` that covers all but the ages: send it as `If-None-Match`.
* Errors are `application/problem+json` (RFC 9457); the fields concerned are in `errors`.
"""

blueprint = ApiBlueprint(
    "lots", __name__, url_prefix="/api/v1", description="Lots and their free spaces / 停车场与空位"
)
_JSON = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


@blueprint.route("/lots/nearby", methods=["GET"])
@blueprint.arguments(NearbyArguments(), location="query")
@blueprint.response(200, NearbyPageSchema)
@blueprint.alt_response(200, schema={"type": "object"}, content_type=GEOJSON, success=True)
@blueprint.alt_response(304, description="What you have is what we would answer, but for the ages.")
def nearby(asked: Mapping[str, Any]) -> Response:
    """Lots near a point, in an order that you choose.

    `best` sorts by one number, in metres of walking: the distance, and 600 m (what a driver who is turned
    away loses) times the chance of being turned away, which is reckoned as 1 / (1 + free). So 3 free spaces
    at the door (150 m) beat 50 free ones 200 m away (212 m), and a full lot is worth a walk of up to 600 m
    more. Unknown counts like a single free space: worse than any known to have more, better than full.
    A point is refused (422 `outside_city`) when its circle does not touch the city's bounds. With `stay` each
    lot tells what it costs, by the tariffs that are published for the time of the stay, and lots that close
    before it ends come after the others (`closed_from_at`). `shared` tells of spaces that are lent for the
    whole of it, also at lots that strangers may not use otherwise.
    """
    datum = asked["crs"]
    lat, lon, radius = asked["lat"], asked["lon"], asked["radius"]
    if datum is not Datum.WGS84:
        lat, lon = to_wgs84(lat, lon, datum)
    lookup = services().lookup
    city = lookup.city
    if not (city.contains(lat, lon) or city.touches(lat, lon, radius)):
        raise _outside(city.name_zh, radius, swapped=-90 <= lon <= 90 and city.touches(lon, lat, radius))
    stay = _planned(asked)
    open_at = asked["at"]
    if open_at is None and asked["open_now"]:
        open_at = stay.arrive_at if stay else services().clock.now()
    answer = lookup.nearby(
        Wish(
            lat,
            lon,
            radius,
            asked["limit"],
            asked["sort"],
            asked["space_class"],
            asked["min_free"],
            open_at,
            asked["height_cm"],
            asked["access"],
            stay.leave_at if stay and asked["open_now"] else None,
            stay,
            asked["max_fee_fen"],
        )
    )
    return _page(answer, datum, None)


def _planned(asked: Mapping[str, Any]) -> PlannedStay | None:
    if asked["stay"] is None:
        return None
    arrive_at = asked["arrive"] or asked["at"] or services().clock.now()
    return PlannedStay(arrive_at, asked["stay"], asked["vehicle"] or VehicleClass.SMALL)


@blueprint.route("/lots", methods=["GET"])
@blueprint.arguments(LotsArguments(), location="query")
@blueprint.response(200, LotsPageSchema)
@blueprint.alt_response(200, schema={"type": "object"}, content_type=GEOJSON, success=True)
@blueprint.alt_response(304, description="What you have is what we would answer, but for the ages.")
def lots(asked: Mapping[str, Any]) -> Response:
    """All lots, page by page.

    In the order of their ids: lots that come or go while you read shift nobody else.
    """
    page = services().lookup.page(
        PageWish(
            limit=asked["limit"],
            after=asked["cursor"],
            district=asked["district"],
            text=asked["q"],
            space_class=asked["space_class"],
            access_mask=asked["access"],
        )
    )
    following = None
    if page.next_after is not None:
        kept = [(name, value) for name, value in request.args.items() if name != "cursor"]
        following = f"{request.path}?{urlencode([*kept, ('cursor', cursor_after(page.next_after))])}"
    return _page(page.answer, asked["crs"], following)


@blueprint.route("/lots/<string:lot_id>", methods=["GET"])
@blueprint.arguments(LotArguments(), location="query")
@blueprint.response(200, LotDetailSchema)
@blueprint.alt_response(200, schema={"type": "object"}, content_type=GEOJSON, success=True)
@blueprint.alt_response(304, description="What you have is what we would answer, but for the ages.")
def lot(asked: Mapping[str, Any], lot_id: str) -> Response:
    """One lot with everything that is public of it."""
    datum: Datum = asked["crs"]
    geojson = geojson_asked(datum)
    lookup = services().lookup
    view = lookup.one(lot_id)
    told = detail_of(view, datum, lookup.city, lookup.windows(lot_id))
    timeless = {**told, "counts": [{**count, "age_s": None} for count in told["counts"]]}
    tag = blake2b(orjson.dumps(timeless, option=_JSON), digest_size=12).hexdigest()
    body = orjson.dumps(told, option=_JSON)
    if geojson:
        return tagged(_feature(view, body), f"g{tag}", GEOJSON)
    return tagged(body, tag, JSON)


@blueprint.route("/lots/<string:lot_id>/quote", methods=["GET"])
@blueprint.arguments(QuoteArguments(), location="query")
@blueprint.response(200, QuoteSchema)
@blueprint.alt_response(304, description="What you have is what we would answer.")
def quote(asked: Mapping[str, Any], lot_id: str) -> Response:
    """What a stay of a stranger costs at a lot, and why: the lines add up to the fee.

    By the tariff in force when the stay begins, and those published to follow it; by that of a shared window
    (`window_id`) where it holds the whole stay and the lot's own spaces are not for strangers then. Money is
    whole fen. `price` tells `free` (never charges), `priced` and `unknown` apart: where nobody told a price,
    `fee_fen` is null.
    """
    stay = Stay(asked["from_at"], asked["to_at"], asked["vehicle"])
    try:
        priced = services().lookup.quote(lot_id, stay)
    except StayRefused as problem:
        told = FieldProblem("to", problem.code, problem.text, problem.params)
        raise type(problem)(problems=[told], **problem.params) from None
    body = orjson.dumps(quote_told(lot_id, stay, priced), option=_JSON)
    response = tagged(body, blake2b(body, digest_size=12).hexdigest(), JSON)
    response.vary.update(("Accept-Language", "Cookie"))
    return response


@blueprint.route("/places", methods=["GET"])
@blueprint.arguments(PlacesArguments(), location="query")
@blueprint.response(200, PlacesPageSchema)
def places(asked: Mapping[str, Any]) -> Response:
    """Landmarks, districts and lots that some words may mean, best first.

    The same word comes before names that begin with it, those before names that contain it, and those before
    lots that have it in their address only; equally good, landmarks come before districts and lots.
    """
    datum = asked["crs"]
    items = []
    for place in services().lookup.search(asked["q"], asked["limit"]):
        lat, lon = from_wgs84(place.lat, place.lon, datum)
        items.append(
            {
                "kind": place.kind,
                "id": place.id,
                "name": place.name,
                "name_en": place.name_en,
                "lat": lat,
                "lon": lon,
                "district": place.district_code,
            }
        )
    body = orjson.dumps({"items": items, "next": None})
    return tagged(body, blake2b(body, digest_size=12).hexdigest(), JSON)


def _page(answer: Answer, datum: Datum, following: str | None) -> Response:
    geojson = geojson_asked(datum)
    items, digest = answer.rendered(datum)
    more = b"null" if following is None else orjson.dumps(following)
    tag = digest.hex()
    if following is not None:
        tag += blake2b(more, digest_size=4).hexdigest()
    if geojson:
        features = map(_feature, answer.views(), items)
        body = b'{"type":"FeatureCollection","features":[%b],"next":%b}' % (b",".join(features), more)
        return tagged(body, f"g{tag}", GEOJSON)
    return tagged(b'{"items":[%b],"next":%b}' % (b",".join(items), more), tag, JSON)


def _feature(view: LotView, properties: bytes) -> bytes:
    head = orjson.dumps(
        {
            "type": "Feature",
            "id": view.card.id,
            "geometry": {"type": "Point", "coordinates": [view.card.lon, view.card.lat]},
        }
    )
    return b'%b,"properties":%b}' % (head[:-1], properties)


def _outside(city: str, radius: float, *, swapped: bool) -> OutsideCity:
    if swapped:
        code, text = "swapped_coordinates", N_("经度和纬度好像写反了")
    else:
        code, text = "outside_city", N_("不在本市范围内")
    problems: Sequence[FieldProblem] = [FieldProblem(name, code, text) for name in ("lat", "lon")]
    return OutsideCity(problems=problems, city=city, radius_m=int(radius))
