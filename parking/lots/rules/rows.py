"""Is a row of a file a lot? What is wrong is said by row and field, and good rows go on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any
from unicodedata import normalize

from parking.city.rules import CityView
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import Access, Datum, LotKind, LotType, SpaceClass
from parking.lots.rules.columns import (
    ACCESSES,
    CLASS_ACCESS,
    DATUMS,
    KINDS,
    TYPES,
    USES,
    Word,
    word_of,
)
from parking.lots.rules.drafts import EntranceDraft, EntranceUse, LotDraft, RowProblem, check_draft
from parking.lots.rules.tables import Row, Table, Uncalculated

_ISO_DATE = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})日?(?: 00:00(?::00)?)?")
_ENTRANCE = re.compile(
    r"(?P<name>.*?)\s*(?P<lat>[-+]?[\d.]+)\s*[,，]\s*(?P<lon>[-+]?[\d.]+)(?:\s+(?P<use>\S+))?"
)
# Characters of a cell that cannot be used, as a problem shows them.
_SHOWN = 40
_OPTIONAL_TEXTS = (
    "name_en",
    "district_code",
    "address",
    "operator_name",
    "opening_hours",
    "hours_note",
    "filing_no",
)


@dataclass(frozen=True, slots=True)
class RowsRead:
    """The drafts of the good rows, each with its row's number, and what is wrong with the others."""

    drafts: tuple[tuple[int, LotDraft], ...]
    problems: tuple[RowProblem, ...]


class _Cells:
    """The cells of one row, and what is wrong with them so far."""

    def __init__(self, row: Row) -> None:
        self.problems: list[FieldProblem] = []
        self._cells = {name: self._plain(name, cell) for name, cell in row.cells.items()}
        if row.has_surplus:
            self._refuse("", "surplus_cells", N_("本行的单元格比表头多"))

    def _plain(self, name: str, cell: object) -> object:
        """The cell, or None for what is told to be neither text nor number."""
        if isinstance(cell, Uncalculated):
            text = N_("公式“%(value)s”没有保存计算结果：请用表格软件打开文件并保存")
            self._refuse(name, "uncalculated", text, value=str(cell)[:_SHOWN])
        elif isinstance(cell, dict | list):
            self._refuse(name, "not_plain", N_("“%(value)s”不是文字或数字"), value=str(cell)[:_SHOWN])
        else:
            return cell
        return None

    def _refuse(self, name: str, code: str, text: str, **params: object) -> None:
        self.problems.append(FieldProblem(name, code, text, params))

    def has(self, name: str) -> bool:
        return name in self._cells

    def text(self, name: str) -> str | None:
        """A cell as text: a spreadsheet's 1001.0 is the code 1001."""
        cell = self._cells.get(name)
        if isinstance(cell, float) and cell.is_integer():
            cell = int(cell)
        return str(cell).strip() or None if cell is not None else None

    def number(self, name: str) -> float | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            number = float(normalize("NFKC", text))
        except ValueError:
            number = float("nan")
        if not isfinite(number) or isinstance(self._cells[name], bool):
            self._refuse(name, "not_a_number", N_("“%(value)s”不是数字"), value=text)
            return None
        return number

    def whole(self, name: str) -> int | None:
        number = self.number(name)
        if number is not None and not number.is_integer():
            self._refuse(name, "not_whole", N_("“%(value)s”不是整数"), value=self.text(name))
            return None
        return None if number is None else int(number)

    def degrees(self, name: str) -> float:
        told = {problem.field for problem in self.problems}
        if self.text(name) is None and name not in told:
            self._refuse(name, "missing", N_("缺少此项"))
        number = self.number(name)
        return float("nan") if number is None else number

    def day(self, name: str) -> date | None:
        cell = self._cells.get(name)
        if isinstance(cell, datetime):
            return cell.date()
        text = self.text(name)
        if text is None:
            return None
        found = _ISO_DATE.fullmatch(normalize("NFKC", text))
        try:
            if found:
                return date(*(int(part) for part in found.groups()))
        except ValueError:
            pass
        self._refuse(name, "not_a_date", N_("“%(value)s”不是日期，请写成 2026-10-01"), value=text)
        return None

    def word(self, name: str, words: Mapping[Word, str], default: Word) -> Word:
        text = self.text(name)
        if text is None:
            return default
        value = word_of(text, words)
        if value is None:
            known = "、".join(words.values())
            self._refuse(
                name, "unknown_word", N_("“%(value)s”不在可选值中：%(known)s"), value=text, known=known
            )
            return default
        return value

    def entrances(self, name: str) -> tuple[EntranceDraft, ...]:
        found = []
        for number, part in enumerate(re.split(r"[;；\n]", self.text(name) or ""), start=1):
            if not part.strip():
                continue
            match = _ENTRANCE.fullmatch(part.strip())
            use = word_of(match["use"], USES) if match and match["use"] else EntranceUse.BOTH
            try:
                if match is None or use is None:
                    raise ValueError
                lat, lon = float(match["lat"]), float(match["lon"])
            except ValueError:
                text = N_("“%(value)s”应写成“北门 32.0612,120.6231 entry”")
                self._refuse(name, "not_an_entrance", text, value=part.strip())
                continue
            found.append(EntranceDraft(match["name"] or str(number), lat, lon, use))
        return tuple(found)


