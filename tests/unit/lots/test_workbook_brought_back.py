"""Can a clerk edit the register's workbook and bring it back, whatever the texts and whoever else edits?"""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from sqlalchemy import func, select

from parking.audit.models import AuditEntry
from parking.city import queries as city_queries
from parking.kernel.actors import CLI
from parking.kernel.vocabulary import Access, LotKind, SpaceClass
from parking.lots import queries, service
from parking.lots.models import LedgerEntry
from parking.lots.rules import LedgerReason
from parking.lots.rules.workbook import Language, SheetName, read_book, write_book
from parking.lots.rules.workbook.layout import LEDGER, REGISTER
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.lots import a_draft, a_lot
from tests.unit.lots.register_files import NASTY, saved

TODAY = date(2026, 11, 20)
LETTERS = {
    sheet: {column.name: get_column_letter(place) for place, column in enumerate(columns, start=1)}
    for sheet, columns in (("停车场登记", REGISTER), ("车位台账", LEDGER))
}


class Clerk:
    """Takes the workbook out, edits cells by column, brings it back."""

    def __init__(self, session, language=Language.ZH, districts=()):
        self.session, self.districts = session, districts
        view = city_queries.city_view(session, TODAY)
        lots = queries.book_lots(session, TODAY, view, language, districts)
        entries = queries.book_entries(session, language, districts)
        data = write_book(lots, entries, view, language)
        self.book, self.view = load_workbook(io.BytesIO(data)), view

    def write(self, sheet, row, **cells):
        page = self.book.worksheets[list(LETTERS).index(sheet)]
        for name, value in cells.items():
            page[f"{LETTERS[sheet][name]}{row}"] = value

    def bring(self, dry_run=False):
        """(rows' report, entries' report, problems by cell)."""
        read = read_book(saved(self.book), self.view, TODAY)
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
def city(session):
    return a_city(session)


STREET = {"district_code": DISTRICTS[0], "kind": LotKind.ON_STREET, "access": Access.CUSTOMERS}
STREET |= {"spaces": {SpaceClass.GENERAL: 100, SpaceClass.CHARGING: 8}, "bay_length_m": 40}
STREET |= {"class_access": {SpaceClass.CHARGING: Access.RESIDENTS}}


def a_street(session, **fields):
    return a_lot(session, **STREET | fields)


def test_exported_and_imported_again_nothing_changes(session):
    more = {"etc_since_on": date(2023, 7, 3), "lat": 32.06 + 1 / 3e9}
    streets = [a_draft(**STREET, **more, hours_note=text) for text in NASTY]
    service.import_lots(session, CLI, [*enumerate(streets)], NOW)
    before = everything(session)
    for language in Language:
        lots, entries, problems = Clerk(session, language).bring()
        assert (lots.added, lots.changed, entries.added, entries.unlisted, problems) == (0, 0, (), 0, {})
        assert entries.standing == 3 * len(NASTY)
        assert everything(session) == before


def test_a_wrong_word_is_told_with_those_of_the_workbooks_own_language(session):
    lot = a_street(session)
    line = {"code": lot.code, "space_class": "general", "on": date(2026, 3, 1), "change": 1}
    for language, known in ((Language.ZH, "路外、路内"), (Language.EN, "off street, on street")):
        clerk = Clerk(session, language)
        clerk.write("停车场登记", 2, kind="spaceship")
        clerk.write("车位台账", 5, **line, reason="because")
        read = read_book(saved(clerk.book), clerk.view, TODAY)
        [kind], [reason] = read.rows.problems, read.entries.problems
        assert (kind.problem.field, kind.problem.params["known"]) == ("kind", known)
        assert reason.problem.field == "reason"
        assert reason.problem.params["known"].isascii() == (language is Language.EN)


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


def test_a_code_typed_twice_and_a_mark_that_was_typed_over_are_told_as_what_they_are(session):
    first, *_ = (a_street(session) for _ in range(3))
    clerk = Clerk(session)
    clerk.write("停车场登记", 3, code=first.code)
    clerk.write("停车场登记", 4, address="新路", mark="1-1")
    lots, _, problems = clerk.bring()
    mark = LETTERS["停车场登记"]["mark"]
    assert problems == {"停车场登记!A3": "repeated", f"停车场登记!{mark}4": "mark_changed"}
    assert lots.changed == 0


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
