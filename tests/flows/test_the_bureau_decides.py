"""The bureau works its queue and decides, once and with reasons: pages over HTTP, no script, no mock."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook

from parking.accounts import service as accounts
from parking.accounts.rules import OfficerRole
from parking.city import queries as city
from parking.filings import queries, service
from parking.filings.queries import FilingView
from parking.filings.rules import FilingKind, FilingState
from parking.kernel.db.engine import make_sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots import queries as lots
from tests.databases import Database
from tests.factories import filings as make
from tests.factories.accounts import an_officer
from tests.factories.city import DISTRICTS, NOW
from tests.factories.console import Console, Officer, a_console
from tests.factories.lots import a_lot

WEST = {"lat": 32.06, "lon": 120.60}
MARKUP = '=HYPERLINK("http://x")<b>停车场</b>'


@dataclass
class Bureau:
    """The console, and everybody on both sides of the counter."""

    console: Console
    office: make.Office

    def person(self, login: str, role: OfficerRole, *districts: str) -> Officer:
        """One more officer."""
        with unit_of_work(self.console.sessions) as uow:
            token = an_officer(uow.session, login, (role,), districts).token
        return self.console.officer(token)

    @property
    def administrator(self) -> Officer:
        return self.person("admin1", OfficerRole.ADMINISTRATOR)

    @property
    def reviewer(self) -> Officer:
        return self.console.officer(self.office.reviewer.token)

    @property
    def colleague(self) -> Officer:
        return self.console.officer(self.office.colleague.token)

    def filing(self, now=NOW, **told: object) -> FilingView:
        """A registration that was handed in."""
        with unit_of_work(self.console.sessions) as uow:
            draft = make.a_draft(uow.session, self.office, now=now, **told)
            return make.submitted(uow.session, self.office, draft, now)

    def accepted(self, **told: object) -> FilingView:
        found = self.filing(**told)
        with unit_of_work(self.console.sessions) as uow:
            return make.accepted(uow.session, self.office, found)

    def stands(self, filing: FilingView) -> FilingView:
        with self.console.sessions() as session:
            return queries.filing(session, filing.id)


@pytest.fixture(scope="module")
def served(_flow_database: Database) -> Iterator[Console]:
    """One application for these tests, over the database that each of them finds empty."""
    with a_console(make_sessions(_flow_database.engine)) as console:
        yield console


@pytest.fixture
def bureau(database: Database, served: Console) -> Bureau:
    with unit_of_work(served.sessions) as uow:
        office = make.an_office(uow.session)
    served.begin(NOW)
    return Bureau(served, office)


def test_a_filing_is_claimed_corrected_once_accepted_and_filed(bureau: Bureau) -> None:
    filing = bureau.filing()
    officer = bureau.reviewer.open("/bureau/filings")
    assert "还剩 2 个工作日 决定是否受理，2026年11月24日（周二）" in officer.rows[0]
    officer.press("领取")
    assert "已领取" in officer.text
    assert bureau.stands(filing).claimed_by == bureau.office.reviewer.id

    officer.follow("城东第一停车场").follow("要求补正")
    officer.press("下一步", {"words.spaces": "请写明地下一层的车位数"})
    assert officer.page.xpath("//h1")[0].text_content() == "核对后确认：要求补正"
    assert "请写明地下一层的车位数" in officer.text
    assert "申请单位最迟在 2026年12月11日（周五）补正" in officer.text
    assert bureau.stands(filing).state is FilingState.SUBMITTED

    officer.press("返回修改")
    assert officer.page.xpath("//textarea[@name='words.spaces']")[0].value == "请写明地下一层的车位数"
    officer.press("下一步").press("确认要求补正")
    assert bureau.stands(filing).state is FilingState.CORRECTION_REQUESTED

    with unit_of_work(bureau.console.sessions) as uow:
        make.submitted(uow.session, bureau.office, bureau.stands(filing))
    officer.open(f"/bureau/filings/{filing.id}")
    # What is missing is told once.
    assert not officer.page.xpath("//a[contains(text(), '要求补正')]")
    officer.follow("受理").press("确认受理").follow("予以备案").press("确认予以备案")

    certificate = bureau.stands(filing).certificate_number
    assert certificate
    assert any(certificate in row and "有效" in row for row in officer.open("/bureau/certificates").rows)
    officer.follow(certificate).follow("城东第一停车场")
    assert any("+100 100 新建" in row for row in officer.rows)


def test_a_notice_names_everything_that_is_missing_at_once(bureau: Bureau) -> None:
    filing = bureau.filing()
    with unit_of_work(bureau.console.sessions) as uow:
        # The city asks for one more paper after the filing was handed in.
        make.a_filing_city(uow.session)
        documents = [*make.DOCUMENTS, make._document("floor_plan", proves="spaces")]
        make.a_city(uow.session, documents=documents)
    officer = bureau.reviewer.open(f"/bureau/filings/{filing.id}")
    assert any("材料floor_plan" in row and "缺" in row for row in officer.rows)
    officer.follow("要求补正")
    assert "请上传“材料floor_plan”" in officer.text
    officer.press("下一步", {"reason.papers.site_right": "unreadable"}).press("确认要求补正")
    items = bureau.stands(filing).correction_items
    assert [item["about"] for item in items] == ["papers.site_right", "papers.floor_plan"]
    assert items[0]["text_en"] == "Unreadable"


def test_a_decision_against_somebody_needs_a_reason(bureau: Bureau) -> None:
    filing = bureau.filing()
    officer = bureau.reviewer.open(f"/bureau/filings/{filing.id}/decide/refused").press("下一步")
    assert officer.status == 422
    assert "请至少说明一条理由" in officer.text
    officer.press("下一步", {"reason.whole": "not_a_lot"})
    assert "Out of scope" in officer.text
    officer.press("确认不予受理")
    assert bureau.stands(filing).state is FilingState.REFUSED


def test_two_officers_cannot_both_decide(bureau: Bureau) -> None:
    filing = bureau.filing()
    first = bureau.reviewer.open(f"/bureau/filings/{filing.id}/decide/accepted")
    second = bureau.colleague.open(f"/bureau/filings/{filing.id}/decide/refused")
    second.press("下一步", {"reason.whole": "not_a_lot"})
    first.press("确认受理")
    second.press("确认不予受理")
    assert second.status == 409
    assert "赵三 已在 2026年11月20日（周五）10:00 处理：决定受理。" in second.text
    assert bureau.stands(filing).state is FilingState.ACCEPTED
    # The back button shows how things stand, and sends nothing twice.
    assert first.open(f"/bureau/filings/{filing.id}/decide/accepted").path.endswith(filing.id)
    assert "现在不能这样决定" in first.text


def test_what_a_colleague_has_claimed_is_left_alone(bureau: Bureau) -> None:
    filing = bureau.filing()
    mine = bureau.reviewer.open("/bureau/filings")
    late = bureau.colleague.open("/bureau/filings")
    mine.press("领取")
    late.press("领取")
    assert late.status == 409
    assert "赵三 领取了它，到 2026年11月20日（周五）10:30。" in late.text
    late.open(f"/bureau/filings/{filing.id}/decide/accepted").press("确认受理")
    assert late.status == 409
    mine.press("退还")
    assert bureau.stands(filing).claimed_by is None
    assert not late.open("/bureau/filings?only=mine").rows


def test_another_district_is_as_unknown_as_no_filing(bureau: Bureau) -> None:
    filing = bureau.accepted()
    officer = bureau.person("west1", OfficerRole.REVIEWER, DISTRICTS[1])
    assert not officer.open("/bureau/filings?state=all").rows
    assert not officer.open(f"/bureau/filings?district={DISTRICTS[0]}").rows
    for path in (filing.id, f"{filing.id}/decide/approved", f"{filing.id}/papers/{filing.papers[0].id}"):
        foreign = officer.open(f"/bureau/filings/{path}")
        missing = officer.another().open(f"/bureau/filings/{path.replace(filing.id, 'none')}")
        assert foreign.status == missing.status == 404
        assert _without_ids(foreign.text) == _without_ids(missing.text)
    assert filing.notices
    assert officer.open(f"/bureau/notices/{filing.notices[0].number}").status == 404
    assert len(officer.download("/bureau/filings.csv?state=all").decode("utf-8-sig").splitlines()) == 1


def _without_ids(text: str) -> str:
    return re.sub(r"[0-9a-f-]{12,}", "", text)


def test_an_administrator_sets_the_limits_and_decides_nothing(bureau: Bureau) -> None:
    filing = bureau.filing()
    officer = bureau.administrator
    assert officer.open(f"/bureau/filings/{filing.id}").status == 403
    assert officer.open("/bureau/").status == 200
    assert "备案审查" not in officer.text

    page = "/bureau/settings/values/filings.accept_days"
    rival = officer.open(page).another()
    tomorrow = (NOW + timedelta(days=1)).date()
    officer.press("保存", value="3", from_on=tomorrow.isoformat())
    assert "3 个工作日" in officer.rows[0]
    assert "未生效" in officer.rows[0]
    with bureau.console.sessions() as session:
        assert city.city_view(session, NOW.date()).told("filings.accept_days") == 2
        assert city.city_view(session, tomorrow).told("filings.accept_days") == 3
    rival.press("保存", value="9", from_on=tomorrow.isoformat())
    assert rival.status == 409
    assert "已被他人更改" in rival.text
    officer.press("保存", value="99", from_on=tomorrow.isoformat())
    assert officer.status == 422
    officer.open(page).press("保存", value="3", from_on="2026-11-19")
    assert "不能早于今天" in officer.text
    assert bureau.reviewer.open(page).page.xpath("//button[text()='保存']") == []


def test_a_list_of_the_city_is_edited_row_by_row_in_both_languages(bureau: Bureau) -> None:
    officer = bureau.administrator.open("/bureau/settings/lists/reasons")
    officer.follow("加一条").press("保存", key="too_few", step="correct", text_zh="车位太少")
    assert officer.status == 422
    assert officer.page.xpath("//input[@name='text_zh']")[0].value == "车位太少"
    officer.press("保存", text_en="Too few spaces", about="spaces")
    assert any("车位太少" in row and "Too few spaces" in row for row in officer.rows)
    filing = bureau.filing()
    decide = bureau.reviewer.open(f"/bureau/filings/{filing.id}/decide/correction_requested")
    assert decide.page.xpath("//input[@name='reason.spaces' and @value='too_few']")


def test_a_holiday_that_is_set_moves_the_due_day(bureau: Bureau) -> None:
    officer = bureau.administrator.open("/bureau/calendar")
    officer.press("保存这一天", on="2026-11-23", is_workday="false", name_zh="市庆", name_en="City day")
    assert any("市庆" in row and "手工录入" in row for row in officer.rows)
    assert bureau.filing().due_on == date(2026, 11, 25)
    assert officer.open("/bureau/calendar?year=2028").press("2028 年已录入完毕").status == 200


def test_the_numbers_of_the_overview_lead_to_the_rows_they_sum(bureau: Bureau) -> None:
    bureau.filing(now=NOW - timedelta(days=9), name="第一")
    bureau.filing(now=NOW - timedelta(days=2), name="第二")
    bureau.filing(name="第三")
    officer = bureau.reviewer.open("/bureau/filings?only=overdue")
    assert "逾期 5 个工作日" in officer.rows[0]
    home = officer.open("/bureau/")
    sums = {
        link.get("href"): int(link.xpath(".//b")[0].text_content())
        for link in home.page.xpath("//ul[@class='sums']//a")
    }
    assert sums["/bureau/filings?only=overdue"] == 1
    assert sums["/bureau/filings?only=today"] == 1
    for href, number in sums.items():
        if href.startswith(("/bureau/filings", "/bureau/lots")):
            assert len(officer.open(href).rows) == number, href


def test_a_change_shows_old_beside_new_and_writes_only_the_difference(bureau: Bureau) -> None:
    with unit_of_work(bureau.console.sessions) as uow:
        lot_id, _ = make.a_filed_lot(uow.session, bureau.office)
        draft = make.a_draft(uow.session, bureau.office, FilingKind.CHANGE, lot_id=lot_id)
        told = {key: value for key, value in draft.answers.items() if key.startswith(("spaces_", "access"))}
        told |= {"spaces_general": 140, "difference_reason": "marked_bays"}
        service.save_answers(
            uow.session, bureau.office.member, bureau.office.organisation_id, draft.id, "spaces", told,
            draft.version, NOW,
        )  # fmt: skip
        change = make.submitted(uow.session, bureau.office, queries.filing(uow.session, draft.id))
        make.accepted(uow.session, bureau.office, change)
    officer = bureau.reviewer.open(f"/bureau/filings/{change.id}")
    assert "普通车位 100 140 +40" in officer.rows
    officer.follow("予以备案").press("确认予以备案")
    officer.open(f"/bureau/lots/{lot_id}")
    assert any("+40 140 新划泊位" in row for row in officer.rows)


def test_a_lot_that_the_register_has_is_joined_and_never_doubled(bureau: Bureau) -> None:
    with unit_of_work(bureau.console.sessions) as uow:
        known = a_lot(uow.session, name="城东第一停车场", lat=32.06, lon=120.6403, district_code=DISTRICTS[0])
    filing = bureau.accepted()
    officer = bureau.reviewer.open(f"/bureau/filings/{filing.id}")
    assert "可能就是它" in officer.text
    officer.follow("予以备案").press("确认予以备案", join=known.id)
    assert officer.status == 200, officer.text
    assert bureau.stands(filing).lot_id == known.id
    with bureau.console.sessions() as session:
        assert [card.id for card in lots.lot_cards(session, NOW.date())] == [known.id]


def test_a_lot_that_was_not_proposed_is_joined_by_nobody(bureau: Bureau) -> None:
    with unit_of_work(bureau.console.sessions) as uow:
        a_lot(uow.session, name="城东第一停车场", lat=32.06, lon=120.6403, district_code=DISTRICTS[0])
        elsewhere = a_lot(uow.session, name="河西", lat=32.09, lon=120.60, district_code=DISTRICTS[1])
    filing = bureau.accepted()
    east = bureau.person("east", OfficerRole.REVIEWER, DISTRICTS[0])
    east.open(f"/bureau/filings/{filing.id}").follow("予以备案").press("确认予以备案", join=elsewhere.id)
    assert east.status == 404
    assert bureau.stands(filing).state is FilingState.ACCEPTED
    with bureau.console.sessions() as session:
        [card] = lots.lot_cards(session, NOW.date(), [elsewhere.id])
    assert (card.name, card.district_code) == ("河西", DISTRICTS[1])


def test_a_revoked_certificate_says_why_and_the_lot_stays(bureau: Bureau) -> None:
    with unit_of_work(bureau.console.sessions) as uow:
        lot_id, filing = make.a_filed_lot(uow.session, bureau.office)
    officer = bureau.reviewer.open(f"/bureau/certificates/{filing.certificate_number}")
    officer.press("下一步", words="三次复核仍占用消防通道", evidence="巡查 12 号")
    assert "备案证明立即失效" in officer.text
    officer.press("确认撤销备案")
    assert "三次复核仍占用消防通道" in officer.text
    assert not officer.page.xpath("//button[contains(text(), '下一步')]")
    assert "备案证明：已撤销" in officer.open(f"/bureau/lots/{lot_id}").text


def test_a_lent_duty_exports_the_districts_of_its_owner_alone(bureau: Bureau) -> None:
    with unit_of_work(bureau.console.sessions) as uow:
        here = an_officer(uow.session, "inspector1", (OfficerRole.INSPECTOR,), [DISTRICTS[0]])
        away = an_officer(uow.session, "west", districts=[DISTRICTS[1]])
        day = timedelta(days=1)
        accounts.set_leave(uow.session, away.caller, away.id, here.id, NOW.date(), NOW.date() + day, NOW)
    east = bureau.filing()
    west = bureau.filing(name="河西停车场", district_code=DISTRICTS[1], position={**WEST, "datum": "wgs84"})
    officer = bureau.console.officer(here.token)
    assert len(officer.open("/bureau/filings").rows) == 2
    told = officer.download("/bureau/filings.csv").decode()
    assert west.number in told and east.number not in told
    for district in (DISTRICTS[0], DISTRICTS[1]):
        told = officer.download(f"/bureau/filings.csv?district={district}").decode()
        assert west.number in told and east.number not in told


def test_no_spreadsheet_runs_what_an_operator_wrote(bureau: Bureau) -> None:
    bureau.filing(name=MARKUP)
    officer = bureau.reviewer.open("/bureau/filings")
    assert MARKUP in officer.rows[0]
    lines = list(csv.reader(io.StringIO(officer.download("/bureau/filings.csv").decode("utf-8-sig"))))
    assert lines[1][2] == f"'{MARKUP}"
    book = load_workbook(io.BytesIO(officer.download("/bureau/filings.xlsx")))
    cell = book.worksheets[0]["C2"]
    assert (cell.value, cell.data_type) == (MARKUP, "s")