def read_rows(table: Table, city: CityView, default_datum: Datum = Datum.WGS84) -> RowsRead:
    """Check every row by itself and against the others; `default_datum` is for rows that name none."""
    drafts: list[tuple[int, LotDraft]] = []
    problems: list[RowProblem] = []
    for row in table.rows:
        cells = _Cells(row)
        draft = _draft(cells, default_datum)
        # A pair of which one half is no number was told already; the place would only repeat it.
        told = {problem.field for problem in cells.problems}
        placed = not told & {"lat", "lon"}
        found = [
            *cells.problems,
            *(p for p in check_draft(draft, city) if p.field not in told and (placed or p.field != "lat")),
        ]
        problems += [RowProblem(row.number, draft.code or None, problem) for problem in found]
        if not found:
            drafts.append((row.number, draft))
    repeated = list(_repeated(drafts))
    out = {problem.row for problem in repeated}
    kept = tuple((number, draft) for number, draft in drafts if number not in out)
    return RowsRead(kept, tuple(sorted([*problems, *repeated], key=lambda problem: problem.row)))


def _draft(cells: _Cells, default_datum: Datum) -> LotDraft:
    counts = {space_class: cells.whole(space_class) for space_class in SpaceClass}
    told = {
        name for name in (*_OPTIONAL_TEXTS, "max_height_cm", "etc_since_on", "entrances") if cells.has(name)
    }
    # A blank cell of these says nothing: there is no lot without a kind.
    told |= {name for name in ("kind", "type", "access") if cells.text(name)}
    told |= {"class_access"} if any(cells.has(name) for name in CLASS_ACCESS) else set()
    optional: dict[str, Any] = {name: cells.text(name) for name in _OPTIONAL_TEXTS}
    return LotDraft(
        code=cells.text("code") or "",
        name=cells.text("name") or "",
        source_lat=cells.degrees("lat"),
        source_lon=cells.degrees("lon"),
        source_datum=cells.word("datum", DATUMS, default_datum),
        kind=cells.word("kind", KINDS, LotKind.OFF_STREET),
        type=cells.word("type", TYPES, LotType.PUBLIC),
        access=cells.word("access", ACCESSES, Access.PUBLIC),
        max_height_cm=cells.whole("max_height_cm"),
        etc_since_on=cells.day("etc_since_on"),
        entrances=cells.entrances("entrances"),
        spaces={space_class: count for space_class, count in counts.items() if count is not None},
        class_access={
            space_class: cells.word(name, ACCESSES, Access.PUBLIC)
            for name, space_class in CLASS_ACCESS.items()
            if cells.text(name)
        },
        bay_length_m=cells.whole("bay_length_m"),
        told=frozenset(told),
        **optional,
    )


def _repeated(drafts: list[tuple[int, LotDraft]]) -> Iterator[RowProblem]:
    """Every row after the first with a code or filing number that an earlier row has."""
    codes: Counter[str] = Counter()
    filings: Counter[str] = Counter()
    for number, draft in drafts:
        if codes[draft.code]:
            text = N_("编号 %(value)s 在文件中重复")
            yield RowProblem(
                number, draft.code, FieldProblem("code", "repeated", text, {"value": draft.code})
            )
        elif draft.filing_no and filings[draft.filing_no]:
            text = N_("备案编号 %(value)s 在文件中重复")
            params = {"value": draft.filing_no}
            yield RowProblem(number, draft.code, FieldProblem("filing_no", "repeated", text, params))
        codes[draft.code] += 1
        if draft.filing_no:
            filings[draft.filing_no] += 1
