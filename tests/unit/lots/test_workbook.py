"""Can a clerk edit the register's workbook and bring it back, whatever the texts and whoever else edits?"""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import func, select

from parking.audit.models import AuditEntry
from parking.city import queries as city_queries
from parking.kernel.actors import CLI
from parking.kernel.vocabulary import Access, LotKind, SpaceClass
from parking.lots import queries, service
from parking.lots.errors import TextTooLong, UnreadableFile
from parking.lots.models import LedgerEntry
from parking.lots.rules import LedgerReason
from parking.lots.rules.workbook import Language, SheetName, read_book, write_book
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.lots import a_lot
from tests.unit.lots.register_files import CITY, as_xlsx

TODAY = date(2026, 11, 20)
NASTY = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "'=1", "00012", "1001.0", "a\tb\nc\r\nd"]
NASTY += ["\x0b\x1f\x7f", "全角＝１＋１", "😀" * 16_383, "x" * 32_767, "2026-10-01", "TRUE", "#N/A", "\ufffe"]
NASTY += ["_x000D_", "_x005F_x000D_"]
SIGNS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
TEXTS = st.sampled_from(NASTY) | st.text(SIGNS, max_size=30)


def row(**cells: Any) -> dict[str, Any]:
    return {"code": "A-1", "name": "n", "lat": 32.06, "lon": 120.62, "mark": "1-1"} | cells


def entry(**cells: Any) -> dict[str, Any]:
    told = {"number": 1, "code": "A-1", "space_class": "普通车位", "on": TODAY, "change": 5, "reason": "新建"}
    return told | cells


@settings(max_examples=3)
@given(texts=st.lists(TEXTS, min_size=40, max_size=40), language=st.sampled_from(Language))
def test_no_text_becomes_a_formula_and_every_text_comes_back(texts, language):
    texts += NASTY
    lots = [row(code=f"A-{place}", name=text, hours_note=text) for place, text in enumerate(texts)]
    entries = [entry(number=place, note=text) for place, text in enumerate(texts)]
    data = write_book(lots, entries, CITY, language)
    book = load_workbook(io.BytesIO(data))
    assert not [cell for sheet in book for line in sheet for cell in line if cell.data_type == "f"]
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
        read_book(_bytes(book), CITY, TODAY)
    assert refused.value.problems[0].code == "missing_columns"


def test_wrong_cells_are_named_by_sheet_row_and_column():
    book = load_workbook(io.BytesIO(write_book([row()], [entry()], CITY)))
    register, ledger = book.worksheets[:2]
    register["D2"], register["I2"], ledger["E3"] = "空中", "=1/0", "不久"
    ledger["B3"], ledger["D3"], ledger["F3"], ledger["H3"] = "A-1", "普通车位", 5, "撤除"
    read = read_book(_bytes(book), CITY, TODAY)
    told = [(read.where(each, SheetName.REGISTER), each.problem.code) for each in read.rows.problems]
    told += [(read.where(each, SheetName.LEDGER), each.problem.code) for each in read.entries.problems]
    assert told == [
        ("停车场登记!I2", "uncalculated"),
        ("停车场登记!D2", "unknown_word"),
        ("车位台账!E3", "not_a_date"),
    ]
    plain = read_book(as_xlsx({"编号": "A", "名称": "x", "纬度": "x", "经度": 120.62}), CITY, TODAY)
    assert plain.where(plain.rows.problems[0], SheetName.REGISTER) == "Sheet!C2"


