"""How does a table leave as a csv or xlsx file that no spreadsheet program runs?

A text that begins like a formula gets an apostrophe before it in csv; in xlsx a cell is text by its type.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, TYPE_STRING

from parking.boundary.files import MediaType
from parking.kernel.spreadsheets import escaped
from parking.portals._http.uploads import download

Cell = str | int | float | date | None
_MOST_LETTERS = 32_767


class SheetKind(StrEnum):
    """The kinds of file that a table is offered in."""

    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES = {SheetKind.CSV: "text/csv; charset=utf-8", SheetKind.XLSX: MediaType.XLSX.value}


def sheet(kind: SheetKind, name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A table as a file to be saved as `name`.csv or .xlsx; instants are told as they come."""
    write = csv_bytes if kind is SheetKind.CSV else xlsx_bytes
    return download(write(header, rows), MEDIA_TYPES[kind], f"{name}.{kind}")


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with the mark by which spreadsheet programs know it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_text_cell(cell) for cell in header])
    writer.writerows([_text_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def xlsx_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]], title: str = "Sheet1") -> bytes:
    """A workbook of one sheet with its head frozen; numbers stay numbers, all else is text or a date."""
    book = Workbook(write_only=True)
    page = book.create_sheet(title)
    page.freeze_panes = "A2"
    for row in ([*header], *rows):
        page.append([_typed_cell(page, cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _text_cell(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return escaped(cell.replace("\x00", ""))
    return cell if isinstance(cell, int | float) else _day(cell)


def _typed_cell(page: Any, cell: Cell) -> object:
    if not isinstance(cell, str):
        # A workbook knows no zones: an instant is told as a text.
        return _day(cell) if isinstance(cell, datetime) else cell
    typed = WriteOnlyCell(page, value=ILLEGAL_CHARACTERS_RE.sub("", cell)[:_MOST_LETTERS])
    typed.data_type = TYPE_STRING
    return typed


def _day(cell: date) -> str:
    return cell.isoformat(sep=" ", timespec="minutes") if isinstance(cell, datetime) else cell.isoformat()
