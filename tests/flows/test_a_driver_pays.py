"""A driver pays with the code of the stay, over real HTTP to a played payer; the bureau gives back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import requests
from sqlalchemy import select, update

from parking.accounts import service as accounts
from parking.accounts.rules import OfficerRole
from parking.audit.models import AuditEntry
from parking.bootstrap import PAGES
from parking.entrypoints.simulator.payments import Mood
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.limits import Limit
from parking.lookup.queries import Lookup
from parking.lots.models import Lot
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.gateway import callbacks
from parking.visits.errors import CodeAttemptsExceeded, CodeWrong
from parking.visits.jobs.charges import ChargeJobs
from parking.visits.models import Charge, Visit
from parking.visits.queries import reconciliations
from parking.visits.rules import codes as rules
from parking.visits.service import codes, reconciling, refunding
from parking.visits.service.asking import Charging
from parking.visits.service.reconciling import reconcile
from tests.factories.accounts import an_officer, an_owner, logged_in
from tests.factories.charges import Networks, a_visit, networks
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.console import Officer
from tests.factories.lookup import SetClock
from tests.factories.lots import a_lot
from tests.factories.tariffs import a_tariff
from tests.plain_browser import Window, served


class Place:
    """A lot with one vehicle that has been inside for 61 minutes, the app, and whoever plays the payer."""

    def __init__(self, sessions: Sessions, clock: SetClock, played: Networks) -> None:
        self.sessions, self.clock, self.played = sessions, clock, played
        with unit_of_work(sessions) as uow:
            session = uow.session
            a_city(session, charges={"grace_minutes": 15})
            self.reviewer = an_officer(session, roles=(OfficerRole.REVIEWER,))
            self.owner = an_owner(session)
            self.lot = a_lot(session, name="人民医院停车场")
            session.get_one(Lot, self.lot.id).organisation_id = self.owner.caller.organisation_id
            a_tariff(session, [self.lot.id])
            self.visit = a_visit(session, self.lot.id, NOW - timedelta(minutes=61)).id
            self.code = codes.issue_code(session, self.visit, NOW).code
        self.address = ""
        self.charging = Charging(
            sessions,
            clock,
            played.adapters,
            opens=lambda sealed: sealed.decode(),
            notify_url=lambda name: f"{self.address}/networks/{name}/callback",
            return_url=lambda charge_id: f"{self.address}/pay/receipt/{charge_id}",
        )
        lookup = Lookup(None, sessions, clock)
        lookup.load()
        services = PortalServices(sessions=sessions, clock=clock, lookup=lookup, charging=self.charging)
        self.app = create_app(services, pages=PAGES, interfaces=(callbacks.blueprint,))

    def driver(self, language: str = "zh-CN") -> Window:
        return Window(self.address, language).open("/pay")

    def charge(self) -> Charge:
        with self.sessions() as session:
            return session.scalars(select(Charge).order_by(Charge.made_at.desc()).limit(1)).one()

    def leave(self, **after: float) -> None:
        """The vehicle drives out."""
        self.clock.forward(**after)
        with unit_of_work(self.sessions) as uow:
            visit = uow.session.get_one(Visit, self.visit)
            visit.state, visit.exited_at = "closed", self.clock.now()
            visit.closed_at = visit.changed_at = self.clock.now()


@pytest.fixture
def place(sessions: Sessions) -> Iterator[Place]:
    clock = SetClock(NOW)
    with networks(clock) as played:
        found = Place(sessions, clock, played)
        with served(found.app) as found.address:
            yield found


def _pays(place: Place, choice: str = "pay") -> requests.Response:
    """What a person does on the payer's own page."""
    url = place.charge().pay_url
    assert url and "¥6.00" in requests.get(url, timeout=10).text
    return requests.post(url, data={"choice": choice}, timeout=10)


