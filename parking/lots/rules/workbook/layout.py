"""Which sheets and columns has the workbook that a clerk edits, and which cells are open?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from parking.city.rules import DistrictView
from parking.kernel.vocabulary import SPACE_CLASS_NAMES
from parking.lots.rules.columns import (
    ACCESSES,
    CLASS_ACCESS,
    CLASS_ACCESS_ZH,
    COLUMNS,
    DATUMS,
    ENGLISH,
    KINDS,
    MARK,
    TYPES,
    english_word,
    plain,
)
from parking.lots.rules.ledger import REASON_NAMES


class Language(StrEnum):
    """In which language a workbook is written; both are read."""

    ZH = "zh"
    EN = "en"


class Holds(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    COUNT = "count"
    CHANGE = "change"
    DEGREES = "degrees"
    DAY = "day"


class Locked(StrEnum):
    """Which cells of a column nobody edits: none, those of rows that stand already, all."""

    NEVER = "never"
    STANDING = "standing"
    ALWAYS = "always"


class SheetName(StrEnum):
    """The sheets, in their order."""

    REGISTER = "register"
    LEDGER = "ledger"
    NOTES = "notes"
    LISTS = "lists"


TITLES: Mapping[SheetName, Mapping[Language, str]] = {
    SheetName.REGISTER: {Language.ZH: "停车场登记", Language.EN: "Register"},
    SheetName.LEDGER: {Language.ZH: "车位台账", Language.EN: "Space ledger"},
    SheetName.NOTES: {Language.ZH: "填写说明", Language.EN: "Notes"},
    SheetName.LISTS: {Language.ZH: "列表", Language.EN: "Lists"},
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `words` are the values that may be chosen, `width` is in characters."""

    name: str
    titles: Mapping[Language, str]
    holds: Holds = Holds.TEXT
    locked: Locked = Locked.NEVER
    words: str | None = None
    width: int = 12


# Lists to choose from, but that of the districts, which is the city's.
WORDS: Mapping[str, Mapping[Any, str]] = {
    "kind": KINDS,
    "type": TYPES,
    "datum": DATUMS,
    "access": ACCESSES,
    "space_class": SPACE_CLASS_NAMES,
    "reason": REASON_NAMES,
}
DISTRICTS = "district_code"
_WIDTHS = {"code": 14, "name": 28, "name_en": 28, "address": 32, "operator_name": 24, DISTRICTS: 24}
_WIDTHS |= {"opening_hours": 26, "hours_note": 26, "entrances": 40, "filing_no": 18, MARK: 10}
_HOLDS = {"lat": Holds.DEGREES, "lon": Holds.DEGREES, "max_height_cm": Holds.COUNT}
_HOLDS |= {"bay_length_m": Holds.COUNT, "etc_since_on": Holds.DAY}


def word(value: StrEnum, words: Mapping[Any, str], language: Language) -> str:
    """A value of an enumeration as a cell says it."""
    return words[value] if language is Language.ZH else english_word(value)


def _register_column(name: str) -> Column:
    is_count = name in SPACE_CLASS_NAMES or name == "bay_length_m"
    words = "access" if name in CLASS_ACCESS else name if name in WORDS or name == DISTRICTS else None
    return Column(
        name,
        {Language.ZH: COLUMNS.get(name) or CLASS_ACCESS_ZH[name], Language.EN: ENGLISH[name]},
        Holds.COUNT if is_count else _HOLDS.get(name, Holds.TEXT),
        Locked.STANDING if is_count or name == "code" else Locked.NEVER,
        words,
        _WIDTHS.get(name, 12),
    )


MARK_COLUMN = Column(
    MARK, {Language.ZH: "版本标记", Language.EN: "Version mark"}, locked=Locked.ALWAYS, width=_WIDTHS[MARK]
)
# The mark before the columns that are seldom filled: a row that ends sooner is read sooner.
REGISTER = (
    *(_register_column(name) for name in COLUMNS),
    MARK_COLUMN,
    *(_register_column(name) for name in CLASS_ACCESS),
)


def _ledger_column(
    name: str, zh: str, en: str, holds: Holds = Holds.TEXT, words: str | None = None, width: int = 12
) -> Column:
    locked = Locked.ALWAYS if name in ("number", "lot_name") else Locked.STANDING
    return Column(name, {Language.ZH: zh, Language.EN: en}, holds, locked, words, width)


LEDGER = (
    _ledger_column("number", "序号", "Number", Holds.COUNT),
    _ledger_column("code", "编号", "Code", width=14),
    _ledger_column("lot_name", "停车场", "Lot", width=28),
    _ledger_column("space_class", "车位种类", "Space class", words="space_class", width=16),
    _ledger_column("on", "日期", "Date", Holds.DAY, width=14),
    _ledger_column("change", "车位增减", "Spaces gained or lost", Holds.CHANGE),
    _ledger_column("metres", "停车线增减（米）", "Metres gained or lost", Holds.CHANGE),
    _ledger_column("reason", "原因", "Reason", words="reason", width=20),
    _ledger_column("note", "备注", "Note", width=36),
)
EARLIEST = date(1949, 10, 1)
"""No date of the workbook is older: one that is has a mistyped year."""
# Twenty years of a large city's.
MOST_ENTRIES = 200_000
LEDGER_REQUIRED = ("number", "code", "space_class", "on", "change", "reason")


_LEDGER_HEADERS = {plain(title): each.name for each in LEDGER for title in each.titles.values()}


def ledger_column(header: str) -> str | None:
    """The column of the space ledger that a header means; None for one that we do not know."""
    return _LEDGER_HEADERS.get(plain(header))


def district(told: DistrictView, language: Language) -> str:
    """A district as a cell says it: its code, which is read, and its name."""
    return f"{told.code} {told.name_zh if language is Language.ZH else told.name_en}"
