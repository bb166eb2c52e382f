"""Where is the reader going, which lots answer, and what could be loosened when none does?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from flask_babel import gettext

from parking.city.rules import CityView
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import Access
from parking.lookup.queries import Lookup, LotView, PageWish, Place, Wish
from parking.lookup.rules import MAX_LIMIT, access_mask, fold
from parking.portals.citizen.forms import RADII_M, Search
from parking.portals.citizen.shares import with_share
from parking.portals.citizen.views import Row, name_of, row_of, serves_cars

_PLACES = 30
_OTHER_PLACES = 4
# A town or sub-district is wider than a walk.
_DISTRICT_RADIUS_M = 3_000


@dataclass(frozen=True, slots=True)
class Centre:
    """The point that is searched around, WGS-84, and what it is called.

    `kind` is district, place, point or default; `lot_id` is set where the place is a lot itself.
    """

    kind: str
    lat: float
    lon: float
    name: str | None = None
    name_lang: str | None = None
    lot_id: str | None = None


@dataclass(frozen=True, slots=True)
class Loosening:
    """A change of the query that brings lots: the words, the parameters to set, how many lots it brings."""

    text: str
    changes: dict[str, object]
    lots: int


@dataclass(frozen=True, slots=True)
class Results:
    """An answer for a page. `centre` is None where lots were found by name."""

    search: Search
    city: CityView
    now: datetime
    rows: tuple[Row, ...]
    centre: Centre | None
    others: tuple[Place, ...] = ()
    loosenings: tuple[Loosening, ...] = ()
    more: bool = False
    problems: tuple[FieldProblem, ...] = ()

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.city.time_zone)


def find(lookup: Lookup, search: Search, now: datetime) -> Results:
    """Answer a search. Raises ModelNotFilled while the process is still reading the city."""
    city = lookup.city
    if search.problems:
        return Results(search, city, now, (), None, problems=search.problems)
    places = lookup.search(search.text, _PLACES) if search.text and not search.point else []
    place = _meant(search.text, places)
    centre = _centre(search, city, place)
    if centre is None:
        return _by_name(lookup, search, now, places)
    if centre.kind == "district" and "radius" not in search.raw:
        search = replace(search, radius_m=_DISTRICT_RADIUS_M)
    if not city.touches(centre.lat, centre.lon, search.radius_m):
        outside = FieldProblem("lat", "outside_city", N_("这个位置不在本市范围内"))
        return Results(search, city, now, (), None, problems=(outside,))
    views = _near(lookup, search, centre, now)
    if centre.lot_id:
        # Whoever names a lot sees it first, whatever its state and whoever may use it.
        views = [
            lookup.one(centre.lot_id, search.planned(now)),
            *(view for view in views if view.card.id != centre.lot_id),
        ]
    return Results(
        search=search,
        city=city,
        now=now,
        rows=_rows(lookup, views[: search.rows], search, ZoneInfo(city.time_zone)),
        centre=centre,
        # Lots of the same name stand in the list anyway.
        others=tuple(each for each in places if each is not place and each.kind != "lot")[:_OTHER_PLACES],
        loosenings=() if views else tuple(_loosenings(lookup, search, centre, now)),
        more=len(views) > search.rows,
    )


def chosen(lookup: Lookup, ids: Iterable[str], now: datetime) -> tuple[Row, ...]:
    """The rows of lots by their ids, in that order; ids of lots that are no more are passed over."""
    model, city = lookup.model, lookup.city
    search = Search()
    planned = search.planned(now)
    known = [lookup.one(lot_id, planned) for lot_id in dict.fromkeys(ids) if model.entry(lot_id) is not None]
    return _rows(lookup, known, search, ZoneInfo(city.time_zone))


def default_centre(city: CityView) -> Centre:
    """Where a reader goes who says nothing: the landmark that the profile's `site.centre` names, else the
    first one, else the middle of the bounds."""
    if city.landmarks:
        named = city.told("site.centre")
        mark = next((each for each in city.landmarks if each.id == named), city.landmarks[0])
        return Centre("default", mark.lat, mark.lon, *name_of(mark.name_zh, mark.name_en))
    box = city.boxes[0]
    return Centre("default", (box.south + box.north) / 2, (box.west + box.east) / 2)


def _meant(text: str, places: list[Place]) -> Place | None:
    """The place that a text most likely means; None where it names several lots or nothing.

    What bears exactly this name, else a landmark or district before any lot, for people say where they go.
    """
    exact = next((each for each in places if fold(text) in (fold(each.name), fold(each.name_en or ""))), None)
    somewhere = next((each for each in places if each.kind != "lot"), None)
    return exact or somewhere or (places[0] if len(places) == 1 else None)


def _centre(search: Search, city: CityView, place: Place | None) -> Centre | None:
    if search.point:
        return Centre("point", *search.point)
    if not search.text:
        return default_centre(city)
    if place is None:
        return None
    kind = "district" if place.kind == "district" else "place"
    lot_id = place.id if place.kind == "lot" else None
    return Centre(kind, place.lat, place.lon, *name_of(place.name, place.name_en), lot_id)


def _by_name(lookup: Lookup, search: Search, now: datetime, places: list[Place]) -> Results:
    city = lookup.city
    wish = PageWish(
        limit=min(search.rows + 1, MAX_LIMIT),
        text=search.text,
        space_class=search.space_class,
        access_mask=_mask(search),
        stay=search.planned(now),
    )
    views = lookup.page(wish).answer.views()
    best = {place.id: order for order, place in enumerate(places)}
    views.sort(key=lambda view: best.get(view.card.id, len(best)))
    return Results(
        search=search,
        city=city,
        now=now,
        rows=_rows(lookup, views[: search.rows], search, ZoneInfo(city.time_zone)),
        centre=None,
        more=len(views) > search.rows,
    )


def _rows(lookup: Lookup, views: Iterable[LotView], search: Search, zone: tzinfo) -> tuple[Row, ...]:
    rows = []
    for number, view in enumerate(views, start=1):
        opening = lookup.model.opening(view.card, search.at) if search.at else None
        tides = lookup.model.tides.at(view.card.id, search.at) if search.at else None
        stay = search.planned(view.now)
        wanted = search.space_class
        row = row_of(view, number, zone, space_class=wanted, opening=opening, stay=stay, tides=tides)
        rows.append(with_share(row, view, zone, stay))
    return tuple(rows)


def _mask(search: Search) -> int:
    return access_mask({Access.PUBLIC, search.access or Access.PUBLIC})


def _wish(search: Search, centre: Centre, now: datetime) -> Wish:
    planned = search.planned(now)
    return Wish(
        lat=centre.lat,
        lon=centre.lon,
        radius_m=search.radius_m,
        limit=MAX_LIMIT,
        sort=search.sort,
        space_class=search.space_class,
        min_free=search.min_free,
        open_at=search.at or (now if search.open_now else None),
        height_cm=search.height_cm,
        access_mask=_mask(search),
        open_until=planned.leave_at if search.open_now else None,
        stay=planned,
        max_fee_fen=search.max_fee_fen,
    )


def _loosenings(lookup: Lookup, search: Search, centre: Centre, now: datetime) -> Iterable[Loosening]:
    """What to change, one thing at a time, so that lots appear; the number is counted, not promised."""
    tries: list[tuple[bool, str, dict[str, object], Search]] = [
        (bool(search.min_free), gettext("不限空位数"), {"min_free": None}, replace(search, min_free=0)),
        (
            bool(search.space_class),
            gettext("不限车位种类"),
            {"class": None},
            replace(search, space_class=None),
        ),
        (
            bool(search.height_cm),
            gettext("不填车辆高度"),
            {"height": None},
            replace(search, height_cm=None),
        ),
        (
            bool(search.open_now or search.at),
            gettext("不限开放时间"),
            {"open": None, "at": None},
            replace(search, open_now=False, at=None),
        ),
    ]
    if search.max_fee_fen is not None:
        tries.insert(0, (True, gettext("不限费用"), {"max_fee": None}, replace(search, max_fee_fen=None)))
    for is_set, text, changes, looser in tries:
        if is_set and (lots := len(_near(lookup, looser, centre, now))):
            yield Loosening(text, changes, lots)
    for radius_m in RADII_M:
        if radius_m > search.radius_m:
            wider = replace(search, radius_m=radius_m)
            if lots := len(_near(lookup, wider, centre, now)):
                text = gettext("扩大到 %(km)s 公里以内", km=f"{radius_m / 1000:g}")
                yield Loosening(text, {"radius": radius_m}, lots)
                return


def _near(lookup: Lookup, search: Search, centre: Centre, now: datetime) -> list[LotView]:
    """What answers around a point, in order, at most 100; without a class it has to serve cars."""
    views = lookup.nearby(_wish(search, centre, now)).views()
    return views if search.space_class else [view for view in views if serves_cars(view)]
