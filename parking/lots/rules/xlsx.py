"""What do the cells of a workbook say, sheet by sheet and line by line, without filling the memory?"""

from __future__ import annotations

import io
import re
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from parking.kernel.errors import N_
from parking.lots.errors import UnreadableFile

MOST_UNPACKED_BYTES = 100_000_000
MOST_COLUMNS = 2_000
# As many as a spreadsheet program has: a row that claims a higher number would be waited for.
_MOST_LINES = 1_048_576
# Beyond the header's: enough to see that a row has more cells than there are columns.
_SURPLUS_COLUMNS = 5
# Office Open XML, ST_Xstring: a character that XML cannot hold, or changes, stands as its code.
# Neither a NUL nor half a character may come in by this way.
_ENCODED = re.compile(r"_x(?!0000|[dD][89a-fA-F])([0-9A-Fa-f]{4})_")
_TO_ENCODE = re.compile(r"[\x01-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_FORMULAS = (ArrayFormula, DataTableFormula)
_BROKEN = (
    BadZipFile,
    InvalidFileException,
    ParseError,
    zlib.error,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    # What the zip module says of an encrypted part; NotImplementedError, of a way of packing, is one as well.
    RuntimeError,
    EOFError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Uncalculated:
    """A cell whose formula was saved without its result, as programs do that cannot reckon."""

    formula: str

    def __str__(self) -> str:
        return self.formula


class Sheets:
    """The sheets of a workbook. Raises UnreadableFile where it is none, is too large or breaks off."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        with _unreadable():
            _refuse_bomb(data)
            self._written = self._book(results=False)
            self._told: Any = None
            self.titles = tuple(sheet.title for sheet in self._written.worksheets)
        if not self.titles:
            raise UnreadableFile("not_xlsx", N_("不是完整的 xlsx 文件"))

    def lines(self, title: str) -> Iterator[Sequence[Any]]:
        """A sheet's lines from its header on, with the blank ones before; of formulas their last results."""
        with _unreadable():
            width, sheet = 0, self._written[title]
            for number, line in enumerate(self._rows(sheet, MOST_COLUMNS + 1), start=1):
                width = max((place for place, cell in enumerate(line, 1) if cell is not None), default=0)
                if width:
                    yield from ((),) * (number - 1)
                    yield from self._calculated(title, number, width + _SURPLUS_COLUMNS)
                    return

    def _calculated(self, title: str, first: int, width: int) -> Iterator[Sequence[Any]]:
        """The lines from `first` on; the results of formulas from the line on that has the first of them."""
        told: Iterator[Sequence[Any]] | None = None
        for number, written in enumerate(self._rows(self._written[title], width, first)):
            if told is None and any(_is_formula(cell) for cell in written if cell is not None):
                if self._told is None:
                    self._told = self._book(results=True)
                told = islice(self._rows(self._told[title], width, first), number, None)
            pairs = zip(written, next(told, ()), strict=True) if told else ()
            yield (
                [_result(*pair) for pair in pairs]
                if told
                else [_decoded(cell) if cell.__class__ is str else cell for cell in written]
            )

    def _book(self, *, results: bool) -> Any:
        with warnings.catch_warnings():
            # It warns of styles and validations that it leaves out; we only read values.
            warnings.simplefilter("ignore", UserWarning)
            return load_workbook(io.BytesIO(self._data), read_only=True, data_only=results, keep_links=False)

    def _rows(self, sheet: Any, width: int, first: int = 1) -> Iterator[Sequence[Any]]:
        # Some programs write a wrong size into the file and openpyxl would believe it.
        sheet.reset_dimensions()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            yield from sheet.iter_rows(values_only=True, min_row=first, max_row=_MOST_LINES, max_col=width)


@contextmanager
def _unreadable() -> Iterator[None]:
    try:
        yield
    except _BROKEN as problem:
        raise UnreadableFile("not_xlsx", N_("不是完整的 xlsx 文件")) from problem


def _refuse_bomb(data: bytes) -> None:
    """Before anything is unpacked: a part is never read beyond the size that it claims here."""
    with ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > MOST_UNPACKED_BYTES:
        most = MOST_UNPACKED_BYTES // 1_000_000
        raise UnreadableFile(
            "too_large_unpacked", N_("工作簿解压后超过 %(most)s MB，请拆分后导入"), most=most
        )


def _is_formula(cell: object) -> bool:
    if isinstance(cell, str):
        return cell.startswith("=")
    return isinstance(cell, _FORMULAS)


def _result(written: object, told: object) -> object:
    # Blank would be read as "nothing was said", and the lot would go in without those spaces.
    if told is None and _is_formula(written):
        return Uncalculated(str(getattr(written, "text", written)))
    return _decoded(told)


def _decoded(cell: object) -> object:
    if isinstance(cell, str) and "_x" in cell:
        return _ENCODED.sub(lambda code: chr(int(code[1], 16)), cell)
    return cell


def encoded(text: str) -> str:
    """A text as a cell can hold it, whatever characters it has; reading gives it back."""
    return _TO_ENCODE.sub(lambda sign: f"_x{ord(sign[0]):04X}_", text)
