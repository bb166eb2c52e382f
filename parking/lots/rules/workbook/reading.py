"""What did a clerk write into a workbook: which rows of the register, which entries of the space ledger?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from parking.city.rules import CityView
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.texts import HIDDEN, HIDDEN_TOLD
from parking.kernel.vocabulary import SPACE_CLASS_NAMES, Datum
from parking.lots.errors import EmptyEntry, ReasonRefused, UnreadableFile
from parking.lots.rules.cells import Cells
from parking.lots.rules.drafts import RowProblem
from parking.lots.rules.ledger import REASON_NAMES, DatedChange, SpaceChange, check_change
from parking.lots.rules.rows import RowsRead, read_rows
from parking.lots.rules.tables import Table, sheet_table
from parking.lots.rules.workbook.layout import (
    EARLIEST,
    LEDGER_REQUIRED,
    MARK_COLUMN,
    MOST_ENTRIES,
    TITLES,
    Language,
    SheetName,
    ledger_column,
)
from parking.lots.rules.xlsx import Sheets

_MOST_CHANGE = 1_000_000
_LONGEST_NOTE = 32_767


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """A row of the ledger's sheet: the lot's code and the entry; `number` is that of one that stands."""

    code: str
    entry: DatedChange
    number: int | None = None


@dataclass(frozen=True, slots=True)
class EntriesRead:
    """The good rows of the ledger's sheet, each with its row's number, and what is wrong with the others."""

    entries: tuple[tuple[int, EntryDraft], ...] = ()
    problems: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class BookRead:
    """A workbook: its register and, where it has that sheet, its space ledger.

    `codes` are those of all rows of the register, good or bad.
    """

    register: Table
    rows: RowsRead
    ledger: Table | None
    entries: EntriesRead
    codes: frozenset[str]

    def where(self, problem: RowProblem, name: SheetName) -> str:
        """How a person finds what a problem is about, "停车场登记!D17"."""
        table = self.register if name is SheetName.REGISTER else self.ledger
        cell = table.cell(problem.row, problem.problem.field) if table else None
        return cell or str(problem.row)


def read_book(data: bytes, city: CityView, today: date, default_datum: Datum = Datum.WGS84) -> BookRead:
    """Read and check a workbook: the first sheet, and the one that is called as our space ledger.

    `today` is the city's. Raises UnreadableFile.
    """
    sheets = Sheets(data)
    register = sheet_table(sheets, sheets.titles[0])
    names = TITLES[SheetName.LEDGER].values()
    title = next((each for each in sheets.titles[1:] if each in names), None)
    ledger = sheet_table(sheets, title, ledger_column, LEDGER_REQUIRED, MOST_ENTRIES) if title else None
    if ledger and not register.has_marks:
        # Without the marks nobody could see what others changed meanwhile.
        text = N_("缺少列：%(columns)s")
        raise UnreadableFile("missing_columns", text, columns=MARK_COLUMN.titles[Language.ZH])
    codes = frozenset(code for row in register.rows if (code := Cells(row).text("code")))
    rows = read_rows(register, city, default_datum)
    return BookRead(register, rows, ledger, read_entries(ledger, today) if ledger else EntriesRead(), codes)


def read_entries(table: Table, today: date) -> EntriesRead:
    """Check every row of the ledger's sheet by itself; whether it may be taken, the register knows."""
    entries, problems = [], []
    for row in table.rows:
        cells = Cells(row)
        draft = _entry(cells)
        found = [*cells.problems]
        if not found and draft is not None:
            found = list(_faults(draft, today))
        problems += [RowProblem(row.number, cells.text("code"), problem) for problem in found]
        if not found and draft is not None:
            entries.append((row.number, draft))
    told = _numbered_twice(entries)
    out = {problem.row for problem in told}
    kept = tuple(each for each in entries if each[0] not in out)
    return EntriesRead(kept, tuple(sorted([*problems, *told], key=lambda problem: problem.row)))


def _entry(cells: Cells) -> EntryDraft | None:
    code, number, note = cells.needed("code"), cells.whole("number"), cells.text("note")
    for name in ("space_class", "on", "reason"):
        cells.needed(name)
    space_class = cells.word_or_none("space_class", SPACE_CLASS_NAMES)
    reason = cells.word_or_none("reason", REASON_NAMES)
    on, change, metres = cells.day("on"), cells.whole("change") or 0, cells.whole("metres") or 0
    if code is None or space_class is None or reason is None or on is None:
        return None
    return EntryDraft(code, DatedChange(SpaceChange(space_class, change, metres), on, reason, note), number)


def _faults(draft: EntryDraft, today: date) -> Iterator[FieldProblem]:
    entry = draft.entry
    for name, value in (("change", entry.told.change), ("metres", entry.told.metres)):
        if abs(value) > _MOST_CHANGE:
            params = {"count": value, "most": _MOST_CHANGE}
            yield FieldProblem(name, "too_large", N_("%(count)s 超过上限 %(most)s"), params)
    if draft.number is not None:
        return
    try:
        check_change(entry.told, entry.reason)
    except EmptyEntry as problem:
        yield FieldProblem("change", problem.code, problem.text)
    except ReasonRefused as problem:
        yield FieldProblem("reason", problem.code, problem.text)
    if entry.on > today:
        yield FieldProblem("on", "in_the_future", N_("日期在今天之后"))
    if entry.on < EARLIEST:
        text = N_("日期早于 %(earliest)s：请核对年份")
        yield FieldProblem("on", "too_early", text, {"earliest": EARLIEST.isoformat()})
    if entry.note is not None and len(entry.note) > _LONGEST_NOTE:
        yield FieldProblem("note", "too_long", N_("超过 %(most)s 个字"), {"most": _LONGEST_NOTE})
    if HIDDEN.search(entry.note or ""):
        yield FieldProblem("note", *HIDDEN_TOLD)


def _numbered_twice(entries: list[tuple[int, EntryDraft]]) -> list[RowProblem]:
    """Rows that were copied with their number: nobody knows whether they are meant as new ones."""
    seen: set[int] = set()
    told = []
    for row, draft in entries:
        if draft.number is not None and draft.number in seen:
            text = N_("序号 %(number)s 重复：新的一笔请把序号留空")
            problem = FieldProblem("number", "repeated", text, {"number": draft.number})
            told.append(RowProblem(row, draft.code, problem))
        elif draft.number is not None:
            seen.add(draft.number)
    return told
