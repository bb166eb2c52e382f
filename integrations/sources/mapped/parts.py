"""How are the small parts of a mapping told: a document, a value, a filter, words that mean "unknown"?"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from integrations.documents import known_encoding
from integrations.records import shown
from integrations.sources.mapped.paths import Path, PathWrong, read_path
from integrations.sources.mapped.schema import Document, Format, Value, Where
from integrations.sources.mapped.tables import BAD_KIND, TEXT, Notes, Section
from integrations.sources.mapped.toml_lines import Place
from parking.kernel.errors import N_

# What a table of a value says of where it stands.
ORIGINS = frozenset({"path", "paths", "first", "value"})
_TABLES = (Format.CSV, Format.XLSX)
_MOST_PATHS = 10
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,15}")
# Stands for a document whose fault was told, so that it is not told again of each part.
ANY_TABLE = Document(Format.CSV)
_BAD_PATH = N_("第 %(line)s 行：%(field)s 的路径在 %(told)s 处无法识别")
_PATH = N_("一条路径、一个常数或一个表 { }")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for every value that does not say otherwise."""

    unknown: frozenset[object] = frozenset()
    decimal: str = "."
    thousands: str = ""


def document_of(section: Section) -> Document | None:
    """The [document] of a mapping or of one of its parts; None after its fault was noted."""
    if not section.has("format"):
        section.missing("format")
    word = section.choice("format", [each.value for each in Format])
    form = None if word is None else Format(word)
    encoding = section.checked(
        "encoding", _encoding, "unknown_encoding", N_("第 %(line)s 行：未知的编码 %(told)s")
    )
    packed = section.choice("packed", ("gzip",)) is not None
    delimiter = _delimiter(section) if form in (Format.CSV, None) else ","
    is_table = form is None or form in _TABLES
    header = section.whole("header", 1, 0, 1000) if is_table else 1
    sheet = section.text("sheet") if form in (Format.XLSX, None) else None
    section.end()
    return None if form is None else Document(form, encoding, packed, delimiter, header, sheet)


def default_records(document: Document | None) -> str | None:
    """The records of a document whose format says where they are."""
    if document is None or document.format in _TABLES:
        return "*"
    return "features.*" if document.format is Format.GEOJSON else None


def records_of(section: Section, document: Document | None) -> Path | None:
    """The path of the records: with at least one `*`, or beginning with `$` for one record."""
    if not section.has("records"):
        told = default_records(document)
        if told is None:
            section.missing("records")
            return None
        return read_path(told)
    path = path_of(section, "records")
    if path is None:
        return None
    is_table = document is not None and document.format in _TABLES
    if path.outward or path.asks_key or (path.stars == 0 and (is_table or not path.from_document)):
        text = N_("第 %(line)s 行：%(field)s 里要有 * 表示逐条读取，或以 $ 开头表示整份文档只有一条")
        section.refuse("records", "no_records", text)
        return None
    return path


def path_of(section: Section, key: str) -> Path | None:
    """One path."""
    told = section.text(key)
    return None if told is None else _path(told, (*section.place, key), section.notes)


def _path(told: str, place: Place, notes: Notes) -> Path | None:
    try:
        return read_path(told)
    except PathWrong as problem:
        notes.refuse(place, "bad_path", _BAD_PATH, told=shown(str(problem)))
        return None


def value_of(section: Section, key: str, defaults: Defaults, *, needed: bool = False) -> Value | None:
    """A value: a path as text, a constant as a number, or a table. A path with `*` would be many values."""
    told = section.values.get(key)
    if not section.has(key):
        if needed:
            section.missing(key)
        return None
    if isinstance(told, bool | int | float):
        return Value(constant=told)
    if isinstance(told, dict):
        inner = section.section(key)
        return None if inner is None else _table_value(inner, defaults)
    if not isinstance(told, str):
        section.refuse(key, "bad_kind", BAD_KIND, wanted=_PATH, told=shown(told))
        return None
    path = path_of(section, key)
    return None if path is None else _plain((path,), (*section.place, key), section.notes, defaults)


def word_of(section: Section, key: str, words: Collection[str], defaults: Defaults) -> Value | None:
    """A word of ours as text, or a table that tells where one stands and what its words mean in ours."""
    if isinstance(section.values.get(key), dict):
        value = value_of(section, key, defaults)
        if value is None:
            return None
        ours = [*(value.words or {}).values(), value.otherwise]
        if isinstance(value.constant, str):
            ours.append(value.constant)
        for word in ours:
            if word and word not in words:
                section.no_word(key, word, words)
        return value
    told = section.choice(key, words)
    return None if told is None else Value(constant=told)


