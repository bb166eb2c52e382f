"""An operator files a lot, with the pages alone: real HTTP, no script, the bureau's services between."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf
import pytest
from openpyxl import load_workbook

from integrations.storage import LocalFolder
from parking.bootstrap import PAGES
from parking.filings import queries, service
from parking.filings.queries import FilingView
from parking.filings.rules.items import Item
from parking.kernel.db.engine import Sessions, make_engine, make_sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from tests.databases import Server
from tests.factories import accounts
from tests.factories import filings as factory
from tests.factories.accounts import PASSWORD
from tests.factories.city import DISTRICTS, NOW
from tests.factories.filings import Office
from tests.factories.lookup import SetClock
from tests.factories.lots import a_lot
from tests.plain_browser import Window, served


def a_pdf() -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@dataclass
class Counter:
    """Both sides of the counter: the operator's browser, and the officer by the services."""

    address: str
    sessions: Sessions
    clock: SetClock
    office: Office

    def browser(self, login: str = "owner1", **options: str) -> Window:
        window = Window(self.address, **options).open("/operator/login")
        return window.press("登录" if not options else "Log in", login=login, password=PASSWORD)

    def filing(self, filing_id: str) -> FilingView:
        with self.sessions() as session:
            return queries.filing(session, filing_id)

    def decide(self, filing_id: str, *steps: str) -> None:
        for step in steps:
            with unit_of_work(self.sessions) as uow:
                version = queries.filing(uow.session, filing_id).version
                act = getattr(service, step)
                act(uow.session, self.office.officer, filing_id, version, self.clock.now())

    def ask_to_correct(self, filing_id: str, *items: Item) -> None:
        with unit_of_work(self.sessions) as uow:
            version = queries.filing(uow.session, filing_id).version
            officer, now = self.office.officer, self.clock.now()
            service.request_correction(uow.session, officer, filing_id, version, list(items), now)


@pytest.fixture(scope="module")
def counter(server: Server, database_prefix: str, tmp_path_factory: Any) -> Iterator[Counter]:
    """One office for all these tests: each files lots of its own."""
    name = f"{database_prefix}_operator"
    engine = make_engine(server.clone(name))
    sessions = make_sessions(engine)
    with unit_of_work(sessions) as uow:
        office = factory.an_office(uow.session)
        a_lot(uow.session, name="城东第一停车场（老）", lat=32.06, lon=120.64)
        accounts.an_owner(uow.session, 2, checked=False)
    clock = SetClock(NOW)
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    told = PortalServices(
        sessions=sessions,
        clock=clock,
        lookup=lookup,
        files=LocalFolder(tmp_path_factory.mktemp("files")),
        public_url="http://park.example",
    )
    with served(create_app(told, pages=PAGES)) as address:
        yield Counter(address, sessions, clock, office)
    engine.dispose()
    server.drop(name)


ANSWERS = {
    "停车场与位置": {
        "name": "城东第一停车场",
        "kind": "off_street",
        "type": "public",
        "district_code": DISTRICTS[0],
        "address": "城东路 1 号",
        "position_lat": "32.06",
        "position_lon": "120.64",
        "position_datum": "wgs84",
    },
    "车位": {"spaces_general": "100", "access": "public", "spaces_reason": "new_build"},
    "开放时间与收费": {"opening_hours": "24/7", "charges_fee": "no"},
    "场地与经营": {"site_right": "owned", "operator_name": "试城物业1有限公司", "operator_is_owner": "yes"},
    "建筑与设施": {"underground": "no", "mechanical": "no", "civil_defence": "no"},
    "收费系统": {"has_billing_system": "no"},
    "安全与投诉": {
        "safety_person": "王一",
        "safety_phone": "13800000001",
        "complaint_phone": "0513-12345678",
    },
}


def a_begun_registration(window: Window) -> str:
    """The id of a new draft whose task list is shown."""
    window.open("/operator/filings/new").press("开始填写", kind="registration")
    return window.path.rsplit("/", 1)[1]


def a_filled_registration(window: Window) -> str:
    filing_id = a_begun_registration(window)
    for group, answers in ANSWERS.items():
        window.follow(group).press("保存并继续", answers)
        assert window.status == 200, window.main
    window.follow("场地与经营").press("上传", {"file-site_right": ("产权证.pdf", a_pdf())})
    assert "产权证.pdf" in window.main
    return filing_id


