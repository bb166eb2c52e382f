"""A clerk takes the register out as a workbook, edits it, sees what would change, and has it written."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from sqlalchemy import update

from integrations.storage import LocalFolder
from parking.bootstrap import PAGES
from parking.entrypoints.cli.context import Context
from parking.entrypoints.cli.lots import lots as command
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lookup.queries import Lookup
from parking.lots import queries
from parking.lots.models import Lot
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.settings import Settings
from tests.factories.accounts import Person, an_officer
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.console import Console, Officer
from tests.factories.lookup import SetClock
from tests.factories.lots import a_lot
from tests.plain_browser import served

TODAY = date(2026, 11, 20)


@dataclass
class Desk:
    """The console, a reviewer of one district, and the workbook that is taken out."""

    console: Console
    reviewer: Person

    def officer(self, language: str = "zh-CN") -> Officer:
        return self.console.officer(self.reviewer.token, language)

    def cards(self) -> dict[str, Any]:
        with self.console.sessions() as session:
            return {card.code: card for card in queries.lot_cards(session, TODAY)}


@pytest.fixture
def desk(sessions, tmp_path) -> Iterator[Desk]:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        for code, district in (("A", 0), ("B", 0), ("C", 1)):
            a_lot(uow.session, code=code, name=f"停车场{code}", district_code=DISTRICTS[district])
        reviewer = an_officer(uow.session, "reviewer1", districts=DISTRICTS[:1])
    clock = SetClock()
    lookup = Lookup(None, sessions, clock)
    files = LocalFolder(tmp_path / "papers")
    services = PortalServices(sessions=sessions, clock=clock, lookup=lookup, files=files)
    with served(create_app(services, pages=PAGES)) as address:
        console = Console(address, sessions, clock, lookup)
        console.begin(NOW)
        yield Desk(console, reviewer)


def edited(content: bytes, *changes: tuple[int, str, object]) -> tuple[str, bytes]:
    book = load_workbook(io.BytesIO(content))
    for sheet, cell, value in changes:
        book.worksheets[sheet][cell] = value
    out = io.BytesIO()
    book.save(out)
    return "登记.xlsx", out.getvalue()


def test_a_clerk_of_the_bureau_sees_what_changes_and_confirms(desk: Desk) -> None:
    officer = desk.officer().open("/bureau/lots").follow("用 Excel 编辑登记")
    content = officer.download("/bureau/lots/workbook.xlsx")
    mine = edited(
        content,
        (0, "G2", "新路 1 号"),
        (0, "R3", 999),
        (1, "B4", "A"),
        (1, "D4", "充电车位"),
        (1, "E4", date(2026, 10, 1)),
        (1, "F4", 12),
        (1, "H4", "新建"),
    )
    officer.press("上传并预览", file=mine)
    told = ["停车场登记!R3 B 已有停车场的车位数由车位台账合计得来：请在台账里加一笔，这里不能改"]
    told += ["2 A 地址： – → 新路 1 号", "4 A 2026年10月1日（周四） 充电车位 +12 新建"]
    assert officer.rows == told
    assert desk.cards()["A"].address is None
    again = officer.another()
    officer.press("确认写入登记")
    assert (officer.status, "已写入登记" in officer.text) == (200, True)
    card = desk.cards()["A"]
    assert (card.address, {each.space_class: each.capacity for each in card.spaces}) == (
        "新路 1 号",
        {SpaceClass.GENERAL: 100, SpaceClass.CHARGING: 12},
    )
    # A second press of the same button writes nothing more.
    again.press("确认写入登记")
    assert (again.rows, desk.cards()["A"]) == (told[:1], card)
    english = desk.officer("en").open("/bureau/lots/workbook")
    assert load_workbook(io.BytesIO(english.download("/bureau/lots/workbook.xlsx"))).sheetnames[:2] == [
        "Register",
        "Space ledger",
    ]


@pytest.mark.parametrize(
    ("language", "fields"), [("zh-CN", "名称、地址。"), ("en", "Name, Address. Export again")]
)
def test_what_others_changed_is_told_in_the_words_of_the_readers_workbook(
    desk: Desk, language: str, fields: str
) -> None:
    officer = desk.officer(language).open("/bureau/lots/workbook")
    mine = edited(officer.download("/bureau/lots/workbook.xlsx"), (0, "B2", "甲"), (0, "G2", "新路 1 号"))
    with unit_of_work(desk.console.sessions) as uow:
        uow.session.execute(update(Lot).where(Lot.code == "A").values(address="旧路 2 号"))
    officer.press("上传并预览" if language == "zh-CN" else "Upload and preview", file=mine)
    assert officer.status == 200
    [told] = officer.rows
    assert fields in told


def test_what_is_no_workbook_or_not_previewed_is_refused(desk: Desk) -> None:
    officer = desk.officer().open("/bureau/lots/workbook")
    officer.press("上传并预览", file=("a.xlsx", b"PK\x03\x04"))
    assert officer.status == 422
    officer.press("上传并预览", file=edited(officer.download("/bureau/lots/workbook.xlsx"), (0, "A1", "x")))
    assert (officer.status, "缺少列：编号" in officer.text) == (422, True)
    officer.press("上传并预览", file=edited(officer.download("/bureau/lots/workbook.xlsx"), (0, "G2", "x")))
    officer.press("确认写入登记", token="someone's")
    assert (officer.status, "预览已失效" in officer.text) == (422, True)
    assert desk.cards()["A"].address is None


def test_the_command_line_names_the_cell_and_tells_what_would_change(desk: Desk, database, tmp_path) -> None:
    context = Context(Settings(database_url=database.url))
    context.clock = SetClock(NOW)

    def run(*words: object, code: int = 0) -> tuple[list[str], list[str]]:
        told = CliRunner().invoke(command, [str(each) for each in words], obj=context, env={"LANG": "zh_CN"})
        assert told.exit_code == code, (told.output, told.exception)
        return told.stdout.splitlines(), [line for line in told.stderr.splitlines() if line.strip()]

    file = tmp_path / "out.xlsx"
    run("export", file)
    assert run("import", file)[0] == [
        "space ledger: 0 added, 0 entered before, 3 unchanged, 0 refused, 0 not in the file and kept",
        "0 added, 0 changed, 3 unchanged, 0 refused",
    ]
    changes = (0, "G2", "新路"), (0, "D3", "空中"), (1, "F2", 7)
    file.write_bytes(edited(file.read_bytes(), *changes)[1])
    out, problems = run("import", file, "--dry-run", code=1)
    assert out[0] == "2: A: address: - -> 新路"
    assert problems == [
        "3: B: 停车场登记!D3 kind: “空中”不在可选值中：路外、路内",
        "2: A: 车位台账!F2 change: 台账只增不改：第 1 号保持原样；记错了请另加一笔更正",
    ]
    assert desk.cards()["A"].address is None
    run("import", file, code=1)
    assert desk.cards()["A"].address == "新路"
    context.close()
