"""What would a feed of a preset's shape say? A few made-up lots, in the document that the preset reads.

What a preset asks for is written where it looks for it; whether real feeds have it there is shown by the
recorded ones in tests/acceptance.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree
from openpyxl import Workbook
from pyproj import Transformer

from integrations.sources.mapped.paths import EACH, Chosen, Path, Step
from integrations.sources.mapped.presets import PRESETS
from integrations.sources.mapped.reading import read_mapping
from integrations.sources.mapped.schema import Amount, Counts, Format, Lots, Pair, Value
from parking.boundary.feeds import PRESET, ParseContext
from parking.kernel.geo import from_wgs84
from parking.kernel.vocabulary import Datum, SpaceClass

CAPACITY = 100
# Inside the zone that each system is for.
PLACES = {"EPSG:25832": (53.55, 9.99), "EPSG:3414": (1.32, 103.85), "EPSG:3826": (25.04, 121.53)}
HERE = (32.06, 120.62)
_OCCUPIED = (Amount.OCCUPIED, Amount.OCCUPIED_PERCENT, Amount.OCCUPIED_SHARE)


@dataclass(frozen=True)
class Row:
    """A lot by its id, and its spaces or free spaces: a number, what the feed writes instead, or None."""

    id: str
    number: object = 7


class Shape:
    """The documents that one part ("lots" or "counts") of a preset reads."""

    def __init__(self, preset: str, part: str) -> None:
        self.preset, self.part = preset, part
        self.mapping = read_mapping(PRESETS[preset])
        told = getattr(self.mapping, part)
        assert isinstance(told, Lots | Counts)
        self.told: Lots | Counts = told

    def __str__(self) -> str:
        return f"{self.preset}-{self.part}"

    @property
    def of_many(self) -> bool:
        """Whether a document holds more than one record."""
        return self.told.records.stars > 0

    @property
    def number(self) -> Value | None:
        """Where the number of a row stands."""
        if isinstance(self.told, Lots):
            return self.told.spaces.get(SpaceClass.GENERAL)
        return next(iter(self.told.counters[0].amounts.values()))

    @property
    def place(self) -> tuple[float, float]:
        """Where its lots lie, latitude and longitude."""
        return PLACES.get(self.mapping.crs or "", HERE)

    @property
    def unknown(self) -> object:
        """How such a feed says that it does not know a number."""
        words = self.number.unknown if self.number else frozenset()
        return max(words, key=str, default=None)

    def context(self, at: datetime) -> ParseContext:
        """What a pull of this part asks for, at the minute of which its documents tell."""
        lots = isinstance(self.told, Lots)
        return ParseContext(at, mapping=PRESET + self.preset, wants_lots=lots, wants_counts=not lots)

    def document(self, rows: Sequence[Row], at: datetime) -> bytes:
        """A document of these rows, all told at a whole minute."""
        document: dict[str, Any] = {}
        whole: Any = [self._entry(row, at, document) for row in rows]
        # A table without rows has a heading all the same.
        columns = [*whole, self._entry(Row("Q0"), at, {})]
        first, *_ = _segments(self.told.records)
        if not self.of_many:
            [whole] = whole
        elif first:
            _put(document, first, whole)
            whole = document
        return _written(whole, self.told, columns)

    def _entry(self, row: Row, at: datetime, document: dict[str, Any]) -> dict[str, Any]:
        """What the first star of the records' path stands for, with the row inside."""
        _, *between, inside = _segments(self.told.records) if self.of_many else [(), ()]
        holders: list[dict[str, Any]] = [{} for _ in (*between, inside)]
        outermost = holders[0]
        for (holder, inner), steps in zip(pairwise(holders), between, strict=True):
            if steps:
                _put(holder, steps, [inner])
        if inside:
            record: dict[str, Any] = {}
            _put(holders[-1], inside, record)
            holders[-1] = record
        for path, content in self._values(row, at):
            holder = document if path.from_document else holders[-1 - path.outward]
            if path.steps:
                _put(holder, path.steps, content)
            elif not path.asks_key:
                # A cell of a wide table; its column is called as the lot.
                holders[-2][row.id] = content
        return outermost

    def _values(self, row: Row, at: datetime) -> list[tuple[Path, object]]:
        told: list[tuple[Value, object]] = [(self.told.id, row.id)]
        if isinstance(self.told, Lots):
            told += _of_lot(self.told, self.mapping.crs, row)
        else:
            told += _of_count(self.told, self.mapping.time_zone, row, at)
        if self.told.snapshot:
            told.append((self.told.snapshot, at.isoformat()))
        values: dict[Path, object] = {}
        for value, content in told:
            for path in value.paths[:1]:
                values.setdefault(path, _affixed(value, content))
        for where in self.told.where:
            if where.told or where.among:
                values.setdefault(where.path, min(where.among or {"1"}, key=str))
        return [(path, content) for path, content in values.items() if content is not None]