def test_a_driver_pays_and_leaves_and_the_bureau_gives_back(place: Place) -> None:
    driver = place.driver().press("查看费用", lot=place.lot.code, code=place.code.lower().replace("-", " "))
    assert driver.status == 200
    assert "¥6" in driver.main and "2 个 60 分钟，每个 ¥3" in driver.main and "苏F12345" not in driver.main
    driver.press("用演示支付支付 ¥6")
    assert driver.path.startswith("/pay/receipt/") and "等待您支付 ¥6" in driver.main
    back = _pays(place)
    assert back.url.startswith(f"{place.address}/pay/receipt/") and "已付 ¥6" in back.text
    # Two hours are paid for: the grace of 15 minutes ends before they do.
    assert "15 分钟" not in back.text and "11:00" in back.text
    place.leave(minutes=14)
    jobs = ChargeJobs(place.sessions, place.clock, place.charging)
    place.clock.forward(minutes=1)
    jobs.close_accounts()
    with place.sessions() as session:
        visit = session.get_one(Visit, place.visit)
        assert (visit.settled_by, visit.plate_sealed) == ("paid", None)

    officer = Officer(place.address)
    officer.http.cookies.set("bureau_session", place.reviewer.token)
    charge_id = place.charge().id
    officer.open("/bureau/charges").follow(charge_id)
    officer.press("决定退款", amount="7", reason="多收")
    assert officer.status == 422 and "600" in officer.main
    officer.press("决定退款", amount="2.50", reason="出口设备故障，苏F12345 多等了一小时")
    assert "¥2.50" in officer.text and "已退款" in officer.text
    assert "只供演示，不收钱" in officer.open("/bureau/charges/networks").text
    officer.open("/bureau/charges/reconciliation")
    for unfinished_or_before in ("2026-11-20", "2026-11-21", "2026-11-16", "1900-01-01", "gestern"):
        officer.press("核对", network="demo", on=unfinished_or_before)
        assert officer.status == 422
        assert "只能核对已经结束的日期：2026-11-17 至 2026-11-19" in officer.main
    place.clock.forward(days=1)
    with unit_of_work(place.sessions) as uow:
        tomorrow = logged_in(uow.session, place.reviewer.caller.account_id, place.clock.now())
    officer.http.cookies.set("bureau_session", tomorrow.token)
    officer.open("/bureau/charges/reconciliation")
    officer.press("核对", network="demo", on="2026-11-20")
    officer.open("/bureau/charges/reconciliation/demo/2026-11-20")
    assert "逐笔一致" in officer.text and "¥3.50" in officer.text
    with place.sessions() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "charge:refund")).one()
        assert told.reason == "出口设备故障，苏F·1**45 多等了一小时"
        # Whoever has another district sees the sums, and none of this lot's lines.
        reconcile(session, "demo", NOW.date(), (), NOW)
        elsewhere = an_officer(session, "elsewhere", districts=[DISTRICTS[1]], now=place.clock.now())
        session.commit()
    officer.open("/bureau/charges/reconciliation/demo/2026-11-20")
    assert charge_id in officer.text and "只在本平台有" in officer.text
    officer.http.cookies.set("bureau_session", elsewhere.token)
    officer.open("/bureau/charges/reconciliation/demo/2026-11-20")
    assert charge_id not in officer.text and "您负责的镇（街道）没有差异" in officer.text
    owner = Officer(place.address)
    with unit_of_work(place.sessions) as uow:
        tomorrow = logged_in(uow.session, place.owner.caller.account_id, place.clock.now())
    owner.http.cookies.set("operator_session", tomorrow.token)
    owner.open("/operator/income")
    assert "合计 ¥3.50" in owner.text and "−¥2.50" in owner.text
    jobs.close()


def test_a_stay_that_ended_while_no_worker_ran_is_settled_by_the_next_one(place: Place) -> None:
    with unit_of_work(place.sessions) as uow:
        free = [
            a_visit(uow.session, place.lot.id, NOW - timedelta(days=days), timedelta(minutes=20)).id
            for days in (3, 3, 40)
        ]
    jobs = ChargeJobs(place.sessions, place.clock, place.charging)
    jobs.close_accounts()
    jobs.close()
    with place.sessions() as session:
        settled = [session.get_one(Visit, each).settled_by for each in free]
    # Older ones have lost their plates anyway.
    assert settled == ["rule", "rule", None]


def test_a_lot_without_a_tariff_says_so_and_asks_for_nothing(place: Place) -> None:
    with unit_of_work(place.sessions) as uow:
        lot = a_lot(uow.session)
        visit = a_visit(uow.session, lot.id, NOW - timedelta(hours=5))
        code = codes.issue_code(uow.session, visit.id, NOW).code
    driver = place.driver().press("查看费用", lot=lot.code, code=code)
    assert "还没有登记收费标准，费用未知" in driver.main and lot.name in driver.main
    assert "¥" not in driver.main and "支付" not in driver.main


