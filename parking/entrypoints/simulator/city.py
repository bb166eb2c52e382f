"""Which lots and sources does the simulator play? What the files of the demo city say, in its own words."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from parking.entrypoints import demo_city
from parking.entrypoints.simulator.course import Course
from parking.kernel.geo import to_wgs84
from parking.kernel.vocabulary import Datum

# The classes that barriers and bay sensors count; what has two wheels is not counted live.
COUNTED = {
    "普通": "general",
    "无障碍": "accessible",
    "充电": "charging",
    "机械": "mechanical",
    "人防": "civil_defence",
    "货车": "truck",
    "大客车": "bus",
}


class Document(StrEnum):
    """In which dialect a source answers."""

    PLAIN = "plain"
    PARKAPI_V1 = "parkapi_v1"
    TABLE = "datex2_table"
    TABLE_GENERIC = "datex2_table_generic"
    FACILITY = "datex2_facility"
    FACILITY_GENERIC = "datex2_facility_generic"
    TOWN = "town"


class Play(StrEnum):
    """What a source does to those who pull it."""

    GOOD = "good"
    SILENT = "silent"
    FROZEN = "frozen"
    LYING = "lying"
    BROKEN = "broken"
    EMPTY = "empty"
    SLOW = "slow"
    HANGING = "hanging"
    WRONG_TYPE = "wrong_type"
    WITH_UNKNOWN_LOT = "with_unknown_lot"
    STATIC_DIFFERS = "static_differs"


@dataclass(frozen=True, slots=True)
class PlayedLot:
    """A lot as its operator knows it: WGS-84 degrees, centimetres, spaces by class."""

    external_id: str
    code: str
    name: str
    lat: float
    lon: float
    address: str
    operator: str
    on_street: bool
    opening_hours: str
    max_height_cm: int | None
    course: Course
    spaces: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PlayedSource:
    """One operator's feed: where it is served, in which dialect, with which manners."""

    slug: str
    name: str
    live_path: str
    static_path: str
    document: Document
    plays: Play
    datum: Datum
    tells: str
    lots: tuple[PlayedLot, ...]
    # Records that stand in the document just so, in its own words.
    raw: tuple[Mapping[str, str], ...] = ()

    def counted(self, lot: PlayedLot) -> dict[str, int]:
        """The spaces by class that the feed tells: only the plain document knows more than one class."""
        if self.document is Document.PLAIN:
            return dict(lot.spaces)
        return {"general": lot.spaces.get("general", 0)}


@dataclass(frozen=True, slots=True)
class Counter:
    """One class of one connected lot, as `occupied_at` wants it."""

    lot_code: str
    space_class: str
    capacity: int
    course: Course


def read_city() -> tuple[PlayedSource, ...]:
    """The sources of the demo city with their lots. Raises KeyError when its files contradict each other."""
    rows = _rows()
    plays = tomllib.loads(demo_city.PLAYS.read_text("utf-8"))
    sources = {
        table["name"]: table for table in tomllib.loads(demo_city.SOURCES.read_text("utf-8"))["sources"]
    }
    courses = {code: Course(name) for name, codes in plays["courses"].items() for code in codes}
    return tuple(
        PlayedSource(
            slug=play["slug"],
            name=play["source"],
            live_path=source["live_path"],
            static_path=source["static_path"],
            document=Document(play["document"]),
            plays=Play(play["plays"]),
            datum=Datum(play.get("datum", Datum.WGS84)),
            tells=play.get("tells", "free"),
            lots=tuple(_lot(id_, rows[code], courses[code]) for id_, code in source["lots"].items()),
        )
        for play in plays["plays"]
        for source in (sources[play["source"]],)
    )


def read_offers() -> tuple[PlayedSource, ...]:
    """The feeds of the demo city that nobody has connected yet: one document tells lots and counts."""
    rows = _rows()
    offers = tomllib.loads(demo_city.PLAYS.read_text("utf-8"))["offers"]
    return tuple(
        PlayedSource(
            slug=offer["slug"],
            name=offer["name"],
            live_path=offer["path"],
            static_path=offer["path"],
            document=Document(offer["document"]),
            plays=Play.GOOD,
            datum=Datum(offer["datum"]),
            tells="free",
            lots=tuple(
                _lot(id_, {**rows[lot["like"]], **lot}, Course(lot["course"]))
                for id_, lot in offer["lots"].items()
            ),
            raw=tuple(offer["raw"]),
        )
        for offer in offers
    )


def connected_counters() -> tuple[Counter, ...]:
    """Every counter that the sources tell of: the demo writes today's history for these."""
    return tuple(
        Counter(lot.code, space_class, capacity, lot.course)
        for source in read_city()
        for lot in source.lots
        for space_class, capacity in source.counted(lot).items()
    )


def _rows() -> dict[str, dict[str, str]]:
    with demo_city.LOTS.open(encoding="utf-8-sig", newline="") as file:
        return {row["编号"]: row for row in csv.DictReader(file)}


def _lot(external_id: str, row: Mapping[str, str], course: Course) -> PlayedLot:
    lat, lon = to_wgs84(float(row["纬度"]), float(row["经度"]), Datum(row["坐标系"]))
    return PlayedLot(
        external_id=external_id,
        code=row["编号"],
        name=row["名称"],
        lat=lat,
        lon=lon,
        address=row["地址"],
        operator=row["经营单位"],
        on_street=row["类别"] == "路内",
        opening_hours=row["开放时间"],
        max_height_cm=int(row["限高"]) if row["限高"] else None,
        course=course,
        spaces={name: int(row[column]) for column, name in COUNTED.items() if row[column]},
    )
