"""What does a connected lot's feed tell us, whatever its dialect?

An adapter is pure: `parse(body, context) -> Parsed`. One bad record becomes a problem and never sinks the
others; a document that cannot be read at all raises `FeedBroken`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from parking.kernel.errors import FieldProblem
from parking.kernel.vocabulary import Access, Datum, LotKind, SpaceClass

# The adapter that reads a document as a mapping says, and what stands before the name of one that ships.
MAPPED = "mapped"
PRESET = "preset:"


class ProblemKind(StrEnum):
    """Why a record (or a part of it) was not taken as it came."""

    MISSING_FIELD = "missing_field"
    NO_PLACE = "no_place"
    BAD_VALUE = "bad_value"
    OUT_OF_RANGE = "out_of_range"
    NEGATIVE = "negative"
    TOO_LARGE = "too_large"
    FUTURE_TIME = "future_time"
    REPEATED = "repeated"
    UNKNOWN_LOT = "unknown_lot"
    OUTSIDE_CITY = "outside_city"
    ANOTHER_LOT = "another_lot"
    PLACEHOLDER = "placeholder"
    NO_COUNT = "no_count"
    ABOVE_CAPACITY = "above_capacity"
    UNPARSED_HOURS = "unparsed_hours"
    UNPARSED_FEES = "unparsed_fees"


@dataclass(frozen=True, slots=True)
class RecordProblem:
    """A record of the feed (its id, or its place like "#12"), the field, and what is wrong with it.

    `row` counts the records of the document from 1, where the adapter says it.
    """

    record: str
    kind: ProblemKind
    field: str | None = None
    detail: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class LotRecord:
    """A lot as a feed describes it. `lat`/`lon` are WGS-84 degrees; the original pair and datum are kept.

    `spaces` gives the number of spaces by class; a class that the feed does not tell is absent.
    `opening_hours` is OSM text, or None when unknown; prose goes to `hours_note`, of fees to `fees_note`.
    """

    external_id: str
    name: str
    lat: float
    lon: float
    source_datum: str = Datum.WGS84.value
    source_lat: float | None = None
    source_lon: float | None = None
    spaces: Mapping[SpaceClass, int] = field(default_factory=dict)
    kind: LotKind | None = None
    access: Access | None = None
    address: str | None = None
    operator_name: str | None = None
    opening_hours: str | None = None
    hours_note: str | None = None
    max_height_cm: int | None = None
    fees_note: str | None = None


@dataclass(frozen=True, slots=True)
class LotCandidate:
    """A lot of which the feed does not tell the place: a person has to, before it can be looked up."""

    external_id: str
    name: str
    address: str | None = None
    spaces: Mapping[SpaceClass, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CountRecord:
    """An absolute count of one class in a lot: `free` or `occupied` (never both None) at an instant."""

    external_id: str
    space_class: SpaceClass
    as_of: datetime
    free: int | None = None
    occupied: int | None = None
    capacity: int | None = None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an adapter read: lots (static), counts (live) and the problems of single records.

    `told_unknown`: how many numbers the feed itself told to be unknown, which is no problem of a record.
    `unlisted`: how many problems there are of each kind beyond the listed ones. `records`: how many were
    read, those that a mapping passes over apart; `faulty`: of how many of these something was not taken,
    beside prose and a place that is not told.
    """

    lots: tuple[LotRecord, ...] = ()
    counts: tuple[CountRecord, ...] = ()
    problems: tuple[RecordProblem, ...] = ()
    candidates: tuple[LotCandidate, ...] = ()
    told_unknown: int = 0
    unlisted: Mapping[ProblemKind, int] = field(default_factory=dict)
    records: int = 0
    faulty: int = 0

    @property
    def problem_counts(self) -> Counter[ProblemKind]:
        """How many problems there are of each kind, listed or not."""
        return Counter(problem.kind for problem in self.problems) + Counter(self.unlisted)


@dataclass(frozen=True, slots=True)
class ParseContext:
    """When the answer came, and the zone and coordinate system (EPSG code or datum) of its source.

    `mapping`: the TOML text or "preset:NAME" by which a mapped source is read. An adapter may pass over lots
    or counts where these are not wanted.
    """

    received_at: datetime
    time_zone: str = "Asia/Shanghai"
    crs: str = Datum.WGS84.value
    mapping: str | None = None
    wants_lots: bool = True
    wants_counts: bool = True


class BreakReason(StrEnum):
    """Why a whole document could not be read."""

    EMPTY = "empty"
    NOT_XML = "not_xml"
    NOT_JSON = "not_json"
    WRONG_ENCODING = "wrong_encoding"
    UNKNOWN_DOCUMENT = "unknown_document"
    NOT_CSV = "not_csv"
    NOT_WORKBOOK = "not_workbook"
    TOO_LARGE = "too_large"
    MAPPING_WRONG = "mapping_wrong"


class FeedBroken(Exception):
    """The document as a whole is not what its source's type says; nothing of it was taken."""

    def __init__(self, reason: BreakReason, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}" if detail else str(reason))


@dataclass(frozen=True, slots=True)
class MappingCheck:
    """What is wrong in the text of a mapping, and what is allowed but needs a person's reason.

    The field of a problem is the key's place ("counts.counters[0].free"), `params["line"]` its line from 1.
    Of a sound one: what it reads, and whether lots and counts stand in documents of one kind.
    """

    problems: tuple[FieldProblem, ...] = ()
    doubts: tuple[FieldProblem, ...] = ()
    reads_lots: bool = False
    reads_counts: bool = False
    is_one_document: bool = False


class MappingRules(Protocol):
    """What guidance must know of mappings without knowing their language."""

    @property
    def presets(self) -> Mapping[str, str]:
        """The texts of the mappings that ship, by name."""
        ...

    def check(self, mapping: str) -> MappingCheck:
        """Every fault and every doubt of a mapping's text at once."""
        ...


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an adapter speaks, how its sources authenticate, who owns it and how far it is proven."""

    name: str
    speaks: str
    authenticates: str
    owner: str
    state: str


class SourceAdapter(Protocol):
    """A translator of one dialect."""

    @property
    def manifest(self) -> Manifest: ...

    def parse(self, body: bytes, context: ParseContext) -> Parsed:
        """Read a static, live or combined document. Raises FeedBroken when nothing can be read."""
        ...