def test_the_answer_to_a_wrong_code_tells_nothing_and_attempts_end(place: Place) -> None:
    driver = place.driver()
    said = set()
    for lot, code in (
        (place.lot.code, "AAAA-AAAA"),
        ("no such lot", place.code),
        ("no such lot", "AAAA-AAAA"),
    ):
        driver.open("/pay").press("查看费用", lot=lot, code=code)
        said.add((driver.status, re.sub(r'value="[^"]*"', "", driver.main)))
    assert len(said) == 1 and next(iter(said))[0] == 422
    for _ in range(7):
        driver.open("/pay").press("查看费用", lot="another lot", code="AAAA-AAAA")
    driver.open("/pay").press("查看费用", lot=place.lot.code, code=place.code)
    assert driver.status == 429 and "15 分钟后再试" in driver.main
    assert driver.shown.headers["Retry-After"] == "900"
    place.clock.forward(minutes=16)
    assert driver.open("/pay").press("查看费用", lot=place.lot.code, code=place.code).status == 200


def test_the_page_calls_in_english_what_it_asks_for_by_one_word(place: Place) -> None:
    driver = place.driver("en")
    labels = [each.text_content().lower() for each in driver.page.xpath("//main//label")]
    assert labels == ["code of the lot", "payment code"]
    asked = driver.page.xpath("//main//h1/following-sibling::p")[0].text_content()
    driver.press("Show the fee", lot=place.lot.code, code="AAAA-AAAA")
    refused = driver.page.xpath("//main//*[@role='alert']/h2")[0].text_content()
    assert all(label in said.lower() for label in labels for said in (asked, refused))


def test_a_lot_s_attempts_are_counted_however_its_code_is_written(place: Place, monkeypatch) -> None:
    monkeypatch.setattr(rules, "WRONG_AT_LOT", Limit(3, rules.WINDOW))
    with unit_of_work(place.sessions) as uow:
        uow.session.execute(update(Lot).where(Lot.id == place.lot.id).values(code="SZ-005"))

    # Letters that become others in capitals find the lot too.
    written = ("SZ-005", "sz-005", "ſz-005")
    for number, lot in enumerate(written):
        with place.sessions.begin() as session:
            assert codes.enter_code(session, lot, place.code, f"network {number}", NOW)
        with place.sessions.begin() as session, pytest.raises(CodeWrong):
            codes.enter_code(session, lot, "AAAA-AAAA", f"network {number}", NOW)
    for lot in (*written, "ſZ-005"):
        with place.sessions.begin() as session, pytest.raises(CodeAttemptsExceeded):
            codes.enter_code(session, lot, place.code, "another network", NOW)


def test_an_old_code_and_a_replaced_one_open_nothing(place: Place) -> None:
    with unit_of_work(place.sessions) as uow:
        newer = codes.issue_code(uow.session, place.visit, NOW).code
    driver = place.driver()
    assert driver.press("查看费用", lot=place.lot.code, code=place.code).status == 422
    assert driver.open("/pay").press("查看费用", lot=place.lot.code, code=newer).status == 200
    fee = driver.path
    place.clock.forward(hours=3)
    assert driver.open(fee).status == 404
    place.clock.forward(hours=21)
    assert driver.open("/pay").press("查看费用", lot=place.lot.code, code=newer).status == 422


def test_only_who_is_inside_is_told_to_leave_after_paying(place: Place) -> None:
    driver = place.driver().press("查看费用", lot=place.lot.code, code=place.code)
    assert "付款后请在 15 分钟内离场" in driver.main
    fee = driver.path
    place.leave(minutes=1)
    place.clock.forward(minutes=60)
    driver.open(fee)
    assert "用演示支付支付 ¥6" in driver.main and "分钟内离场" not in driver.main


def test_a_silent_payer_is_said_plainly_and_nothing_is_paid_twice(place: Place) -> None:
    place.played.payer.mood = Mood.SILENT
    driver = place.driver().press("查看费用", lot=place.lot.code, code=place.code)
    fee = driver.path
    driver.press("用演示支付支付 ¥6")
    assert "结果还不知道" in driver.main
    driver.open(fee)
    assert not [each for each in driver.page.xpath("//main//button") if "支付" in each.text_content()]
    place.played.payer.mood = Mood.PROMPT
    place.clock.forward(seconds=11)
    place.charging.resolve(place.charge().id)
    assert list(place.played.payer.book.asked.values()) == [1]
    _pays(place, "refuse")
    driver.open(f"/pay/receipt/{place.charge().id}")
    assert "您取消了" in driver.main
    assert driver.open(fee).page.xpath("//main//button")


def test_what_was_paid_too_late_counts_as_money_and_the_rest_is_due(place: Place) -> None:
    driver = place.driver().press("查看费用", lot=place.lot.code, code=place.code)
    fee = driver.path
    driver.press("用演示支付支付 ¥6")
    place.played.payer.mood = Mood.LOST
    _pays(place)
    place.clock.forward(minutes=70)
    place.played.payer.mood = Mood.PROMPT
    place.charging.resolve(place.charge().id)
    assert place.charge().state == "paid"
    assert "¥3" in driver.open(fee).page.xpath("//*[@class='pay__sum figures']")[0].text_content()


