"""How do lots stand in a file: csv, xlsx or GeoJSON, both ways?"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from openpyxl.utils import get_column_letter

from parking.kernel.errors import N_
from parking.kernel.spreadsheets import escaped, unescaped
from parking.lots.errors import UnreadableFile
from parking.lots.rules.columns import CLASS_ACCESS_ZH, COLUMNS, MARK, REQUIRED, column_of
from parking.lots.rules.xlsx import MOST_COLUMNS, Sheets

# Ten times what the largest city's register would need.
MOST_ROWS = 50_000
_GEOJSON_SIZE = 2
_BARE_TITLE = re.compile(r"[^\W\d]\w*")
_UNKNOWN_KIND = ("unknown_kind", N_("文件类型应为 csv、xlsx 或 geojson"))


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it (a feature's place in GeoJSON), its cells by column.

    `in_english`: so are the headers of its file, and the words that are offered for its cells.
    """

    number: int
    cells: Mapping[str, Any]
    has_surplus: bool = False
    in_english: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A file as rows of known columns; `ignored` are the headers that we do not know.

    Of a workbook's sheet its name, and the letter of each column. `has_marks`: written by us to be edited, so
    that each row tells what it was (`rules.workbook`).
    """

    rows: tuple[Row, ...]
    ignored: tuple[str, ...] = ()
    sheet: str | None = None
    letters: Mapping[str, str] = field(default_factory=dict)
    has_marks: bool = False

    def cell(self, row: int, name: str) -> str | None:
        """How a person finds a cell, "停车场登记!D17"; a row for no column, None outside workbooks."""
        if self.sheet is None:
            return None
        title = self.sheet if _BARE_TITLE.fullmatch(self.sheet) else "'" + self.sheet.replace("'", "''") + "'"
        letter = self.letters.get(name)
        return f"{title}!{letter}{row}" if letter else f"{title}!{row}:{row}"


def read_table(data: bytes, suffix: str) -> Table:
    """Read a file by its suffix (.csv, .xlsx, .geojson, .json). Raises UnreadableFile."""
    kind = suffix.lower()
    if kind == ".csv":
        return _from_lines(_csv_lines(data))
    if kind == ".xlsx":
        sheets = Sheets(data)
        return sheet_table(sheets, sheets.titles[0])
    if kind in (".geojson", ".json"):
        return _from_geojson(data)
    raise UnreadableFile(*_UNKNOWN_KIND)


def _csv_lines(data: bytes) -> Iterator[Sequence[Any]]:
    # GB18030 reads nearly every sequence of bytes, so UTF-8 is tried first.
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as problem:
            raise UnreadableFile("unknown_encoding", N_("编码既不是 UTF-8 也不是 GB18030")) from problem
    head = text.partition("\n")[0]
    sign = max(",;\t", key=head.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    except csv.Error as problem:
        raise UnreadableFile("not_csv", N_("不是完整的 csv 文件：%(reason)s"), reason=problem) from problem


def sheet_table(
    sheets: Sheets,
    title: str,
    known: Callable[[str], str | None] = column_of,
    required: Sequence[str] = REQUIRED,
    most: int | None = None,
) -> Table:
    """A sheet of a workbook by its columns' names; `known` tells the column that a header means."""
    table = _from_lines(sheets.lines(title), known, required, most)
    return replace(table, sheet=title)


def _from_lines(
    lines: Iterator[Sequence[Any]],
    known: Callable[[str], str | None] = column_of,
    required: Sequence[str] = REQUIRED,
    most: int | None = None,
) -> Table:
    numbered = enumerate(lines, start=1)
    header = next((line for _, line in numbered if any(_is_filled(cell) for cell in line)), None)
    if header is None:
        raise UnreadableFile("empty", N_("文件是空的，连表头也没有"))
    if len(header) > MOST_COLUMNS:
        raise UnreadableFile("too_many_columns", N_("超过 %(most)s 列"), most=MOST_COLUMNS)
    columns = [known(str(cell)) if _is_filled(cell) else None for cell in header]
    names = [column for column in columns if column]
    in_english = all(str(cell).isascii() for cell, column in zip(header, columns, strict=True) if column)
    _check_header(names, required)
    # A workbook to be edited holds texts as texts, without the sign that csv needs.
    is_ours = MARK in names or known is not column_of
    most = MOST_ROWS if most is None else most
    rows: list[Row] = []
    for number, line in numbered:
        if not any(_is_filled(cell) for cell in line):
            continue
        if len(rows) == most:
            raise UnreadableFile("too_many_rows", N_("超过 %(most)s 行，请拆分后导入"), most=most)
        pairs = zip(columns, line, strict=False)
        cells = {column: cell if is_ours else _unescaped(cell) for column, cell in pairs if column}
        # A short line leaves its last cells blank; the columns are there all the same.
        has_surplus = any(map(_is_filled, line[len(columns) :]))
        rows.append(Row(number, dict.fromkeys(names) | cells, has_surplus, in_english))
    ignored = tuple(
        str(cell) for cell, column in zip(header, columns, strict=True) if _is_filled(cell) and column is None
    )
    letters = {name: get_column_letter(place) for place, name in enumerate(columns, start=1) if name}
    return Table(tuple(rows), ignored, letters=letters, has_marks=MARK in names)