def test_a_lot_is_filed_from_the_first_page_to_the_certificate(counter: Counter) -> None:
    window = counter.browser()
    filing_id = a_filled_registration(window)

    # The register has a lot there already: it is claimed, not made a second time.
    window.open(f"/operator/filings/{filing_id}").follow("查看名称相近和 50 米内的停车场")
    assert "城东第一停车场（老）" in window.main
    known = window.page.xpath("//input[@name='lot_id']/@value")[0]
    with unit_of_work(counter.sessions) as uow:
        elsewhere = a_lot(uow.session, name="河西", lat=32.09, lon=120.60).id
    # One that was not proposed is not theirs to claim.
    assert window.another().press("保存并继续", lot_id=elsewhere).status == 404
    window.press("保存并继续", lot_id=known)
    assert "已选择登记册里的停车场：城东第一停车场（老）" in window.main

    window.follow("核对与声明")
    twice = window.another()
    assert "请先勾选声明" in window.press("提交申请", declared=None, declared_by="王一").main
    window.press("提交申请", declared="yes", declared_by="王一")
    assert window.path.endswith("/receipt")
    assert "2026年11月24日（周二）" in window.main
    number = counter.filing(filing_id).number
    assert number and number in window.main
    # The same form sent twice gets the same receipt.
    assert number in twice.press("提交申请", declared="yes", declared_by="王一").main
    assert twice.path == window.path

    counter.ask_to_correct(
        filing_id, Item("papers.site_right", "unreadable", ""), Item("address", None, "请写明门牌号")
    )
    window.open("/operator")
    assert "补正：新备案" in window.main and "2026年12月11日（周五）" in window.main
    window.follow("补正：新备案").follow("详细地址：请写明门牌号")
    assert window.path.endswith("/questions/place")
    window.press("保存并继续", address="城东路 1 号南门")
    window.follow("材料site_right：材料看不清")
    window.press("上传", {"file-site_right": ("产权证-清晰.pdf", a_pdf() + b"\n")})
    window.open(f"/operator/filings/{filing_id}/check")
    window.press("提交补正", declared="yes", declared_by="王一")
    assert "补正已提交" in window.main

    editing = window.another().open(f"/operator/filings/{filing_id}")
    counter.decide(filing_id, "accept", "approve")
    filed = counter.filing(filing_id)
    assert filed.lot_id == known
    # Back to a page of questions: how it stands, in a sentence, and nothing to be edited.
    editing.open(f"/operator/filings/{filing_id}/questions/place")
    assert "已予以备案，申请已办结，不能再修改" in editing.main
    assert not editing.page.xpath("//main//input[@type='text']")
    window.open(f"/operator/filings/{filing_id}").follow("查看备案证明")
    assert filed.certificate_number and filed.certificate_number in window.main
    assert window.page.xpath("//main//figure//*[local-name()='svg']")
    pdf = window.another().open(f"{window.path}/pdf").shown
    assert pdf is not None and pdf.content.startswith(b"%PDF")
    assert "城东第一停车场" in window.open("/operator").main


def test_two_windows_overwrite_nothing(counter: Counter) -> None:
    first = counter.browser()
    a_begun_registration(first)
    first.follow("停车场与位置")
    second = first.another()
    first.press("保存并退出", name="北门停车场", address="北门路 1 号")
    assert "已保存" in first.main

    second.press("保存并继续", name="南门停车场", address="北门路 1 号")
    assert second.status == 409
    table = second.page.xpath("//table//tr[td]")
    assert [[cell.text_content() for cell in row] for row in table] == [
        ["停车场名称", "北门停车场", "南门停车场"]
    ]
    assert second.page.xpath("//input[@id='name']/@value") == ["南门停车场"]
    assert "北门停车场" in first.open("/operator/filings").main
    # Whoever has seen both decides.
    second.press("保存并继续")
    assert second.status == 200
    assert "南门停车场" in first.open("/operator/filings").main

    # Two windows on different pages of the filing do not disturb each other.
    first.follow("新备案 · 南门停车场").follow("安全与投诉")
    second.follow("建筑与设施").press("保存并继续", underground="yes")
    first.press("保存并继续", safety_person="王一")
    assert first.status == second.status == 200


def test_one_bad_answer_takes_no_good_one_with_it(counter: Counter) -> None:
    window = counter.browser()
    filing_id = a_begun_registration(window)
    window.follow("停车场与位置").press(
        "保存并继续",
        name='=1+1<script>"停车场',
        address="城东路 1 号",
        position_lat="120.64",
        position_lon="32.06",
    )
    assert window.status == 422
    assert "经度与纬度写反了" in window.main
    assert window.page.xpath("//a[@href='#position']")
    assert window.page.xpath("//input[@id='position_lat']/@value") == ["120.64"]
    saved = counter.filing(filing_id).answers
    assert saved["name"] == '=1+1<script>"停车场' and saved["address"] == "城东路 1 号"
    assert "position" not in saved
    window.press("保存并继续", position_lat="32.06", position_lon="120.64")
    assert window.status == 200
    # A refused file says its reason beside its paper, and what was typed with it is kept.
    window.follow("场地与经营")
    window.press("上传", {"file-site_right": ("照片.png", b""), "operator_name": "试城物业1有限公司"})
    assert window.status == 422 and "文件是空的（0 字节）" in window.main
    assert counter.filing(filing_id).answers["operator_name"] == "试城物业1有限公司"