def _of_lot(lots: Lots, crs: str | None, row: Row) -> list[tuple[Value, object]]:
    told: list[tuple[Value, object]] = [(lots.name, f"Lot {row.id}")]
    if lots.place is not None:
        told += _of_place(lots.place, lots.place.crs or crs, lots.document.format)
    told += [(value, row.number) for value in lots.spaces.values()]
    return told


def _of_place(pair: Pair, crs: str | None, form: Format) -> list[tuple[Value, object]]:
    lat, lon = PLACES.get(crs or "", HERE)
    if crs in PLACES:
        east, north = _grid(crs).transform(lon, lat)
    else:
        north, east = from_wgs84(lat, lon, Datum(crs or Datum.WGS84))
    if pair.north is not None and pair.east is not None:
        return [(pair.north, north), (pair.east, east)]
    assert pair.both is not None
    both = [north, east] if pair.north_first else [east, north]
    return [(pair.both, both if form is Format.GEOJSON else " ".join(map(str, both)))]


@lru_cache
def _grid(crs: str) -> Transformer:
    return Transformer.from_crs("EPSG:4326", crs, always_xy=True)


def _of_count(counts: Counts, zone: str | None, row: Row, at: datetime) -> list[tuple[Value, object]]:
    told: list[tuple[Value, object]] = []
    for counter in counts.counters:
        words = counter.space_class.words or {}
        told.append((counter.space_class, next((theirs for theirs, ours in words.items() if ours), None)))
        for amount, value in counter.amounts.items():
            is_number = amount in _OCCUPIED and isinstance(row.number, int) and row.number >= 0
            told.append((value, CAPACITY - row.number if is_number else row.number))
        if counter.capacity:
            told.append((counter.capacity, CAPACITY))
    time = counts.time
    if time.value is not None:
        local = at.astimezone(ZoneInfo(time.zone or zone or "Asia/Shanghai"))
        told.append((time.value, local.strftime(time.format) if time.format else local.isoformat()))
    return told


def _affixed(value: Value, content: object) -> object:
    if content is None or (value.after is None and value.before is None):
        return content
    return f"{value.after or ''}{content}{value.before or ''}"


def _segments(path: Path) -> list[tuple[Step, ...]]:
    """The steps of a path before, between and after its stars."""
    segments: list[list[Step]] = [[]]
    for step in path.steps:
        if step == EACH:
            segments.append([])
        else:
            segments[-1].append(step)
    return [tuple(steps) for steps in segments]


def _put(holder: dict[str, Any], steps: Sequence[Step], content: object) -> None:
    name, *others = steps
    assert isinstance(name, str)
    if not others:
        holder[name] = content
    elif isinstance(chosen := others[0], Chosen):
        marks: dict[str, Any] = {}
        _put(marks, chosen.names, chosen.value)
        entries = holder.setdefault(name, [])
        entry = next((entry for entry in entries if marks.items() <= entry.items()), None)
        if entry is None:
            entries.append(entry := marks)
        _put(entry, others[1:], content)
    else:
        _put(holder.setdefault(name, {}), others, content)


def _written(whole: Any, told: Lots | Counts, rows: Sequence[dict[str, Any]]) -> bytes:
    form = told.document.format
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if form is Format.CSV:
        body = _csv(whole, columns, told.document.delimiter)
    elif form is Format.XLSX:
        body = _xlsx(whole, columns)
    else:
        body = _xml(whole) if form is Format.XML else json.dumps(whole).encode()
    return gzip.compress(body) if told.document.packed else body


def _csv(rows: Sequence[dict[str, Any]], columns: list[str], delimiter: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _xlsx(rows: Sequence[dict[str, Any]], columns: list[str]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(columns)
    for row in rows:
        sheet.append([row.get(name) for name in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _xml(whole: dict[str, Any]) -> bytes:
    [(name, content)] = whole.items()
    return etree.tostring(_element(name, content))


def _element(name: str, content: Any) -> Any:
    element = etree.Element(name)
    if not isinstance(content, dict):
        element.text = str(content)
        return element
    for key, inner in content.items():
        if key.startswith("@"):
            element.set(key[1:], str(inner))
            continue
        for each in inner if isinstance(inner, list) else [inner]:
            element.append(_element(key, each))
    return element
