"""How do lots stand in a file: csv, xlsx or GeoJSON, both ways?"""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

import orjson
from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from parking.kernel.errors import N_
from parking.kernel.spreadsheets import escaped, unescaped
from parking.lots.errors import UnreadableFile
from parking.lots.rules.columns import CLASS_ACCESS_ZH, COLUMNS, REQUIRED, column_of

# Ten times what the largest city's register would need.
MOST_ROWS = 50_000
MOST_UNPACKED_BYTES = 100_000_000
_GEOJSON_SIZE = 2
_UNKNOWN_KIND = ("unknown_kind", N_("文件类型应为 csv、xlsx 或 geojson"))


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it (a feature's place in GeoJSON), its cells by column."""

    number: int
    cells: Mapping[str, Any]
    has_surplus: bool = False


@dataclass(frozen=True, slots=True)
class Uncalculated:
    """A cell whose formula was saved without its result, as programs do that cannot reckon."""

    formula: str

    def __str__(self) -> str:
        return self.formula


@dataclass(frozen=True, slots=True)
class Table:
    """A file as rows of known columns; `ignored` are the headers that we do not know."""

    rows: tuple[Row, ...]
    ignored: tuple[str, ...] = ()


def read_table(data: bytes, suffix: str) -> Table:
    """Read a file by its suffix (.csv, .xlsx, .geojson, .json). Raises UnreadableFile."""
    kind = suffix.lower()
    if kind == ".csv":
        return _from_lines(_csv_lines(data))
    if kind == ".xlsx":
        with warnings.catch_warnings():
            # It warns of styles and validations that it leaves out; we only read values.
            warnings.simplefilter("ignore", UserWarning)
            return _from_lines(_xlsx_lines(data))
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


def _xlsx_lines(data: bytes) -> Iterator[Sequence[Any]]:
    try:
        _refuse_bomb(data)
        yield from _calculated(data)
    except (
        BadZipFile,
        InvalidFileException,
        ParseError,
        KeyError,
        IndexError,
        ValueError,
        OSError,
    ) as problem:
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


def _calculated(data: bytes) -> Iterator[Sequence[Any]]:
    """The first sheet's lines one by one; the results of formulas from the first line on that has any."""
    told: Iterator[Sequence[Any]] | None = None
    for number, written in enumerate(_sheet(data, results=False)):
        if told is None and any(map(_is_formula, written)):
            told = islice(_sheet(data, results=True), number, None)
        if told is None:
            yield written
        else:
            yield tuple(_result(*pair) for pair in zip(written, next(told, ()), strict=True))


def _sheet(data: bytes, *, results: bool) -> Iterator[Sequence[Any]]:
    """The first sheet's cells; of formulas their last `results`, or what they say themselves."""
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=results)
    sheet = book.worksheets[0]
    # Some programs write a wrong size into the file and openpyxl would believe it.
    sheet.reset_dimensions()
    yield from sheet.iter_rows(values_only=True)
    book.close()


def _is_formula(cell: object) -> bool:
    return isinstance(cell, ArrayFormula | DataTableFormula) or (
        isinstance(cell, str) and cell.startswith("=")
    )


def _result(written: object, told: object) -> object:
    # Blank would be read as "nothing was said", and the lot would go in without those spaces.
    if told is None and _is_formula(written):
        return Uncalculated(str(getattr(written, "text", written)))
    return told


def _from_lines(lines: Iterator[Sequence[Any]]) -> Table:
    numbered = enumerate(lines, start=1)
    header = next((line for _, line in numbered if any(_is_filled(cell) for cell in line)), None)
    if header is None:
        raise UnreadableFile("empty", N_("文件是空的，连表头也没有"))
    columns = [column_of(str(cell)) if _is_filled(cell) else None for cell in header]
    known = [column for column in columns if column]
    _check_header(known)
    rows: list[Row] = []
    for number, line in numbered:
        if not any(_is_filled(cell) for cell in line):
            continue
        if len(rows) == MOST_ROWS:
            raise UnreadableFile("too_many_rows", N_("超过 %(most)s 行，请拆分后导入"), most=MOST_ROWS)
        cells = {column: _unescaped(cell) for column, cell in zip(columns, line, strict=False) if column}
        # A short line leaves its last cells blank; the columns are there all the same.
        rows.append(Row(number, dict.fromkeys(known) | cells, any(map(_is_filled, line[len(columns) :]))))
    ignored = tuple(
        str(cell) for cell, column in zip(header, columns, strict=True) if _is_filled(cell) and column is None
    )
    return Table(tuple(rows), ignored)


def _check_header(known: list[str]) -> None:
    missing = [COLUMNS[name] for name in REQUIRED if name not in known]
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
    """Rows by column (see `export_row`) as the bytes of a csv, xlsx or GeoJSON file. Raises UnreadableFile.

    Text in csv and xlsx that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    kind = suffix.lower()
    if kind in (".geojson", ".json"):
        return _as_geojson(rows)
    used = [name for name in CLASS_ACCESS_ZH if any(row.get(name) for row in rows)]
    names = [*COLUMNS, *used]
    lines = [[COLUMNS.get(name) or CLASS_ACCESS_ZH[name] for name in names]]
    lines += [[_escaped(row.get(name)) for name in names] for row in rows]
    if kind == ".csv":
        return _as_csv(lines)
    if kind == ".xlsx":
        return _as_xlsx(lines)
    raise UnreadableFile(*_UNKNOWN_KIND)


def _escaped(cell: Any) -> Any:
    return escaped(cell) if isinstance(cell, str) else cell


def _as_csv(lines: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(lines)
    # The mark lets spreadsheets see that it is UTF-8.
    return out.getvalue().encode("utf-8-sig")


def _as_xlsx(lines: Iterable[Sequence[Any]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("停车场")
    for line in lines:
        sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


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
