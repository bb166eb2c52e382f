"""Where may I park? The citizens' pages: list, map, one lot, favourites. No login, and no script needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Blueprint, Response, abort, make_response, render_template, request, send_file, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from parking.kernel.errors import FieldProblem
from parking.kernel.vocabulary import SPACE_CLASS_NAMES, SpaceClass
from parking.occupancy.queries import history
from parking.portals._http import formats
from parking.portals._http.i18n import language, size
from parking.portals._http.problems import sentence
from parking.portals._http.services import services
from parking.portals._http.tariff_texts import VEHICLES, stay_in_words
from parking.portals._http.texts import ACCESSES, STATES
from parking.portals.citizen.finding import Results, chosen, find
from parking.portals.citizen.forms import (
    FIELD_NAMES,
    MIN_FREES,
    MOST_YUAN,
    RADII_M,
    SORTS,
    STAYS_MINUTES,
    WIDER_ACCESSES,
    read_search,
)
from parking.portals.citizen.lot import day_began, lot_page
from parking.portals.citizen.shares import shared_part
from parking.portals.citizen.views import Row
from parking.sharing.queries.agreements import agreements

blueprint = Blueprint(
    "citizen",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/citizen",
)

REFRESH_S = 15
_MOST_FAVOURITES = 50
# What only the address of a page says, and no other page's address should repeat.
_OF_THE_PAGE = frozenset({"lang", "size", "view", "id"})
# What a reader told of his stay goes with him to the page of a lot.
_OF_A_STAY = ("at", "stay", "vehicle")
_VIEWS = {"list": "/", "map": "/map"}


@blueprint.get("/")
def lots_list() -> Response:
    """The list: a search form, its answer, and nothing that has to be waited for."""
    return _search_page("citizen/list.html", "list")


@blueprint.get("/map")
def lots_map() -> Response:
    """The same rows beside a map, numbered alike."""
    return _search_page("citizen/map.html", "map")


@blueprint.get("/rows")
def rows() -> Response:
    """The answer alone, for a page that renews itself; its tag covers everything but ages."""
    if "id" in request.args:
        here = services()
        lots = chosen(here.lookup, request.args.getlist("id")[:_MOST_FAVOURITES], here.clock.now())
        return _tagged("citizen/_chosen.html", lots, {"rows": lots})
    view = request.args.get("view", "list")
    if view not in _VIEWS:
        abort(404)
    results = _find()
    if results.problems:
        abort(422)
    centre = results.centre
    noticed = (results.rows, results.more, view, centre, [each.text for each in results.loosenings])
    return _tagged("citizen/_results.html", results.rows, _context(results, view), *noticed[1:])


@blueprint.get("/lots/<lot_id>")
def lot(lot_id: str) -> Response:
    """One lot: how to get in, when, what it costs, and what its day was like."""
    here = services()
    model, now = here.lookup.model, here.clock.now()
    search = read_search(request.args, model.city.time_zone)
    planned = search.planned(now)
    view = here.lookup.one(lot_id, planned)
    zone = formats.zone_of(model.city.time_zone)
    with here.sessions() as session:
        slots = history(session, lot_id, day_began(now, zone), now)
        windows = here.lookup.windows(lot_id)
        lent_by = {window.agreement_id for window, _ in windows}
        lenders = {each.id: each for each in agreements(session, ids=lent_by)} if lent_by else {}
    shared = shared_part(view, windows, lenders, zone, planned)
    page = replace(lot_page(view, model, slots, search), shared=shared)
    problems = [each for each in search.problems if each.field in _OF_A_STAY]
    return _page(
        "citizen/lot.html",
        422 if problems else 200,
        page=page,
        row=page.row,
        now=now,
        zone=zone,
        search=search,
        **_stay_words(problems, search.stay_minutes),
    )


@blueprint.get("/favourites")
def favourites() -> Response:
    """The lots that this browser remembers; the server does not know them until the browser asks."""
    return _page("citizen/favourites.html", 200)


@blueprint.get("/map/outlines.json")
def outlines() -> Response:
    """The districts' outlines and the landmarks as GeoJSON: a map that needs no tiles."""
    name = "name_zh" if language() == "zh" else "name_en"
    city = services().lookup.city
    features = [
        {
            "type": "Feature",
            "properties": {"name": getattr(each, name), "lat": each.lat, "lon": each.lon},
            "geometry": {"type": "Polygon", "coordinates": each.outline} if each.outline else None,
        }
        for each in city.districts
    ]
    features += [
        {
            "type": "Feature",
            "properties": {"name": getattr(each, name), "lat": each.lat, "lon": each.lon},
            "geometry": {"type": "Point", "coordinates": [each.lon, each.lat]},
        }
        for each in city.landmarks
    ]
    body = orjson.dumps({"type": "FeatureCollection", "features": features})
    response = Response(body, content_type="application/geo+json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.vary.update(("Accept-Language", "Cookie"))
    return response


@blueprint.get("/map/tiles.pmtiles")
def tiles() -> Response:
    """The deployer's own base map, one file, read by ranges."""
    path = services().map_pmtiles
    if path is None:
        abort(404)
    return send_file(path, mimetype="application/vnd.pmtiles", conditional=True, max_age=86_400)


def _find() -> Results:
    here = services()
    lookup = here.lookup
    return find(lookup, read_search(request.args, lookup.city.time_zone), here.clock.now())


def _search_page(template: str, view: str) -> Response:
    results = _find()
    return _page(template, 422 if results.problems else 200, **_context(results, view))


def _context(results: Results, view: str) -> dict[str, Any]:
    here = services()
    return {
        "results": results,
        "search": results.search,
        **_stay_words(results.problems, results.search.stay_minutes),
        "view": view,
        "now": results.now,
        "zone": results.zone,
        "link": partial(_link, _VIEWS[view]),
        "link_to": lambda other: _link(_VIEWS[other]),
        "most_yuan": MOST_YUAN,
        "rows_url": _link("/rows", view=view, lang=request.args.get("lang")),
        "refresh_s": REFRESH_S,
        "tianditu_key": here.map_tianditu_key,
        "has_tiles": here.map_pmtiles is not None,
        "sorts": SORTS,
        "min_frees": MIN_FREES,
        "radii": RADII_M,
        "classes": [each for each in SpaceClass if each is not SpaceClass.GENERAL],
        "class_names": SPACE_CLASS_NAMES,
        "accesses": WIDER_ACCESSES,
        "access_names": ACCESSES,
    }


def _stay_words(problems: Sequence[FieldProblem], asked: int) -> dict[str, Any]:
    """What the fields of a stay need, on every page that has them; `asked` minutes may be chosen too."""
    return {
        "problems": {each.field: sentence(each.text, each.params) for each in problems},
        "field_names": {name: gettext(text) for name, text in FIELD_NAMES.items()},
        "stays": {each: stay_in_words(timedelta(minutes=each)) for each in sorted({*STAYS_MINUTES, asked})},
        "vehicles": VEHICLES,
    }


def _page(template: str, status: int, **context: Any) -> Response:
    links = {"link_lot": _link_lot, "link_book": link_book}
    told = render_template(template, formats=formats, states=STATES, told=_told, **links, **context)
    response = make_response(told, status)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _tagged(template: str, lots: tuple[Row, ...], context: dict[str, Any], *noticed: object) -> Response:
    told = repr(([row.content for row in lots], noticed, language(), size()))
    response = _page(template, 200, **context)
    response.set_etag(blake2b(told.encode(), digest_size=12).hexdigest(), weak=True)
    response.make_conditional(request)
    return response


def _told(text: str) -> str:
    """A text of the vocabulary in the reader's language."""
    return gettext(text)


def _link_lot(lot_id: str) -> str:
    """The page of a lot for the stay that the reader told."""
    kept: dict[str, Any] = {name: value for name in _OF_A_STAY if (value := request.args.get(name))}
    return url_for("citizen.lot", lot_id=lot_id, **kept)


def link_book(lot_id: str, window_id: str) -> str:
    """The form that books a space of a window, for the stay that the reader told."""
    kept: dict[str, Any] = {name: value for name in ("at", "stay") if (value := request.args.get(name))}
    return url_for("booking.ask", lot_id=lot_id, window=window_id, **kept)


def _link(path: str, **changes: object) -> str:
    """Another address for the same search, with some of it changed; None takes a part away."""
    args: MultiDict[str, str] = request.args
    kept = [(k, v) for k, v in args.items(multi=True) if k not in changes and k not in _OF_THE_PAGE and v]
    kept += [(name, str(value)) for name, value in changes.items() if value is not None]
    return path + ("?" + urlencode(kept) if kept else "")
