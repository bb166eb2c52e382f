"""Which rows does a CSV file or a workbook have, and is it of sane size?

A row whose cells do not fit the columns is told as that: shifted cells would be read as other fields.
"""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import load_workbook

from integrations.documents import decoded
from integrations.records import shown
from integrations.sources.mapped.schema import Document, Format
from integrations.storage.screening.workbooks import checked_workbook
from parking.boundary.feeds import BreakReason, FeedBroken
from parking.boundary.files import FileRefused, FileTooLong, WorkbookIsBomb

MOST_COLUMNS = 2_000
# Each costs a walk and tells nothing; a workbook has some below its last row.
MOST_BLANK_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class Misshapen:
    """A row with more cells than there are columns."""

    cells: int
    columns: int


class Sheet:
    """Rows by the number that a person sees, from 1; each row is read when it is asked for."""

    def __init__(self, columns: Sequence[str], rows: Iterable[tuple[int, Sequence[Any]]]) -> None:
        self.columns = tuple(columns)
        self._rows = rows

    def items(self) -> Iterator[tuple[int, dict[str, Any] | Misshapen]]:
        columns, width, blank = self.columns, len(self.columns), 0
        for number, cells in self._rows:
            if len(cells) > width and any(cell not in (None, "") for cell in cells[width:]):
                yield number, Misshapen(len(cells), width)
            elif any(cell not in (None, "") for cell in cells):
                yield number, dict(zip(columns, cells, strict=False))
            else:
                blank += 1
                if blank > MOST_BLANK_ROWS:
                    raise FeedBroken(BreakReason.TOO_LARGE, f"more than {MOST_BLANK_ROWS} blank rows")


def sheet_of(body: bytes, document: Document) -> Sheet:
    """The rows of a body. Raises FeedBroken, for a CSV file also while rows are read."""
    rows = _numbered(_xlsx(body, document) if document.format is Format.XLSX else _csv(body, document))
    if document.header == 0:
        first = next(rows, None)
        names = [str(position) for position in range(1, len(first[1]) + 1)] if first else []
        return Sheet(names, _again(first, rows))
    for number, cells in rows:
        if number == document.header:
            return Sheet(_names(cells), rows)
    raise FeedBroken(BreakReason.UNKNOWN_DOCUMENT, f"no row {document.header}")


def _numbered(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[int, Sequence[Any]]]:
    for number, cells in enumerate(rows, 1):
        if len(cells) > MOST_COLUMNS:
            raise FeedBroken(BreakReason.TOO_LARGE, f"row {number}: {len(cells)} columns")
        yield number, cells


def _again(
    first: tuple[int, Sequence[Any]] | None, rows: Iterator[tuple[int, Sequence[Any]]]
) -> Iterator[tuple[int, Sequence[Any]]]:
    if first is not None:
        yield first
    yield from rows


def _names(cells: Sequence[Any]) -> list[str]:
    """The columns' names; one without a name is called by its position, one of two the same as "x (2)"."""
    names: dict[str, None] = {}
    for position, cell in enumerate(cells, 1):
        name = " ".join(str(cell).split()) if cell not in (None, "") else str(position)
        times = 2
        told = name
        while told in names:
            told, times = f"{name} ({times})", times + 1
        names[told] = None
    return list(names)


def _csv(body: bytes, document: Document) -> Iterator[list[str]]:
    text = decoded(body, document.encoding)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=document.delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as problem:
        raise FeedBroken(BreakReason.NOT_CSV, f"line {reader.line_num}: {shown(str(problem))}") from None


def _xlsx(body: bytes, document: Document) -> Iterator[Sequence[Any]]:
    if not body.strip(b"\x00 \r\n\t\xef\xbb\xbf"):
        raise FeedBroken(BreakReason.EMPTY)
    try:
        checked_workbook(body)
    except FileRefused as refusal:
        too_large = isinstance(refusal, WorkbookIsBomb | FileTooLong)
        reason = BreakReason.TOO_LARGE if too_large else BreakReason.NOT_WORKBOOK
        raise FeedBroken(reason, refusal.code) from None
    with warnings.catch_warnings():
        # Of styles and validations that it leaves out; only values are looked at.
        warnings.simplefilter("ignore", UserWarning)
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
    try:
        names = {sheet.title: sheet for sheet in book.worksheets}
        if not names or (document.sheet is not None and document.sheet not in names):
            raise FeedBroken(BreakReason.UNKNOWN_DOCUMENT, f"no sheet {shown(document.sheet or '')}")
        sheet = names[document.sheet] if document.sheet is not None else book.worksheets[0]
        sheet.reset_dimensions()
        yield from sheet.iter_rows(values_only=True)
    finally:
        book.close()
