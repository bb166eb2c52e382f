"""How do many lots stand in a workbook? One row each: a template to fill, and what was filled, as texts."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from unicodedata import normalize
from zipfile import BadZipFile

from flask_babel import force_locale, gettext
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation

from parking.city.rules import CityView
from parking.filings.rules import Field, FieldType, FilingKind, groups_for
from parking.kernel.errors import N_, FieldProblem, InvalidInput
from parking.portals._http.filing_texts import DATUMS, district_text

MOST_ROWS = 200
_PARTS = {"lat": N_("纬度"), "lon": N_("经度"), "datum": N_("坐标系")}
_WIDTH = 18


class WorkbookUnreadable(InvalidInput):
    """No workbook, or none with our columns."""

    code = "filing_workbook_unreadable"
    text = N_("读不懂这个工作簿：请使用下载的模板，不要改动列名")

    def __init__(self) -> None:
        super().__init__(problems=[FieldProblem("workbook", self.code, self.text)])


class WorkbookEmpty(InvalidInput):
    """Our columns, and nothing under them."""

    code = "filing_workbook_empty"
    text = N_("工作簿里没有填写任何停车场")

    def __init__(self) -> None:
        super().__init__(problems=[FieldProblem("workbook", self.code, self.text)])


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the name under which its texts are posted, its field, and the part of a place."""

    name: str
    field: Field
    part: str | None = None

    @property
    def header(self) -> str:
        """In the reader's language."""
        label = gettext(self.field.label)
        return f"{label} · {gettext(_PARTS[self.part])}" if self.part else label


@dataclass(frozen=True, slots=True)
class BookRow:
    """A row by its number in the sheet: texts by posted name."""

    number: int
    texts: Mapping[str, str]


def columns() -> list[Column]:
    """All that a registration asks, in the order of its pages."""
    found = []
    for group in groups_for(FilingKind.REGISTRATION):
        for field in group.fields:
            if field.type is FieldType.PLACE:
                found += [Column(f"{field.key}_{part}", field, part) for part in _PARTS]
            else:
                found.append(Column(field.key, field))
    return found


def template(city: CityView) -> bytes:
    """An empty workbook with our columns, lists to choose from, and a sheet that explains each column."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(gettext("停车场"))
    sheet.freeze_panes = "B2"
    notes = book.create_sheet(gettext("填写说明"))
    notes.append([gettext("列"), gettext("必填"), gettext("可选的值"), gettext("说明")])
    for place, column in enumerate(columns(), start=1):
        cell = sheet.cell(row=1, column=place, value=column.header)
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = _WIDTH
        offered = _offered(column, city)
        joined = ",".join(offered)
        # A spreadsheet takes at most 255 characters for a list in the sheet itself, and commas part it.
        if offered and len(joined) < 250 and joined.count(",") == len(offered) - 1:
            choice = DataValidation(type="list", formula1=f'"{joined}"', allow_blank=True)
            choice.add(f"{letter}2:{letter}{MOST_ROWS + 1}")
            sheet.add_data_validation(choice)
        required = gettext("是") if column.field.required and column.part != "datum" else ""
        hint = gettext(column.field.hint) if column.field.hint else ""
        notes.append([column.header, required, "、".join(offered), hint])
    for letter, width in zip("ABCD", (30, 8, 60, 60), strict=True):
        notes.column_dimensions[letter].width = width
    for cell in notes[1]:
        cell.font = Font(bold=True)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _offered(column: Column, city: CityView) -> list[str]:
    if column.part == "datum":
        return list(DATUMS.values())
    if column.field.type is FieldType.BOOL:
        return [gettext("是"), gettext("否")]
    if column.field.type is FieldType.DISTRICT:
        return [district_text(city, each.code) for each in city.districts]
    return [gettext(each.label) for each in column.field.choices]


def read(content: bytes, city: CityView) -> list[BookRow]:
    """The filled rows of the first sheet. Raises WorkbookUnreadable, WorkbookEmpty."""
    lines = _lines(content)
    known = _known_headers()
    found = [known.get(_plain(str(cell))) if cell is not None else None for cell in next(lines, ())]
    if not any(column and column.name == "name" for column in found):
        raise WorkbookUnreadable
    words = _Words(city)
    rows = []
    for number, line in enumerate(lines, start=2):
        texts = {
            column.name: words.value(column, _text(cell))
            for column, cell in zip(found, line, strict=False)
            if column is not None and _text(cell)
        }
        if texts:
            rows.append(BookRow(number, texts))
    if not rows:
        raise WorkbookEmpty
    return rows


def _lines(content: bytes) -> Iterator[Sequence[object]]:
    try:
        with warnings.catch_warnings():
            # Styles and lists that it leaves out are none of ours; we read values.
            warnings.simplefilter("ignore", UserWarning)
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            lines = list(sheet.iter_rows(values_only=True, max_row=5_000, max_col=200))
            book.close()
    except (BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, OSError) as problem:
        raise WorkbookUnreadable from problem
    return iter(lines)


def _known_headers() -> dict[str, Column]:
    """The columns by their headers in both languages and by their names."""
    known = {}
    for column in columns():
        for language in ("zh", "en"):
            with force_locale(language):
                known[_plain(column.header)] = column
        known[_plain(column.name)] = column
    return known


class _Words:
    """What the words of a cell mean: names of districts, choices and datums in both languages."""

    def __init__(self, city: CityView) -> None:
        self._districts = {
            _plain(name): each.code
            for each in city.districts
            for name in (each.name_zh, each.name_en)
            if name
        }
        self._datums = {_plain(name): datum for datum, name in DATUMS.items()}

    def value(self, column: Column, text: str) -> str:
        """The value as a form posts it; what is no known word stays as it is, to be refused by its field."""
        plain, field = _plain(text), column.field
        if column.part == "datum":
            return self._datums.get(plain, text)
        if field.type is FieldType.DISTRICT:
            return self._districts.get(plain, text)
        if field.type is FieldType.BOOL:
            return {"是": "yes", "否": "no", "yes": "yes", "no": "no"}.get(plain, text)
        if field.choices:
            return _choices(field).get(plain, text)
        return text


def _choices(field: Field) -> dict[str, str]:
    meant: dict[str, str] = {}
    for language in ("zh", "en"):
        with force_locale(language):
            meant |= {_plain(gettext(each.label)): each.value for each in field.choices}
    return meant


def _plain(text: str) -> str:
    return "".join(normalize("NFKC", text).casefold().split())


def _text(cell: object) -> str:
    """A cell as somebody would have typed it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).strip()
    # The sign with which a spreadsheet marks text that looks like a formula.
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text


def over(rows: Iterable[BookRow]) -> tuple[list[BookRow], list[BookRow]]:
    """The rows that are read at once, and those beyond."""
    everything = list(rows)
    return everything[:MOST_ROWS], everything[MOST_ROWS:]
