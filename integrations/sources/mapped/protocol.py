"""What does a document say, read as a mapping tells? The mapping's text comes with the context."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from integrations.documents import decoded, json_document, xml_tree
from integrations.http_bodies import BrokenOff, Inflater, TooLarge, Undecodable
from integrations.places import check_crs
from integrations.records import MAX_RECORDS, Harvest, Refused, shown, zone_named
from integrations.sources.mapped.counts import CountReader
from integrations.sources.mapped.lots import LotReader
from integrations.sources.mapped.paths import Path
from integrations.sources.mapped.presets import PRESETS
from integrations.sources.mapped.reading import MappingWrong, read_mapping
from integrations.sources.mapped.run import Run
from integrations.sources.mapped.schema import Document, Format, Mapping
from integrations.sources.mapped.sheets import Misshapen, Sheet, sheet_of
from integrations.sources.mapped.values import text_of
from integrations.sources.mapped.walking import NoRecords, Scope, each, row_of
from parking.boundary.feeds import PRESET, BreakReason, FeedBroken, ParseContext, Parsed, ProblemKind

# A file of many snapshots tells each counter many times, and of each only the newest is kept.
MAX_READINGS = 50 * MAX_RECORDS
_MOST_UNPACKED_BYTES = 20_000_000

PartReader = LotReader | CountReader


class Ready:
    """A mapping whose values were made into functions, once for all of its documents."""

    def __init__(self, told: Mapping) -> None:
        self.told = told
        self.lots = LotReader(told.lots) if told.lots else None
        self.counts = CountReader(told.counts) if told.counts else None

    def parts(self, context: ParseContext) -> list[PartReader]:
        """What is to be read of a document. Raises FeedBroken where it could be either of two documents."""
        wanted: list[PartReader] = []
        if self.lots is not None and context.wants_lots:
            wanted.append(self.lots)
        if self.counts is not None and context.wants_counts:
            wanted.append(self.counts)
        if len({part.told.document for part in wanted}) > 1:
            raise FeedBroken(BreakReason.UNKNOWN_DOCUMENT, "lots and counts come in two documents")
        return wanted

    def run(self, context: ParseContext) -> Run:
        crs = self.told.crs or context.crs
        check_crs(crs)
        zone = zone_named(self.told.time_zone or context.time_zone)
        return Run(context.received_at, zone, crs, Harvest())


@lru_cache(maxsize=256)
def ready(mapping: str) -> Ready:
    """The mapping of a text, or of "preset:NAME", made ready. Raises MappingWrong, KeyError."""
    text = PRESETS[mapping.removeprefix(PRESET)] if mapping.startswith(PRESET) else mapping
    return Ready(read_mapping(text))


def parse(body: bytes, context: ParseContext) -> Parsed:
    """Read the lots and counts that are wanted. Raises FeedBroken when nothing can be read."""
    mapping = _ready_of(context)
    run = mapping.run(context)
    parts = mapping.parts(context)
    source = _Source(body)
    for part in parts:
        document = source.document(part.told.document)
        _refuse_other_columns(document, part)
        _read(part, document, run)
    return run.harvest.parsed()


def snapshots(body: bytes, context: ParseContext) -> Iterator[tuple[str, Parsed]]:
    """The counts of a file of many snapshots, one after the other, each with what it calls itself.

    Each is read as if it had come at `received_at`. Raises FeedBroken, possibly after some of them.
    """
    mapping = _ready_of(context)
    part = mapping.counts
    if part is None or part.snapshot is None:
        raise FeedBroken(BreakReason.UNKNOWN_DOCUMENT, "the mapping tells of no snapshots")
    document = _Source(body).document(part.told.document)
    run = mapping.run(context)
    label: str | None = None
    for position, scope in enumerate(_records(part.told.records, document), 1):
        told = _snapshot(part, scope)
        if told != label:
            if label is not None:
                yield label, run.harvest.parsed()
            label, run = told, mapping.run(context)
        run.harvest.next_record(row_of(scope) or position)
        _take(part, scope, run)
    if label is not None:
        yield label, run.harvest.parsed()


def read_preview(body: bytes, mapping: str, received_at: datetime, **context: Any) -> Parsed:
    """What would be taken of a document: its lots, counts, candidates and problems. Nothing is stored.

    `context`: the other fields of ParseContext. Raises FeedBroken, MappingWrong.
    """
    ready(mapping)
    return parse(body, ParseContext(received_at, mapping=mapping, **context))


def _ready_of(context: ParseContext) -> Ready:
    if context.mapping is None:
        raise FeedBroken(BreakReason.MAPPING_WRONG, "there is no mapping")
    try:
        return ready(context.mapping)
    except MappingWrong as wrong:
        first = wrong.check.problems[0]
        detail = f"line {first.params['line']}: {first.field} {first.code}"
        raise FeedBroken(BreakReason.MAPPING_WRONG, detail) from None
    except KeyError:
        raise FeedBroken(BreakReason.MAPPING_WRONG, f"no preset {shown(context.mapping)}") from None


class _Source:
    """The bytes, and what they were read as; two parts of a mapping mostly share one document."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._read: dict[Document, Any] = {}

    def document(self, told: Document) -> Any:
        if told.format in (Format.CSV, Format.XLSX):
            # Rows are read as they are asked for, so each part reads its own.
            return sheet_of(_unpacked(self._body, told), told)
        if told not in self._read:
            self._read[told] = _tree(_unpacked(self._body, told), told)
        return self._read[told]


