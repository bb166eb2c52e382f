"""What can a mapping say? The parts of one, as they are once its text was found sound."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from enum import StrEnum

from integrations.sources.mapped.paths import Path
from parking.kernel.vocabulary import SpaceClass


class Format(StrEnum):
    """What kind of document is read."""

    JSON = "json"
    GEOJSON = "geojson"
    XML = "xml"
    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Document:
    """How the bytes become records. `header`: the row of the columns' names from 1, 0 where there is none."""

    format: Format
    encoding: str | None = None
    packed: bool = False
    delimiter: str = ","
    header: int = 1
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """Where a value stands and how it is told.

    Several `paths` are joined, or with `first` the first that is told is taken; `constant` needs no path.
    `words` translates, `otherwise` stands for every other word. `unknown` holds what means "not known".
    """

    paths: tuple[Path, ...] = ()
    joined_by: str = " "
    first: bool = False
    constant: str | int | float | bool | None = None
    words: Table[str, str] | None = None
    otherwise: str | None = None
    unknown: frozenset[object] = frozenset()
    after: str | None = None
    before: str | None = None
    decimal: str = "."
    thousands: str = ""

    @property
    def label(self) -> str:
        """How a problem names the value: by the feed's own words."""
        return " + ".join(path.text for path in self.paths) or repr(self.constant)


@dataclass(frozen=True, slots=True)
class Time:
    """An instant: when the answer came (no value), or as text of a format, or as seconds since 1970.

    `unit_s` is the unit of an epoch in seconds. A format without a day means the last such time of day.
    """

    value: Value | None = None
    format: str | None = None
    unit_s: float | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """A record is read where its value is one of `among`, none of `not_among`, told or untold."""

    path: Path
    among: frozenset[object] | None = None
    not_among: frozenset[object] | None = None
    told: bool | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A lot's place: two values (latitude or northing, longitude or easting), or one that holds both."""

    north: Value | None = None
    east: Value | None = None
    both: Value | None = None
    north_first: bool = False
    crs: str | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """Opening hours told in two clock times for some days; `days` is constant ("Mo-Fr") or of the record."""

    opens: Value
    closes: Value
    days: tuple[int, ...] = ()
    days_told: Value | None = None


@dataclass(frozen=True, slots=True)
class Lots:
    """How static records become lots."""

    document: Document
    records: Path
    id: Value
    name: Value
    place: Pair | None
    where: tuple[Where, ...] = ()
    spaces: Table[SpaceClass, Value] = field(default_factory=dict)
    kind: Value | None = None
    access: Value | None = None
    address: Value | None = None
    operator: Value | None = None
    hours: Value | None = None
    week: tuple[Week, ...] = ()
    fees: Value | None = None
    max_height: Value | None = None
    max_height_in_metres: bool = False
    snapshot: Value | None = None


class Amount(StrEnum):
    """How a counter tells its number: in spaces, in per cent of the capacity, or as a share from 0 to 1."""

    FREE = "free"
    OCCUPIED = "occupied"
    FREE_PERCENT = "free_percent"
    OCCUPIED_PERCENT = "occupied_percent"
    FREE_SHARE = "free_share"
    OCCUPIED_SHARE = "occupied_share"


@dataclass(frozen=True, slots=True)
class Counter:
    """One number of a lot: its class, constant or told, what tells it, and the capacity it is of."""

    space_class: Value
    amounts: Table[Amount, Value]
    capacity: Value | None = None
    where: tuple[Where, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How live records become counts. `snapshot`: what tells apart the moments of a file of many."""

    document: Document
    records: Path
    id: Value
    time: Time
    counters: tuple[Counter, ...]
    where: tuple[Where, ...] = ()
    snapshot: Value | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """A sound mapping. What it does not say of zone and coordinates is said by its source."""

    title: str
    lots: Lots | None
    counts: Counts | None
    time_zone: str | None = None
    crs: str | None = None
    about: str = ""
