"""Models of the look-up filled without a database: the same cards and views that the queries give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from parking.city.rules import Calendar, CityView, DistrictView, LandmarkView
from parking.kernel.geo import Box
from parking.kernel.vocabulary import SpaceClass
from parking.lookup.queries import Fees, Model, Window
from parking.lots.queries import LotCard, SpaceCard
from parking.lots.rules import HoursReader
from parking.occupancy.rules import CounterView
from parking.tariffs.queries import TariffBook
from parking.tariffs.queries.book import Timeline
from parking.tariffs.rules.document import read
from parking.tariffs.rules.versions import InForce

# A Friday, 10:00 in the city.
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LAT, LON = 32.06, 120.62
CITY = CityView(
    "试城市",
    "Test City",
    "320999",
    "Asia/Shanghai",
    (Box("市域", 31.9, 120.4, 32.2, 120.9),),
    (
        DistrictView("320999001", "城东街道", "Chengdong", 32.06, 120.64),
        DistrictView("320999002", "城西街道", "Chengxi", 32.06, 120.60),
    ),
    (LandmarkView("hospital", "人民医院", "People's Hospital", 32.061, 120.623),),
)


class SetClock:
    """A clock that says what the test says."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


def a_card(lot_id: str, lat: float = LAT, lon: float = LON, **fields: Any) -> LotCard:
    """A public lot with 100 spaces of class general, open hours unknown; `spaces` maps class to capacity or
    (capacity, access)."""
    spaces = fields.pop("spaces", {SpaceClass.GENERAL: 100})
    told: dict[str, Any] = {
        "id": lot_id,
        "code": f"C-{lot_id}",
        "name": f"停车场 {lot_id}",
        "name_en": None,
        "kind": "off_street",
        "type": "public",
        "district_code": "320999001",
        "address": None,
        "operator_name": None,
        "lat": lat,
        "lon": lon,
        "source_datum": "wgs84",
        "source_lat": lat,
        "source_lon": lon,
        "access": "public",
        "opening_hours": None,
        "hours_note": None,
        "max_height_cm": None,
        "filing_no": None,
        "connected_since_at": None,
        "etc_since_on": None,
        "spaces": tuple(
            SpaceCard(space_class, *(told if isinstance(told, tuple) else (told, None)))
            for space_class, told in spaces.items()
        ),
    }
    return LotCard(**(told | fields))


def a_view(
    lot_id: str,
    free: int,
    *,
    space_class: SpaceClass = SpaceClass.GENERAL,
    age_s: float = 0,
    as_of: datetime | None = None,
    limits: tuple[int, int] = (300, 900),
) -> CounterView:
    """A counter that told `free` spaces `age_s` seconds before NOW."""
    told_at = as_of or NOW - timedelta(seconds=age_s)
    return CounterView(lot_id, space_class, "free", free, told_at, "feed", (), *limits, None, 0)


def by_lot(views: Iterable[CounterView]) -> dict[str, tuple[CounterView, ...]]:
    sorted_out: dict[str, tuple[CounterView, ...]] = {}
    for view in views:
        sorted_out[view.lot_id] = (*sorted_out.get(view.lot_id, ()), view)
    return sorted_out


@cache
def _reader(time_zone: str) -> HoursReader:
    """One reader for all models: it keeps what it worked out."""
    return HoursReader(Calendar(years=frozenset({2026})), time_zone)


def a_model(
    cards: Iterable[LotCard],
    views: Iterable[CounterView] = (),
    *,
    now: datetime = NOW,
    city: CityView = CITY,
    book: TariffBook | None = None,
    windows: Iterable[Window] = (),
) -> Model:
    """A model of these lots as they are told at `now`, with the tariffs of a book."""
    fees = Fees(book or a_book({}))
    return Model.filled(city, _reader(city.time_zone), cards, by_lot(views), now, fees, windows=windows)


@cache
def hourly(fen: int, free_minutes: int = 0) -> InForce:
    """A version that was always in force: so much for each begun hour, some minutes free."""
    band: dict[str, Any] = {"from": "00:00", "until": "24:00"}
    if fen:
        band["steps"] = [{"fen": fen, "unit_minutes": 60}]
    plan: dict[str, Any] = {"schedules": [{"bands": [band]}]}
    if free_minutes:
        plan["free"] = {"minutes": free_minutes}
    rules = read({"time_zone": "Asia/Shanghai", "plans": {"standard": plan}})
    told = f"hourly-{fen}-{free_minutes}"
    return InForce(
        datetime(2020, 1, 1, tzinfo=UTC), rules, version_id=told, tariff_id=told, number=1, name="按小时"
    )


def a_book(
    lots: Mapping[str, InForce | Iterable[InForce]], tariffs: Mapping[str, InForce] | None = None
) -> TariffBook:
    """Tariffs by lot: one version that always holds, or several by the time at which each begins.

    `tariffs` are those that agreements may name, by their ids.
    """
    told = {
        lot_id: [versions] if isinstance(versions, InForce) else list(versions)
        for lot_id, versions in lots.items()
    }
    book = TariffBook.made_of(Calendar(years=frozenset({2026})), told)
    return replace(book, tariffs={each: Timeline.of([version]) for each, version in (tariffs or {}).items()})


def with_free(
    free: Mapping[str, int | None], lats: Mapping[str, float] | None = None, **fields: Any
) -> Model:
    """A model of lots by id with a free number each (None: no count), 111 m apart going north."""
    cards = [
        a_card(lot_id, lat=(lats or {}).get(lot_id, LAT + number * 0.001), **fields)
        for number, lot_id in enumerate(free)
    ]
    return a_model(cards, [a_view(lot_id, told) for lot_id, told in free.items() if told is not None])
