"""What do the cells of one row say, as text, number, date or word, and what is wrong with them?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from math import isfinite
from typing import Any
from unicodedata import normalize

from parking.kernel.errors import N_, FieldProblem
from parking.lots.rules.columns import Word, english_word, word_of
from parking.lots.rules.tables import Row
from parking.lots.rules.xlsx import Uncalculated

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_ISO_DATE = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})日?(?: 00:00(?::00)?)?")
# From here on a spreadsheet's number is told as it was written, 1e+308, and not by 309 digits.
_LONG = 1e21
# A spreadsheet is exact up to here; what a column may hold is told where its row is checked.
_MOST_WHOLE = 10**15
# Characters of a cell that cannot be used, as a problem shows them.
_SHOWN = 40


class Cells:
    """The cells of one row, and what is wrong with them so far."""

    def __init__(self, row: Row) -> None:
        self.problems: list[FieldProblem] = []
        self._cells = {name: self._plain(name, cell) for name, cell in row.cells.items()}
        self._in_english = row.in_english
        if row.has_surplus:
            self.refuse("", "surplus_cells", N_("本行的单元格比表头多"))

    def _plain(self, name: str, cell: object) -> object:
        """The cell, or None for what is told to be neither text nor number."""
        if isinstance(cell, Uncalculated):
            text = N_("公式“%(value)s”没有保存计算结果：请用表格软件打开文件并保存")
            self.refuse(name, "uncalculated", text, value=str(cell)[:_SHOWN])
        elif isinstance(cell, dict | list):
            self.refuse(name, "not_plain", N_("“%(value)s”不是文字或数字"), value=str(cell)[:_SHOWN])
        else:
            return cell
        return None

    def refuse(self, name: str, code: str, text: str, **params: object) -> None:
        """Say what is wrong with a cell."""
        self.problems.append(FieldProblem(name, code, text, params))

    def has(self, name: str) -> bool:
        """Whether the file has this column."""
        return name in self._cells

    def text(self, name: str) -> str | None:
        """A cell as text: a spreadsheet's 1001.0 is the code 1001."""
        cell = self._cells.get(name)
        if isinstance(cell, float) and cell.is_integer() and abs(cell) < _LONG:
            cell = int(cell)
        return str(cell).strip() or None if cell is not None else None

    def needed(self, name: str) -> str | None:
        """A cell as text that must not be blank; told once."""
        text = self.text(name)
        if text is None and name not in {problem.field for problem in self.problems}:
            self.refuse(name, "missing", N_("缺少此项"))
        return text

    def number(self, name: str) -> float | None:
        """A cell as a finite number."""
        text = self.text(name)
        if text is None:
            return None
        # Full-width digits mean what they show; Python's own "1_000" and "nan" mean nothing to a clerk.
        plain = normalize("NFKC", text)
        number = float(plain) if _NUMBER.fullmatch(plain) else float("nan")
        if not isfinite(number) or isinstance(self._cells[name], bool):
            self.refuse(name, "not_a_number", N_("“%(value)s”不是数字"), value=text[:_SHOWN])
            return None
        return number

    def whole(self, name: str) -> int | None:
        """A cell as a whole number."""
        number = self.number(name)
        if number is None:
            return None
        shown = (self.text(name) or "")[:_SHOWN]
        if not number.is_integer():
            self.refuse(name, "not_whole", N_("“%(value)s”不是整数"), value=shown)
            return None
        if abs(number) > _MOST_WHOLE:
            told = N_("%(count)s 超过上限 %(most)s")
            self.refuse(name, "too_large", told, count=shown, most=_MOST_WHOLE)
            return None
        return int(number)

    def degrees(self, name: str) -> float:
        """A cell as degrees that must be there; not a number where it is not."""
        self.needed(name)
        number = self.number(name)
        return float("nan") if number is None else number

    def day(self, name: str) -> date | None:
        """A cell as a date, whether a spreadsheet's or a text."""
        cell = self._cells.get(name)
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        text = self.text(name)
        if text is None:
            return None
        found = _ISO_DATE.fullmatch(normalize("NFKC", text))
        try:
            if found:
                return date(*(int(part) for part in found.groups()))
        except ValueError:
            pass
        told = N_("“%(value)s”不是日期，请写成 2026-10-01")
        self.refuse(name, "not_a_date", told, value=text[:_SHOWN])
        return None

    def word(self, name: str, words: Mapping[Word, str], default: Word) -> Word:
        """A cell as a value of an enumeration, by its Chinese or English word."""
        return self.word_or_none(name, words) or default

    def word_or_none(self, name: str, words: Mapping[Word, str]) -> Word | None:
        """The same, None for a blank cell or a word that we do not know, which is told."""
        text = self.text(name)
        if text is None:
            return None
        value = word_of(text, words)
        if value is None:
            known = ", ".join(map(english_word, words)) if self._in_english else "、".join(words.values())
            params: dict[str, Any] = {"value": text[:_SHOWN], "known": known}
            self.refuse(name, "unknown_word", N_("“%(value)s”不在可选值中：%(known)s"), **params)
        return value
