"""Many lots in a workbook: what the template asks for is what is read, in both languages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from flask_babel import force_locale
from openpyxl import Workbook, load_workbook

from parking.filings.rules import FilingKind, groups_for, read_answers
from parking.portals._http.i18n import init_i18n
from parking.portals.operator.workbook import WorkbookEmpty, WorkbookUnreadable, columns, read, template
from tests.factories.lookup import CITY


@pytest.fixture(autouse=True)
def reader() -> Iterator[None]:
    app = Flask("parking")
    init_i18n(app)
    with app.test_request_context("/"):
        yield


def a_book(*lines: list[object]) -> bytes:
    book = Workbook()
    for line in lines:
        book.worksheets[0].append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_chosen_from_the_lists_of_the_template_is_read_in_either_language(language: str) -> None:
    with force_locale(language):
        book = load_workbook(io.BytesIO(template(CITY)))
        sheet = book.worksheets[0]
        offered = {
            next(iter(choice.sqref.ranges)).min_col: choice.formula1.strip('"').split(",")
            for choice in sheet.data_validations.dataValidation
        }
        headers = [column.header for column in columns()]
    assert [cell.value for cell in sheet[1]] == headers
    for place, name in enumerate((column.name for column in columns()), start=1):
        typed = {"name": "商场停车场", "spaces_general": 40.0, "contract_until_on": date(2027, 1, 2)}
        sheet.cell(2, place, typed.get(name, offered.get(place, [None])[0]))
    out = io.BytesIO()
    book.save(out)
    (row,) = read(out.getvalue(), CITY)
    answers: dict[str, object] = {}
    for group in groups_for(FilingKind.REGISTRATION):
        values, problems = read_answers(group, row.texts, CITY, answers)
        assert not problems
        answers |= values
    assert answers["district_code"] == "320999001"
    assert answers["spaces_general"] == 40
    assert answers["charges_fee"] is True
    assert (answers["kind"], answers["type"], answers["access"]) == ("off_street", "public", "public")


def test_rows_keep_their_numbers_and_texts_what_was_typed() -> None:
    rows = read(
        a_book(
            ["停车场名称", "随便一列", "  详细 地址", "限高（厘米）", "合同到期日"],
            [None, "x", None, None, None],
            ["'=SUM(1)", None, "<b>一号</b>", 210.0, date(2027, 1, 2)],
        ),
        CITY,
    )
    assert [(row.number, dict(row.texts)) for row in rows] == [
        (
            3,
            {
                "name": "=SUM(1)",
                "address": "<b>一号</b>",
                "max_height_cm": "210",
                "contract_until_on": "2027-01-02",
            },
        )
    ]


def test_a_workbook_that_is_not_ours_or_empty_says_so() -> None:
    with pytest.raises(WorkbookUnreadable):
        read(a_book(["姓名", "年龄"], ["甲", 3]), CITY)
    with pytest.raises(WorkbookUnreadable):
        read(b"PK\x03\x04 broken", CITY)
    with pytest.raises(WorkbookEmpty):
        read(a_book(["停车场名称"]), CITY)
