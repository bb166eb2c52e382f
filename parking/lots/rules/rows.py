"""Is a row of a file a lot? What is wrong is said by row and field, and good rows go on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from parking.city.rules import CityView
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import Access, Datum, LotKind, LotType, SpaceClass
from parking.lots.rules.cells import Cells
from parking.lots.rules.columns import (
    ACCESSES,
    CLASS_ACCESS,
    DATUMS,
    KINDS,
    MARK,
    TYPES,
    USES,
    word_of,
)
from parking.lots.rules.drafts import EntranceDraft, EntranceUse, LotDraft, RowProblem, check_draft
from parking.lots.rules.marks import mark_of
from parking.lots.rules.tables import Row, Table

# A workbook shows a district's name behind its code.
_DISTRICT = re.compile(r"(\d{6,12})\s+\S.*", re.DOTALL)
_ENTRANCE = re.compile(
    r"(?P<name>.*?)\s*(?P<lat>[-+]?[\d.]+)\s*[,，]\s*(?P<lon>[-+]?[\d.]+)(?:\s+(?P<use>\S+))?"
)
# A longer one would keep the pattern busy.
_LONGEST_ENTRANCE = 300
_SHOWN = 40
# As `marks.mark_of` writes it.
_MARK = re.compile(r"[0-9a-f]{12}-[0-9a-f]{12}")
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
    """The drafts of the good rows, each with its row's number, and what is wrong with the others.

    Of a workbook to be edited, `marks` tells by row what it was; `untouched` rows are still that and are in
    none of the others.
    """

    drafts: tuple[tuple[int, LotDraft], ...]
    problems: tuple[RowProblem, ...]
    marks: Mapping[int, str] = field(default_factory=dict)
    untouched: int = 0


def read_rows(table: Table, city: CityView, default_datum: Datum = Datum.WGS84) -> RowsRead:
    """Check every row by itself and against the others; `default_datum` is for rows that name none."""
    drafts: list[tuple[int, LotDraft]] = []
    problems: list[RowProblem] = []
    marks: dict[int, str] = {}
    untouched: list[LotDraft] = []
    for row in table.rows:
        cells = Cells(row)
        draft = _draft(cells, default_datum)
        if mark := cells.text(MARK):
            if not cells.problems and mark == mark_of(draft):
                untouched.append(draft)
                continue
            marks[row.number] = mark
        found = _found(cells, draft, city)
        problems += [RowProblem(row.number, draft.code or None, problem) for problem in found]
        if not found:
            drafts.append((row.number, draft))
    repeated = list(_repeated(untouched, drafts))
    out = {problem.row for problem in repeated}
    kept = tuple((number, draft) for number, draft in drafts if number not in out)
    told = tuple(sorted([*problems, *repeated], key=lambda problem: problem.row))
    return RowsRead(kept, told, marks, len(untouched))


def _found(cells: Cells, draft: LotDraft, city: CityView) -> list[FieldProblem]:
    # A pair of which one half is no number was told already; the place would only repeat it.
    told = {problem.field for problem in cells.problems}
    placed = not told & {"lat", "lon"}
    if (mark := cells.text(MARK)) and not _MARK.fullmatch(mark):
        cells.refuse(MARK, "mark_changed", N_("“版本标记”被改动：请重新导出，再修改那一行"))
    checked = (p for p in check_draft(draft, city) if p.field not in told and (placed or p.field != "lat"))
    return [*cells.problems, *checked]


def draft_of_row(row: Mapping[str, Any]) -> LotDraft:
    """The draft that a row by column (see `export_rows`) is read as."""
    return _draft(Cells(Row(0, row)), Datum.WGS84)


def _draft(cells: Cells, default_datum: Datum) -> LotDraft:
    counts = {space_class: cells.whole(space_class) for space_class in SpaceClass}
    told = {
        name for name in (*_OPTIONAL_TEXTS, "max_height_cm", "etc_since_on", "entrances") if cells.has(name)
    }
    # A blank cell of these says nothing: there is no lot without a kind.
    told |= {name for name in ("kind", "type", "access") if cells.text(name)}
    told |= {"class_access"} if any(cells.has(name) for name in CLASS_ACCESS) else set()
    optional: dict[str, Any] = {name: cells.text(name) for name in _OPTIONAL_TEXTS}
    if named := _DISTRICT.fullmatch(optional["district_code"] or ""):
        optional["district_code"] = named[1]
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
        entrances=_entrances(cells),
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


def _entrances(cells: Cells) -> tuple[EntranceDraft, ...]:
    found = []
    for number, part in enumerate(re.split(r"[;；\n]", cells.text("entrances") or ""), start=1):
        if not part.strip():
            continue
        match = _ENTRANCE.fullmatch(part.strip()) if len(part) <= _LONGEST_ENTRANCE else None
        use = word_of(match["use"], USES) if match and match["use"] else EntranceUse.BOTH
        try:
            if match is None or use is None:
                raise ValueError
            lat, lon = float(match["lat"]), float(match["lon"])
        except ValueError:
            text = N_("“%(value)s”应写成“北门 32.0612,120.6231 entry”")
            cells.refuse("entrances", "not_an_entrance", text, value=part.strip()[:_SHOWN])
            continue
        found.append(EntranceDraft(match["name"] or str(number), lat, lon, use))
    return tuple(found)


def _repeated(untouched: list[LotDraft], drafts: list[tuple[int, LotDraft]]) -> Iterator[RowProblem]:
    """Every draft's row with a code or filing number that an earlier one has, or one that nobody touched."""
    codes = Counter(draft.code for draft in untouched)
    filings = Counter(draft.filing_no for draft in untouched if draft.filing_no)
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
