"""What is told of a single lot that was asked for by its id?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from parking.city.rules import CityView
from parking.kernel.geo import from_wgs84
from parking.kernel.vocabulary import Datum
from parking.lookup.queries import LotView, Window
from parking.lookup.queries.entries import tidal_told
from parking.lots.queries import EntranceCard


def detail_of(
    view: LotView, datum: Datum, city: CityView, windows: Iterable[tuple[Window, int]]
) -> dict[str, Any]:
    """A lot as the document of the interface describes it, points in `datum`; `windows` with what is left."""
    card = view.card
    lat, lon = from_wgs84(card.lat, card.lon, datum)
    names = {district.code: district.name_zh for district in city.districts}
    return {
        "id": card.id,
        "name": card.name,
        "lat": lat,
        "lon": lon,
        "access": card.access,
        "district": card.district_code,
        "open_now": view.open.is_open,
        "counts": _counts(view),
        "tidal": [tidal_told(each) for each in view.tides],
        "name_en": card.name_en,
        "kind": card.kind,
        "type": card.type,
        "district_name": names.get(card.district_code or ""),
        "address": card.address,
        "operator": card.operator_name,
        "opening_hours": card.opening_hours,
        "hours_note": card.hours_note,
        "open_changes_at": view.open.until_at,
        "max_height_cm": card.max_height_cm,
        "entrances": [_entrance(entrance, datum) for entrance in card.entrances],
        "bay_length_m": card.bay_length_m,
        "connected_since_at": card.connected_since_at,
        "etc_since_on": card.etc_since_on,
        "shared": [_window(window, left, view.now) for window, left in windows],
    }


def _window(window: Window, left: int, now: datetime) -> dict[str, Any]:
    return {
        "window_id": window.id,
        "class": window.space_class,
        "from_at": window.from_at,
        "until_at": window.until_at,
        "spaces": window.spaces,
        "left": left,
        "bookable": left > 0 and now < window.until_at,
    }


def _counts(view: LotView) -> list[dict[str, Any]]:
    return [
        {
            "class": count.space_class,
            "capacity": count.capacity,
            "free": count.free,
            "as_of": count.as_of,
            "age_s": max(int((view.now - count.as_of).total_seconds()), 0) if count.as_of else None,
            "quality": count.quality,
            "marks": count.marks,
            "source": count.source,
            "access": access,
            "drift": count.drift,
        }
        for count, access in zip(view.counts, view.accesses, strict=True)
    ]


def _entrance(entrance: EntranceCard, datum: Datum) -> dict[str, Any]:
    lat, lon = from_wgs84(entrance.lat, entrance.lon, datum)
    return {"name": entrance.name, "use": entrance.use, "lat": lat, "lon": lon}