def test_a_place_is_found_by_name_without_a_map(counter: Counter) -> None:
    window = counter.browser()
    filing_id = a_begun_registration(window)
    window.follow("停车场与位置").press("查找", name="医院停车场", known_q="人民医院")
    place = window.page.xpath("//input[@name='known']/@value")[0]
    window.press("保存并继续", known=place)
    assert counter.filing(filing_id).answers["position"] == {"lat": 32.061, "lon": 120.623, "datum": "wgs84"}
    # In the datum of another map the same place has other numbers.
    told = window.open("/operator/place?lat=32.0584&lon=120.6275&datum=gcj02").shown
    assert told is not None and told.json()["inside"] and abs(told.json()["lat"] - 32.0605) < 0.001


def test_who_is_not_checked_yet_drafts_but_does_not_submit(counter: Counter) -> None:
    window = counter.browser("owner2")
    assert "单位资料正在核验" in window.open("/operator").main
    filing_id = a_begun_registration(window)
    window.open(f"/operator/filings/{filing_id}/check")
    assert "现在不能提交" in window.main
    stranger = counter.browser()
    assert stranger.open(f"/operator/filings/{filing_id}").status == 404
    assert stranger.open(f"/operator/filings/{filing_id}/questions/place").status == 404


def test_a_workbook_of_lots_becomes_drafts_and_a_bad_row_says_why(counter: Counter) -> None:
    window = counter.browser()
    window.open("/operator/bulk")
    template = window.another().open("/operator/bulk/template").shown
    assert template is not None
    book = load_workbook(io.BytesIO(template.content))
    sheet = book.worksheets[0]
    at = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, 32):
        told = {
            "停车场名称": f"连锁超市{row}号停车场",
            "路内或路外": "路外停车场",
            "所在镇（街道）": "城东街道",
            "停车场位置 · 纬度": 32.06,
            "停车场位置 · 经度": 120.64,
            "普通车位": 40.0,
            "是否收费": "否",
        }
        if row == 5:
            told |= {"普通车位": "很多", "停车场位置 · 纬度": 120.64, "停车场位置 · 经度": 32.06}
        if row == 7:
            told["停车场名称"] = None
        for header, value in told.items():
            sheet.cell(row, at[header], value)
    out = io.BytesIO()
    book.save(out)
    window.press("上传并建立草稿", workbook=("停车场.xlsx", out.getvalue()))
    assert "读取 30 行：建立草稿 29 份，有问题 2 行" in window.main
    fifth, seventh = [[cell.text_content() for cell in row] for row in window.page.xpath("//table//tr[td]")]
    assert fifth[:2] == ["第 5 行", "连锁超市5号停车场"] and seventh[0] == "第 7 行"
    assert "停车场位置：经度与纬度写反了" in fifth[2] and "普通车位：请填写不小于零的整数" in fifth[2]
    assert "停车场名称" in seventh[2]
    window.follow("连锁超市5号停车场").follow("停车场与位置")
    assert window.page.xpath("//select[@id='district_code']/option[@selected]/@value") == [DISTRICTS[0]]
    # The same workbook a second time makes nothing twice.
    window.open("/operator/bulk").press("上传并建立草稿", workbook=("停车场.xlsx", out.getvalue()))
    assert "建立草稿 0 份" in window.main


def test_a_change_is_started_from_the_lot_and_shows_old_beside_new(counter: Counter) -> None:
    with unit_of_work(counter.sessions) as uow:
        factory.a_filed_lot(uow.session, counter.office, name="城西停车场")
    window = counter.browser().open("/operator/lots")
    window.follow("城西停车场")
    assert "未接入" in window.main and "起可以办理" in window.main
    window.press("变更备案").follow("车位")
    window.press("保存并继续", spaces_general="120", difference_reason="new_build")
    window.follow("核对与声明")
    assert "普通车位 120原登记：100" in window.main
    again = window.another().open("/operator/lots").follow("城西停车场")
    assert "已有一份正在办理" in again.main


def test_what_is_typed_outlives_the_login(counter: Counter) -> None:
    window = counter.browser()
    filing_id = a_begun_registration(window)
    window.follow("安全与投诉")
    del window.http.cookies["operator_session"]
    window.press("保存并继续", safety_person="王一", safety_phone="13800000001")
    assert "/login" in window.path or window.page.xpath("//input[@name='password']")
    window.press("登录", login="owner1", password=PASSWORD).press("回到表单")
    assert window.path == f"/operator/filings/{filing_id}/questions/safety"
    assert "文件需要重新选择" not in window.main
    assert window.page.xpath("//input[@id='safety_person']/@value") == ["王一"]
    assert "safety_person" not in counter.filing(filing_id).answers
    window.press("保存并继续")
    assert counter.filing(filing_id).answers["safety_person"] == "王一"
