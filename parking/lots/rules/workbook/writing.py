"""How do the register and the space ledger become a workbook that a clerk can edit?

No cell is a formula: every text is written as a text, and formatted as one, so that it stays one when
somebody edits it (CWE-1236).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import zip_longest
from typing import Any, Literal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import TYPE_STRING
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation

from parking.city.rules import CityView
from parking.lots.errors import TextTooLong
from parking.lots.rules.tables import MOST_ROWS
from parking.lots.rules.workbook.layout import (
    DISTRICTS,
    EARLIEST,
    LEDGER,
    MOST_ENTRIES,
    REGISTER,
    TITLES,
    WORDS,
    Column,
    Holds,
    Language,
    Locked,
    SheetName,
    district,
    word,
)
from parking.lots.rules.workbook.notes import NOTES
from parking.lots.rules.xlsx import encoded

MOST_LETTERS = 32_767
"""UTF-16 units that a cell holds."""
_FORMATS = {
    Holds.TEXT: "@",
    Holds.COUNT: "0",
    Holds.CHANGE: "+0;-0;0",
    Holds.DEGREES: "0.000000",
    Holds.DAY: "yyyy-mm-dd",
}
_LETTERS_OF_BMP = 0xFFFF
# From here on a spreadsheet counts its days.
_DAY_NOUGHT = date(1899, 12, 30)
_GREY = PatternFill("solid", fgColor="EEF0F4")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
# What a spreadsheet program lets in: the kind of its rule, from and to.
_BOUNDS: Mapping[Holds, tuple[Literal["whole", "decimal", "date"], str, str]] = {
    Holds.COUNT: ("whole", "0", "1000000"),
    Holds.CHANGE: ("whole", "-1000000", "1000000"),
    Holds.DEGREES: ("decimal", "-180", "180"),
    Holds.DAY: ("date", str((EARLIEST - _DAY_NOUGHT).days), "73050"),
}
_ERRORS = {
    Language.ZH: ("不能这样填", "请从列表中选择，或填写本列应有的数字、日期；见“填写说明”。"),
    Language.EN: (
        "Not possible here",
        "Choose from the list, or enter the number or date that is asked for.",
    ),
}


def write_book(
    lots: Iterable[Mapping[str, Any]],
    entries: Iterable[Mapping[str, Any]],
    city: CityView,
    language: Language = Language.ZH,
) -> bytes:
    """The workbook of lots and ledger entries, by column (see `queries.book_rows`): what stands is locked.

    Raises TextTooLong for a text of more than 32,767 letters, which no cell holds.
    """
    sheets = (
        (SheetName.REGISTER, REGISTER, [*lots], MOST_ROWS),
        (SheetName.LEDGER, LEDGER, [*entries], MOST_ENTRIES),
    )
    for _, columns, rows, _ in sheets:
        _check_lengths(columns, rows)
    book = Workbook(write_only=True)
    # Sheets are found by their names when the workbook comes back.
    book.security = WorkbookProtection(lockStructure=True)
    lists = _lists(city, language)
    for name, columns, rows, most in sheets:
        _write_rows(book, name, columns, rows, language)
        _offer_choices(book.worksheets[-1], columns, lists, most + 1, language)
    _write_notes(book, language)
    _write_lists(book, lists, language)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _lists(city: CityView, language: Language) -> dict[str, list[str]]:
    """What may be chosen, by the name of the list; each has a column of the last sheet."""
    lists = {name: [word(each, words, language) for each in words] for name, words in WORDS.items()}
    return lists | {DISTRICTS: [district(each, language) for each in city.districts]}


class _Pen:
    """Writes the cells of one column; one object serves all of them, as a cell each would cost more."""

    def __init__(self, page: Any, column: Column) -> None:
        self._column = column
        self._cell = _styled(page, column, is_locked=column.locked is not Locked.NEVER)

    def cell(self, value: Any) -> Any:
        """A cell of a row that stands; None where it is blank and open, as its column is."""
        cell, is_blank = self._cell, value in (None, "")
        if is_blank and self._column.locked is Locked.NEVER:
            return None
        cell.data_type = "n"
        if self._column.holds is Holds.TEXT and not is_blank:
            cell.data_type = TYPE_STRING
            value = encoded(str(value))
        elif isinstance(value, date):
            cell.data_type = "d"
        # Not through the cell's own setter, which would make formulas of texts and cut them.
        cell._value = None if is_blank else value
        return cell


def _check_lengths(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> None:
    """Before anything is written: a workbook that is half written cannot be given up without traces."""
    texts = [column.name for column in columns if column.holds is Holds.TEXT]
    for row in rows:
        for name in texts:
            text = row.get(name) or ""
            # Signs beyond the first plane are two letters each.
            if len(text) > MOST_LETTERS // 2 and len(text) + sum(map(_is_two, text)) > MOST_LETTERS:
                raise TextTooLong(field=name, code=row["code"], most=MOST_LETTERS)


def _is_two(sign: str) -> bool:
    return ord(sign) > _LETTERS_OF_BMP


def _styled(page: Any, column: Column, *, is_locked: bool) -> Any:
    cell = WriteOnlyCell(page)
    cell.number_format = _FORMATS[column.holds]
    cell.protection = Protection(locked=is_locked)
    if is_locked:
        cell.fill = _GREY
    return cell


def _write_rows(
    book: Any,
    name: SheetName,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    language: Language,
) -> None:
    page = book.create_sheet(TITLES[name][language])
    page.freeze_panes = "C2"
    # Whoever reads a sheet that does not tell its size has to read it twice.
    size = f"A1:{get_column_letter(len(columns))}{len(rows) + 1}"
    page.calculate_dimension = lambda: size
    _protect(page)
    for place, column in enumerate(columns, start=1):
        letter = page.column_dimensions[get_column_letter(place)]
        letter.width = column.width
        # Rows that nobody has written yet are open.
        letter.number_format = _FORMATS[column.holds]
        letter.protection = Protection(locked=column.locked is Locked.ALWAYS)
    page.append(_heads(page, [column.titles[language] for column in columns]))
    pens = [(column.name, _Pen(page, column)) for column in columns]
    for row in rows:
        page.append([pen.cell(row.get(each)) for each, pen in pens])


def _heads(page: Any, titles: Sequence[str]) -> list[Any]:
    heads = []
    for title in titles:
        head = WriteOnlyCell(page, value=title)
        head.font, head.alignment, head.fill = Font(bold=True), _WRAPPED, _GREY
        heads.append(head)
    return heads


def _protect(page: Any) -> None:
    """Against slips, not against anybody: there is no password."""
    page.protection.sheet = True
    # False is what is not forbidden.
    for name in ("formatCells", "formatColumns", "formatRows", "autoFilter"):
        setattr(page.protection, name, False)


def _offer_choices(
    page: Any, columns: Sequence[Column], lists: Mapping[str, Sequence[str]], last: int, language: Language
) -> None:
    places = {name: get_column_letter(place) for place, name in enumerate(lists, start=1)}
    sheet = TITLES[SheetName.LISTS][language]
    for place, column in enumerate(columns, start=1):
        if column.words:
            letter, most = places[column.words], len(lists[column.words]) + 1
            rule = DataValidation("list", formula1=f"'{sheet}'!${letter}$2:${letter}${most}")
        elif column.locked is Locked.ALWAYS or column.holds not in _BOUNDS:
            continue
        else:
            kind, low, high = _BOUNDS[column.holds]
            rule = DataValidation(kind, operator="between", formula1=low, formula2=high)
        rule.allow_blank, rule.showErrorMessage = True, True
        rule.errorTitle, rule.error = _ERRORS[language]
        rule.add(f"{get_column_letter(place)}2:{get_column_letter(place)}{last}")
        page.data_validations.append(rule)


def _write_notes(book: Any, language: Language) -> None:
    page = book.create_sheet(TITLES[SheetName.NOTES][language])
    for letter, width in zip("ABC", (28, 70, 70), strict=True):
        page.column_dimensions[letter].width = width
    page.append(_heads(page, ["", "中文", "English"]))
    for line in NOTES:
        cells = [WriteOnlyCell(page, value=text) for text in line]
        for cell in cells:
            cell.data_type, cell.alignment = TYPE_STRING, _WRAPPED
        page.append(cells)


def _write_lists(book: Any, lists: Mapping[str, Sequence[str]], language: Language) -> None:
    page = book.create_sheet(TITLES[SheetName.LISTS][language])
    page.sheet_state = "hidden"
    _protect(page)
    page.append(list(lists))
    for line in zip_longest(*lists.values()):
        page.append(list(line))