def test_who_stands_in_for_an_inspector_gives_nothing_back_there(place: Place) -> None:
    place.driver().press("查看费用", lot=place.lot.code, code=place.code).press("用演示支付支付 ¥6")
    _pays(place)
    charge_id = place.charge().id
    with unit_of_work(place.sessions) as uow:
        elsewhere = next(code for code in DISTRICTS if code != place.lot.district_code)
        here = an_officer(uow.session, "reviewer9", districts=[elsewhere])
        away = an_officer(uow.session, "inspector9", (OfficerRole.INSPECTOR,))
        tomorrow = NOW.date() + timedelta(days=1)
        accounts.set_leave(uow.session, away.caller, away.id, here.id, NOW.date(), tomorrow, NOW)
    officer = Officer(place.address)
    officer.http.cookies.set("bureau_session", here.token)
    officer.open(f"/bureau/charges/{charge_id}")
    assert officer.status == 200 and "决定退款" not in officer.text
    told = dict(officer.page.forms[0].form_values()) | {"amount": "6", "reason": "x"}
    for act in ("refund", "query"):
        sent = officer.http.post(
            f"{place.address}/bureau/charges/{charge_id}/{act}",
            data=told,
            headers={"Referer": place.address + officer.path},
            timeout=10,
        )
        assert sent.status_code == 404, sent.text
    assert place.charge().state == "paid"


def test_a_call_that_is_not_the_networks_changes_nothing(place: Place) -> None:
    for body in (b"", b"{}", b'{"app_id":"test-city","data":"{}","sign":"0"}', b"\xff" * 100):
        for name in ("demo", "xinlian", "bolink"):
            answer = requests.post(f"{place.address}/networks/{name}/callback", data=body, timeout=10)
            assert (answer.status_code, answer.json()["code"]) == (403, "callback_refused")
    assert requests.post(f"{place.address}/networks/nobody/callback", timeout=10).status_code == 404
    too_long = requests.post(f"{place.address}/networks/demo/callback", data=b"x" * 70_000, timeout=10)
    assert too_long.status_code == 413


def test_a_call_for_a_charge_of_nobody_is_acknowledged_and_named_by_the_comparison(place: Place) -> None:
    payer = place.played.payer
    order = payer.book.open("not-one-of-ours", 500, "?")
    payer.book.decide(order, "paid")
    answer = requests.post(
        f"{place.address}/networks/demo/callback", data=payer.message(payer._told(order)), timeout=10
    )
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    place.charging.compare("demo", NOW.date())
    officer = Officer(place.address)
    officer.http.cookies.set("bureau_session", place.reviewer.token)
    officer.open("/bureau/charges/reconciliation/demo/2026-11-20")
    assert "只在渠道有" in officer.text and "not-one-of-ours" in officer.text
    assert b"not-one-of-ours" in officer.download("/bureau/charges/reconciliation/demo/2026-11-20?as=csv")


def test_a_day_that_was_compared_before_its_end_is_compared_again(place: Place) -> None:
    with place.sessions() as session:
        assert reconciling.days_to_reconcile(session, "demo", NOW)[0] == date(2026, 11, 19)
    place.charging.compare("demo", NOW.date())
    jobs = ChargeJobs(place.sessions, place.clock, place.charging)
    place.clock.forward(days=1)
    jobs.reconcile()
    jobs.close()
    with place.sessions() as session:
        days = reconciliations.reconciliations(session)
        assert {each.on: each.compared_at for each in days if each.network == "demo"} == {
            NOW.date() - timedelta(days=back): place.clock.now() for back in range(3)
        }
        assert reconciling.days_to_reconcile(session, "demo", place.clock.now()) == []


def test_a_refund_that_nobody_answers_is_made_once(place: Place) -> None:
    place.driver().press("查看费用", lot=place.lot.code, code=place.code).press("用演示支付支付 ¥6")
    _pays(place)
    charge = place.charge()
    place.played.payer.mood = Mood.SILENT
    with unit_of_work(place.sessions) as uow:
        refund_id = refunding.ask_refund(
            uow.session, place.reviewer.caller.actor, charge.id, 600, "误收", place.clock.now()
        )
    for _ in range(3):
        place.charging.give_back(refund_id)
        place.clock.forward(hours=1)
    place.played.payer.mood = Mood.PROMPT
    place.charging.give_back(refund_id)
    assert place.charge().state == "refunded"
    assert place.played.payer.book.orders[charge.id].given_back_fen == 600