def _bytes(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class Clerk:
    """Takes the workbook out, edits cells by column, brings it back."""

    def __init__(self, session, language=Language.ZH, districts=()):
        self.session, self.districts = session, districts
        view = city_queries.city_view(session, TODAY)
        lots = queries.book_lots(session, TODAY, view, language, districts)
        entries = queries.book_entries(session, language, districts)
        data = write_book(lots, entries, view, language)
        read = read_book(data, view, TODAY)
        self.letters = {"停车场登记": read.register.letters, "车位台账": read.ledger.letters}
        self.book, self.view = load_workbook(io.BytesIO(data)), view

    def write(self, sheet, row, **cells):
        page = self.book.worksheets[list(self.letters).index(sheet)]
        for name, value in cells.items():
            page[f"{self.letters[sheet][name]}{row}"] = value

    def bring(self, dry_run=False):
        """(rows' report, entries' report, problems by cell)."""
        read = read_book(_bytes(self.book), self.view, TODAY)
        options = {"dry_run": dry_run, "districts": self.districts}
        lots = service.import_book_rows(self.session, CLI, read.rows.drafts, read.rows.marks, NOW, **options)
        entries = service.import_book_entries(
            self.session,
            CLI,
            read.entries.entries,
            read.codes,
            NOW,
            **options,
            coming={draft.code: draft for _, draft in read.rows.drafts},
        )
        found = [*read.rows.problems, *lots.problems], [*read.entries.problems, *entries.problems]
        told = {}
        for name, problems in zip((SheetName.REGISTER, SheetName.LEDGER), found, strict=True):
            told |= {read.where(each, name): each.problem.code for each in problems}
        return lots, entries, told


def everything(session):
    counted = [session.scalar(select(func.count()).select_from(each)) for each in (LedgerEntry, AuditEntry)]
    return queries.lot_cards(session, TODAY), counted


@pytest.fixture(autouse=True)
def city(request):
    if "session" in request.fixturenames:
        a_city(request.getfixturevalue("session"))


def a_street(session, **fields):
    told = {"district_code": DISTRICTS[0], "kind": LotKind.ON_STREET, "access": Access.CUSTOMERS}
    told |= {"spaces": {SpaceClass.GENERAL: 100, SpaceClass.CHARGING: 8}, "bay_length_m": 40}
    return a_lot(session, **told | {"class_access": {SpaceClass.CHARGING: Access.RESIDENTS}} | fields)


@pytest.mark.parametrize("language", Language)
def test_exported_and_imported_again_nothing_changes(session, language):
    for text in NASTY:
        a_street(session, hours_note=text, etc_since_on=date(2023, 7, 3), lat=32.06 + 1 / 3e9)
    clerk, before = Clerk(session, language), everything(session)
    lots, entries, problems = clerk.bring()
    assert (lots.added, lots.changed, entries.added, entries.unlisted, problems) == (0, 0, (), 0, {})
    assert entries.standing == 3 * len(NASTY)
    assert everything(session) == before


def test_an_edited_workbook_changes_what_was_edited_and_a_second_time_nothing(session):
    lot = a_street(session)
    clerk = Clerk(session)
    clerk.write("停车场登记", 2, address="新路1号", kind="路外")
    clerk.write("停车场登记", 3, code="0007", name="新场", lat=32.06, lon=120.62, general=30)
    line = {"code": lot.code, "space_class": "充电车位", "on": date(2026, 3, 1), "reason": "新建"}
    clerk.write("车位台账", 5, **line, change=20)
    clerk.write("车位台账", 6, **line, change=20)
    clerk.write("车位台账", 7, **line | {"code": "0007", "reason": "撤除", "on": TODAY}, change=-1)
    before = everything(session)
    lots, entries, problems = clerk.bring(dry_run=True)
    assert everything(session) == before
    told = {
        (change.row, each.field): (each.before, each.after)
        for change in lots.changes
        for each in change.fields
    }
    assert told == {(2, "address"): (None, "新路1号"), (2, "kind"): ("on_street", "off_street")}
    assert (lots.added, len(entries.added), problems) == (1, 2, {"车位台账!F7": "lot_spaces_below_zero"})
    clerk.write("车位台账", 7, space_class="普通车位")
    lots, entries, problems = clerk.bring()
    assert (lots.added, lots.changed, len(entries.added), problems) == (1, 1, 3, {})
    after = everything(session)
    cards = {card.code: card for card in after[0]}
    assert [group.capacity for group in cards[lot.code].spaces] == [100, 48]
    assert (cards[lot.code].address, cards["0007"].spaces[0].capacity) == ("新路1号", 29)
    lots, entries, problems = clerk.bring()
    assert (lots.added, lots.changed, entries.added, entries.repeated) == (0, 0, (), 3)
    assert everything(session) == after
    # What the new lot stands at is the ledger's, and no more what its row in the old workbook says.
    assert problems == {"停车场登记!R3": "spaces_by_ledger"}


def test_what_others_changed_meanwhile_is_told_and_not_overwritten(session):
    ours, theirs, both = (a_street(session) for _ in range(3))
    clerk, other = Clerk(session), Clerk(session)
    clerk.write("停车场登记", 2, address="甲路")
    clerk.write("停车场登记", 4, address="甲路")
    other.write("停车场登记", 3, address="乙路")
    other.write("停车场登记", 4, name="乙场")
    other.bring()
    service.record_spaces(
        session, CLI, ours.id, SpaceClass.GENERAL, 5, LedgerReason.NEW_BUILD, TODAY, NOW + timedelta(1)
    )
    lots, _, problems = clerk.bring()
    assert (lots.changed, problems) == (1, {"停车场登记!B4": "changed_meanwhile"})
    cards = {card.id: card for card in queries.lot_cards(session, TODAY)}
    assert (cards[ours.id].address, cards[ours.id].spaces[0].capacity) == ("甲路", 105)
    assert cards[theirs.id].address == "乙路"
    assert (cards[both.id].name, cards[both.id].address) == ("乙场", None)


def test_codes_spaces_and_old_entries_are_not_changed_and_nothing_is_deleted(session):
    for _ in range(4):
        a_street(session)
    clerk = Clerk(session)
    clerk.write("停车场登记", 2, code="X-1")
    clerk.write("停车场登记", 3, general=101)
    clerk.write("停车场登记", 4, bay_length_m=None)
    clerk.book.worksheets[0].delete_rows(5)
    clerk.write("车位台账", 2, change=999)
    clerk.write("车位台账", 3, note="另一个说法")
    clerk.write("车位台账", 4, number=10**12)
    clerk.book.worksheets[1].delete_rows(6)
    before = everything(session)
    lots, entries, problems = clerk.bring()
    assert problems == {
        "停车场登记!A2": "code_changed",
        "停车场登记!R3": "spaces_by_ledger",
        "停车场登记!AB4": "spaces_by_ledger",
        "车位台账!F2": "entry_changed",
        "车位台账!I3": "entry_changed",
        "车位台账!A4": "unknown_entry",
    }
    assert (lots.changed, entries.added, everything(session)) == (0, (), before)
    assert entries.unlisted > 0


def test_a_clerk_of_one_district_reaches_no_other(session):
    a_street(session)
    other = a_street(session, district_code=DISTRICTS[1])
    clerk = Clerk(session, districts=frozenset(DISTRICTS[:1]))
    assert clerk.book.worksheets[0].max_row == 2
    clerk.write("停车场登记", 2, district_code=DISTRICTS[1])
    clerk.write(
        "停车场登记", 3, code=other.code, name="改", lat=32.06, lon=120.62, district_code=DISTRICTS[0]
    )
    clerk.write("车位台账", 5, code=other.code, space_class="普通车位", on=TODAY, change=1, reason="新建")
    lots, entries, problems = clerk.bring()
    assert (lots.changed, entries.added) == (0, ())
    assert [*problems.values()] == ["not_your_district"] * 3
