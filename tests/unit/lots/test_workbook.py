"""What does the register's workbook hold, lock and offer, and which of its cells are wrong?"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.datetime import from_excel

from parking.kernel.vocabulary import Access, LotKind
from parking.lots.errors import TextTooLong, UnreadableFile
from parking.lots.rules import LedgerReason
from parking.lots.rules.workbook import Language, SheetName, read_book, write_book
from tests.unit.lots.register_files import CITY, NASTY, as_xlsx, saved

TODAY = date(2026, 11, 20)
SIGNS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
TEXTS = st.sampled_from(NASTY) | st.text(SIGNS, max_size=30)


def row(**cells: Any) -> dict[str, Any]:
    return {"code": "A-1", "name": "n", "lat": 32.06, "lon": 120.62, "mark": f"{0:012x}-{1:012x}"} | cells


def entry(**cells: Any) -> dict[str, Any]:
    told = {"number": 1, "code": "A-1", "space_class": "普通车位", "on": TODAY, "change": 5, "reason": "新建"}
    return told | cells


# One book of many texts, as a book costs more than its rows.
@settings(max_examples=2)
@given(texts=st.lists(TEXTS, min_size=40, max_size=40), language=st.sampled_from(Language))
def test_no_text_becomes_a_formula_and_every_text_comes_back(texts, language):
    texts += NASTY
    lots = [row(code=f"A-{place}", name=text, hours_note=text) for place, text in enumerate(texts)]
    entries = [entry(number=place, note=text) for place, text in enumerate(texts)]
    data = write_book(lots, entries, CITY, language)
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/")]
    assert len(sheets) == 4 and not [each for each in sheets if re.search(rb"<f[ />]", each)]
    read = read_book(data, CITY, TODAY)
    for name in ("name", "hours_note"):
        assert [each.cells[name] or "" for each in read.register.rows] == texts
    assert [draft.entry.note for _, draft in read.entries.entries] == [each.strip() or None for each in texts]


def test_a_text_that_no_cell_holds_is_told_and_never_cut():
    for text in ("x" * 32_768, "😀" * 16_384):
        with pytest.raises(TextTooLong, match="A-1"):
            write_book([row(hours_note=text)], [], CITY)


@pytest.mark.parametrize("language", Language)
def test_what_stands_is_locked_and_what_may_be_chosen_is_offered(language):
    data = write_book([row(general=5)], [entry()], CITY, language)
    book = load_workbook(io.BytesIO(data))
    register, ledger, notes, lists = book.worksheets
    heads = dict(zip(_names(read_book(data, CITY, TODAY)), register[1], strict=True))
    assert (notes.sheet_state, lists.sheet_state) == ("visible", "hidden")
    for sheet in (register, ledger):
        assert (sheet.protection.sheet, sheet.protection.password) == (True, None)
        assert sheet.freeze_panes == "C2"
    # A blank cell of a column that is open is not written: it is as its column.
    styles = {
        name: cell if (cell := register.cell(2, head.column)).has_style else _column(head)
        for name, head in heads.items()
    }
    locked = {name for name, style in styles.items() if style.protection.locked}
    assert locked >= {"code", "mark", "general", "charging", "bay_length_m"}
    assert not locked & {"name", "address", "opening_hours", "lat"}
    # Below, new lots may be written, into cells that are no numbers by themselves.
    below = register.column_dimensions["A"]
    assert (below.protection.locked, below.number_format) == (False, "@")
    offered = {}
    for sheet in (register, ledger):
        for rule in sheet.data_validations.dataValidation:
            if rule.type == "list":
                _, cells = rule.formula1.split("!")
                column = lists[cells.replace("$", "").split(":")[0]].column
                values = [line[column - 1] for line in lists.iter_rows(2, values_only=True)]
                offered[sheet.title, str(rule.sqref).split("2:")[0]] = [each for each in values if each]
    assert len(offered[register.title, heads["kind"].column_letter]) == len(LotKind)
    assert len(offered[register.title, heads["charging_access"].column_letter]) == len(Access)
    assert offered[register.title, heads["district_code"].column_letter][0].startswith("320999001 ")
    assert len(offered[ledger.title, "H"]) == len(LedgerReason)


def _column(head):
    return head.parent.column_dimensions[head.column_letter]


def _names(read):
    letters = read.register.letters
    return sorted(letters, key=lambda name: (len(letters[name]), letters[name]))


def test_a_workbook_whose_marks_are_gone_is_refused():
    data = write_book([row()], [], CITY)
    book = load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    sheet.delete_cols(next(cell.column for cell in sheet[1] if cell.value == "版本标记"))
    with pytest.raises(UnreadableFile) as refused:
        read_book(saved(book), CITY, TODAY)
    assert refused.value.problems[0].code == "missing_columns"


def test_wrong_cells_are_named_by_sheet_row_and_column():
    book = load_workbook(io.BytesIO(write_book([row()], [entry()], CITY)))
    register, ledger = book.worksheets[:2]
    register["D2"], register["I2"] = "空中", "=1/0"
    for line, on in enumerate(("不久", date(1949, 9, 30), date(1949, 10, 1), TODAY + timedelta(1)), start=3):
        cells = {"B": "A-1", "D": "普通车位", "E": on, "F": 5, "H": "新建"}
        for letter, value in cells.items():
            ledger[f"{letter}{line}"] = value
    ledger["F6"], ledger["H6"] = 5, "撤除"
    read = read_book(saved(book), CITY, TODAY)
    told = [(read.where(each, SheetName.REGISTER), each.problem.code) for each in read.rows.problems]
    told += [(read.where(each, SheetName.LEDGER), each.problem.code) for each in read.entries.problems]
    assert told == [
        ("停车场登记!I2", "uncalculated"),
        ("停车场登记!D2", "unknown_word"),
        ("车位台账!E3", "not_a_date"),
        ("车位台账!E4", "too_early"),
        ("车位台账!H6", "lot_ledger_reason_refused"),
        ("车位台账!E6", "in_the_future"),
    ]
    # As the sheet's own rule, a date before the founding of the state is a slip of the keyboard.
    [rule] = [each for each in ledger.data_validations.dataValidation if each.type == "date"]
    assert from_excel(int(rule.formula1)).date() == date(1949, 10, 1)
    plain = read_book(as_xlsx({"编号": "A", "名称": "x", "纬度": "x", "经度": 120.62}), CITY, TODAY)
    assert plain.where(plain.rows.problems[0], SheetName.REGISTER) == "Sheet!C2"