def _check_header(known: list[str], required: Sequence[str]) -> None:
    missing = [COLUMNS.get(name, name) for name in required if name not in known]
    if missing:
        raise UnreadableFile("missing_columns", N_("缺少列：%(columns)s"), columns="、".join(missing))
    repeated = sorted({COLUMNS.get(name, name) for name in known if known.count(name) > 1})
    if repeated:
        raise UnreadableFile("repeated_columns", N_("重复的列：%(columns)s"), columns="、".join(repeated))


def _is_filled(cell: object) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _unescaped(cell: object) -> object:
    return unescaped(cell.strip()) if isinstance(cell, str) else cell


def _from_geojson(data: bytes) -> Table:
    try:
        document = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as problem:
        raise UnreadableFile("not_json", N_("不是完整的 JSON 文件")) from problem
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise UnreadableFile("not_geojson", N_("不是 GeoJSON FeatureCollection"))
    ignored: dict[str, None] = {}
    rows = [Row(number, _feature(feature, ignored)) for number, feature in enumerate(features, start=1)]
    return Table(tuple(rows), tuple(ignored))


def _feature(feature: object, ignored: dict[str, None]) -> dict[str, Any]:
    """A feature's cells. GeoJSON is always WGS-84, so a point comes with its datum."""
    if not isinstance(feature, dict):
        return {}
    cells: dict[str, Any] = {}
    properties = feature.get("properties")
    for header, value in (properties if isinstance(properties, dict) else {}).items():
        if column := column_of(header):
            cells[column] = value.strip() if isinstance(value, str) else value
        else:
            ignored.setdefault(header)
    geometry = feature.get("geometry")
    point = geometry.get("coordinates") if isinstance(geometry, dict) else None
    is_point = isinstance(geometry, dict) and geometry.get("type") == "Point" and isinstance(point, list)
    # The pair as it was given stands in the properties and is better than the one reckoned from it.
    if is_point and point and len(point) >= _GEOJSON_SIZE and not ("lat" in cells and "lon" in cells):
        cells |= {"lon": point[0], "lat": point[1], "datum": "wgs84"}
    return cells


def write_table(rows: Sequence[Mapping[str, Any]], suffix: str) -> bytes:
    """Rows by column (see `export_row`) as the bytes of a csv or GeoJSON file. Raises UnreadableFile.

    Text in csv that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    kind = suffix.lower()
    if kind in (".geojson", ".json"):
        return _as_geojson(rows)
    if kind != ".csv":
        raise UnreadableFile(*_UNKNOWN_KIND)
    used = [name for name in CLASS_ACCESS_ZH if any(row.get(name) for row in rows)]
    names = [*COLUMNS, *used]
    lines = [[COLUMNS.get(name) or CLASS_ACCESS_ZH[name] for name in names]]
    lines += [[_escaped(row.get(name)) for name in names] for row in rows]
    return _as_csv(lines)


def _escaped(cell: Any) -> Any:
    return escaped(cell) if isinstance(cell, str) else cell


def _as_csv(lines: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(lines)
    # The mark lets spreadsheets see that it is UTF-8.
    return out.getvalue().encode("utf-8-sig")


def _as_geojson(rows: Sequence[Mapping[str, Any]]) -> bytes:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [row["wgs84_lon"], row["wgs84_lat"]]},
            "properties": {
                name: value
                for name, value in row.items()
                if value is not None and name not in ("wgs84_lat", "wgs84_lon")
            },
        }
        for row in rows
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features}, option=orjson.OPT_INDENT_2)