def _plain(paths: tuple[Path, ...], place: Place, notes: Notes, defaults: Defaults) -> Value | None:
    for path in paths:
        if path.stars:
            text = N_("第 %(line)s 行：%(field)s 只能是一个值，* 只用于 records")
            notes.refuse(place, "many_values", text)
            return None
    return Value(paths, unknown=defaults.unknown, decimal=defaults.decimal, thousands=defaults.thousands)


def _table_value(section: Section, defaults: Defaults) -> Value | None:
    paths = _paths(section)
    constant = section.values.get("value") if section.has("value") else None
    if constant is not None and not isinstance(constant, str | int | float | bool):
        section.refuse("value", "bad_kind", BAD_KIND, wanted=TEXT, told=shown(constant))
        constant = None
    if section.has("value") == bool(paths):
        section.refuse(None, "one_origin", N_("第 %(line)s 行：path、paths、first、value 只能有一个"))
    unknown = unknown_of(section, "unknown") | defaults.unknown
    value = Value(
        paths=paths,
        joined_by=section.any_text("join") or " ",
        first="first" in section.values,
        constant=constant,
        words=_words(section),
        otherwise=section.any_text("else"),
        unknown=unknown,
        after=section.any_text("after") or None,
        before=section.any_text("before") or None,
        decimal=section.text("decimal", defaults.decimal) or defaults.decimal,
        thousands=_or(section.any_text("thousands"), defaults.thousands),
    )
    plain = not paths or _plain(paths, section.place, section.notes, defaults) is not None
    section.end()
    return value if plain else None


def _or(told: str | None, default: str) -> str:
    return default if told is None else told


def _paths(section: Section) -> tuple[Path, ...]:
    found: list[Path | None] = []
    if section.has("path"):
        found.append(path_of(section, "path"))
    for key in ("paths", "first"):
        for position, told in enumerate(section.items(key)[:_MOST_PATHS]):
            place = (*section.place, key, position)
            if isinstance(told, str):
                found.append(_path(told, place, section.notes))
            else:
                section.notes.refuse(place, "bad_kind", BAD_KIND, wanted=TEXT, told=shown(told))
    origins = [key for key in ("path", "paths", "first") if key in section.values]
    if len(origins) > 1:
        section.refuse(origins[1], "one_origin", N_("第 %(line)s 行：path、paths、first、value 只能有一个"))
    return tuple(path for path in found if path is not None)


def _words(section: Section) -> dict[str, str] | None:
    inner = section.section("map")
    if inner is None:
        return None
    words = {}
    for word in inner.values:
        ours = inner.any_text(word)
        if ours is not None:
            words[" ".join(word.split())] = ours
    return words


def unknown_of(section: Section, key: str) -> frozenset[object]:
    """What means "unknown": a number in it also stands for its text, "" also for null and what is absent."""
    return _scalars(section, key)


def _scalars(section: Section, key: str) -> frozenset[object]:
    found: set[object] = set()
    for position, told in enumerate(section.items(key)):
        if not isinstance(told, str | int | float | bool):
            place = (*section.place, key, position)
            section.notes.refuse(place, "bad_kind", BAD_KIND, wanted=TEXT, told=shown(told))
        else:
            found |= same_scalars(told)
    return frozenset(found)


def same_scalars(told: str | int | float | bool) -> set[Any]:
    """A value and how else a feed may tell the same: a number as its text, a text of digits as its number."""
    if isinstance(told, str):
        word = told.strip()
        return {word, int(word)} if _WHOLE.fullmatch(word) else {word}
    return {told, str(told).lower() if isinstance(told, bool) else str(told)}


def wheres_of(section: Section) -> tuple[Where, ...]:
    """The filters of a part: a record is read where all of them hold."""
    return tuple(where for told in section.sections("where") if (where := _where(told)) is not None)


def _where(section: Section) -> Where | None:
    path = path_of(section, "path")
    if not section.has("path"):
        section.missing("path")
    among = _scalars(section, "is") if section.has("is") else None
    not_among = _scalars(section, "not") if section.has("not") else None
    told = section.flag("told")
    if among is None and not_among is None and told is None:
        section.missing("is", "not", "told")
    section.end()
    return None if path is None else Where(path, among, not_among, told)


def _delimiter(section: Section) -> str:
    told = section.any_text("delimiter")
    if told is None:
        return ","
    if len(told) != 1 or told in '"\r\n':
        section.refuse("delimiter", "bad_delimiter", N_("第 %(line)s 行：分隔符应是一个字符"))
        return ","
    return told


def _encoding(told: str) -> str:
    if (name := known_encoding(told)) is None:
        raise ValueError(told)
    return name