def _unpacked(body: bytes, told: Document) -> bytes:
    if not told.packed:
        return body
    inflater = Inflater(_MOST_UNPACKED_BYTES)
    try:
        inflater.feed(body)
        return inflater.finish()
    except TooLarge:
        raise FeedBroken(BreakReason.TOO_LARGE, f"more than {_MOST_UNPACKED_BYTES} bytes unpacked") from None
    except (Undecodable, BrokenOff) as problem:
        raise FeedBroken(BreakReason.WRONG_ENCODING, str(problem)) from None


def _tree(body: bytes, told: Document) -> Any:
    if told.format is Format.XML:
        return xml_tree(body, told.encoding)
    return json_document(decoded(body, told.encoding).encode() if told.encoding else body)


def _refuse_other_columns(document: Any, part: PartReader) -> None:
    """A sheet without the column of the ids is another sheet."""
    if not isinstance(document, Sheet) or part.told.records.stars != 1:
        return
    for path in part.told.id.paths:
        first = path.steps[0] if path.steps and not path.outward else None
        if isinstance(first, str) and first not in document.columns:
            raise FeedBroken(BreakReason.UNKNOWN_DOCUMENT, f"no column {shown(first)}")


def _records(path: Path, document: Any) -> Iterator[Scope]:
    try:
        yield from each(path, document)
    except NoRecords as problem:
        raise FeedBroken(BreakReason.UNKNOWN_DOCUMENT, f"no records at {shown(str(problem))}") from None


def _read(part: PartReader, document: Any, run: Run) -> None:
    most = MAX_RECORDS if part.snapshot is None else MAX_READINGS
    is_sheet = isinstance(document, Sheet)
    label: str | None = None
    for told, scope in enumerate(_records(part.told.records, document), 1):
        row = row_of(scope) if is_sheet else told
        if told > most:
            run.harvest.row = row
            run.harvest.refuse("*", ProblemKind.TOO_LARGE, None, f"more than {most} records")
            break
        if part.snapshot is not None and (now := _snapshot(part, scope)) != label:
            label = now
            run.harvest.next_snapshot()
        run.harvest.next_record(row)
        _take(part, scope, run)
    run.harvest.row = None


def _take(part: PartReader, scope: Scope, run: Run) -> None:
    harvest = run.harvest
    if isinstance(scope.value, Misshapen):
        detail = f"{scope.value.cells} cells, {scope.value.columns} columns"
        harvest.refuse(f"#{harvest.row}", ProblemKind.BAD_VALUE, None, detail)
    elif part.wanted is None or part.wanted(scope):
        part.take(scope, run)
    else:
        harvest.pass_over()


def _snapshot(part: PartReader, scope: Scope) -> str:
    assert part.snapshot is not None
    try:
        return text_of(part.snapshot(scope), "snapshot")
    except Refused:
        return ""
