"""Which lots fill a model of any size? The same ones each time, spread evenly over a city of 55 by 65 km."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from parking.city.rules import CityView
from parking.kernel.geo import Box
from parking.kernel.vocabulary import SpaceClass
from parking.lots.queries import LotCard, SpaceCard
from parking.occupancy.rules import CounterView

BOUNDS = Box("all", 31.80, 120.30, 32.30, 121.00)
CITY = CityView("测试市", "Bench City", "320699", "Asia/Shanghai", (BOUNDS,))
HOURS = ("24/7", "Mo-Su 06:00-22:00", "Mo-Fr 07:30-19:00; PH off", None)
# Four in ten are full or unknown.
_FREE = (0, 0, 0, 1, 3, 8, 20, 45, 90, None)


def made_up(lots: int, now: datetime) -> Iterator[tuple[LotCard, tuple[CounterView, ...]]]:
    """That many lots with a count each, which stay fresh for an hour."""
    chance = random.Random(7)
    for number in range(lots):
        lot_id = f"lot{number:09d}"
        free = chance.choice(_FREE)
        views = ()
        if free is not None:
            as_of = now - timedelta(seconds=chance.randrange(120))
            views = (
                CounterView(lot_id, SpaceClass.GENERAL, "free", free, as_of, "bench", (), 3600, 7200, 100, 0),
            )
        yield _card(lot_id, number, chance), views


def _card(lot_id: str, number: int, chance: random.Random) -> LotCard:
    lat, lon = chance.uniform(BOUNDS.south, BOUNDS.north), chance.uniform(BOUNDS.west, BOUNDS.east)
    return LotCard(
        id=lot_id,
        code=f"B{number:09d}",
        name=f"人民路第 {number} 停车场",
        name_en=None,
        kind="off_street",
        type="public",
        district_code="320699001",
        address=None,
        operator_name=None,
        lat=lat,
        lon=lon,
        source_datum="wgs84",
        source_lat=lat,
        source_lon=lon,
        access="public",
        opening_hours=HOURS[number % len(HOURS)],
        hours_note=None,
        max_height_cm=210,
        filing_no=None,
        connected_since_at=None,
        etc_since_on=None,
        spaces=(SpaceCard(SpaceClass.GENERAL, 100, None),),
    )


def points(many: int) -> list[tuple[float, float]]:
    """Points of the city to ask around."""
    chance = random.Random(11)
    return [
        (chance.uniform(BOUNDS.south, BOUNDS.north), chance.uniform(BOUNDS.west, BOUNDS.east))
        for _ in range(many)
    ]
