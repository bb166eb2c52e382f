"""People get in and stay in, or do not: HTTP in, database and pages out, nothing played."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import unescape
from io import BytesIO
from urllib.parse import quote

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from integrations.storage import LocalFolder
from parking.accounts import queries, service
from parking.accounts.rules import OfficerRole
from parking.bootstrap import PAGES
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions, make_sessions
from parking.kernel.db.outbox import OutboxMessage
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from tests.databases import Database
from tests.factories import accounts
from tests.factories.accounts import OTHER_PASSWORD, PASSWORD
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.lookup import SetClock

ZH = {"Accept-Language": "zh"}


@dataclass
class Office:
    """The app over an empty city, and its clock."""

    app: Flask
    sessions: Sessions
    clock: SetClock
    services: PortalServices

    def browser(self, person: accounts.Person | None = None) -> Browser:
        """A browser, of somebody who is logged in."""
        browser = Browser(self.app.test_client())
        if person is not None:
            audience = "bureau" if person.caller.kind == "officer" else "operator"
            browser.client.set_cookie(f"{audience}_session", person.token)
        return browser

    def again(self, person: accounts.Person) -> accounts.Person:
        """The same person, logged in anew."""
        with unit_of_work(self.sessions) as uow:
            return accounts.logged_in(uow.session, person.id, self.clock.now())


class Browser:
    """A browser without scripts: it follows redirects, and sends the forms of the page that it shows."""

    def __init__(self, client: FlaskClient, origin: str = "http://localhost") -> None:
        self.client = client
        self.origin = origin
        self.passed: list[TestResponse] = []

    @property
    def shown(self) -> TestResponse:
        return self.passed[-1]

    @property
    def text(self) -> str:
        return self.shown.text

    @property
    def status(self) -> int:
        return self.shown.status_code

    @property
    def address(self) -> str:
        return self.shown.request.path.rstrip("/")

    def open(self, address: str) -> Browser:
        return self._seen(self.client.get(address, headers=ZH, follow_redirects=True, base_url=self.origin))

    def follow(self, words: str) -> Browser:
        """Open the first link whose text holds these words."""
        found = re.search(rf'<a href="([^"]+)"[^>]*>[^<]*{words}', self.text)
        assert found, words
        return self.open(unescape(found[1]))

    def actions(self) -> list[str]:
        return re.findall(r'<form method="post" action="([^"]+)"', self.text)

    def hidden(self, action: str) -> dict[str, str]:
        """The hidden fields of the form that leads to an address."""
        form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', self.text, re.S)
        assert form, f"no form to {action} on {self.address}"
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
        return {name: unescape(value) for name, value in fields}

    def send(self, action: str, **fields: object) -> Browser:
        """Fill the form that leads to an address, and send it."""
        return self.post(action, self.hidden(action) | fields)

    def post(self, action: str, fields: dict[str, object] | dict[str, str]) -> Browser:
        headers = ZH | ({"Referer": self.origin + action} if self.origin.startswith("https") else {})
        return self._seen(
            self.client.post(
                action, data=fields, headers=headers, follow_redirects=True, base_url=self.origin
            )
        )

    def log_in(self, audience: str, login: str, password: str = PASSWORD) -> Browser:
        self.open(f"/{audience}/login")
        return self.send(f"/{audience}/login", login=login, password=password)

    def _seen(self, answer: TestResponse) -> Browser:
        self.passed += [*answer.history, answer]
        return self


def a_picture() -> BytesIO:
    """A scanned paper, small."""
    content = BytesIO()
    Image.new("RGB", (40, 30), "white").save(content, "PNG")
    content.seek(0)
    return content


@pytest.fixture(scope="module")
def opened(_flow_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The application, made once: its templates take longer to compile than most tests to run."""
    sessions, clock = make_sessions(_flow_database.engine), SetClock()
    services = PortalServices(
        sessions=sessions,
        clock=clock,
        lookup=Lookup(None, sessions, clock),
        files=LocalFolder(tmp_path_factory.mktemp("papers")),
    )
    return Office(create_app(services, pages=PAGES), sessions, clock, services)


@pytest.fixture
def office(opened: Office, database: Database) -> Office:
    """The same application over an empty city, at the usual moment."""
    opened.clock.at = NOW
    with unit_of_work(opened.sessions) as uow:
        a_city(uow.session)
    opened.services.lookup.load()
    return opened


@pytest.fixture
def owner(office: Office) -> accounts.Person:
    with unit_of_work(office.sessions) as uow:
        return accounts.an_owner(uow.session)


@pytest.fixture
def reviewer(office: Office) -> accounts.Person:
    with unit_of_work(office.sessions) as uow:
        return accounts.an_officer(uow.session)


CONTACT = "/operator/organisation/contact"


def test_a_company_registers_hands_in_its_papers_and_is_checked(
    office: Office, reviewer: accounts.Person
) -> None:
    company = office.browser().open("/operator/register")
    told = {
        "name": "<b>试城</b>物业有限公司",
        "credit_code": accounts.a_credit_code(7)[:-1] + "0",
        "contact_name": "王一",
        "phone": "13800000001",
        "login": "wangyi",
        "password": PASSWORD,
        "password_again": PASSWORD,
    }
    company.send("/operator/register", **told)
    assert company.status == 422
    assert '<a href="#credit_code">' in company.text
    assert 'value="&lt;b&gt;试城&lt;/b&gt;物业有限公司"' in company.text, "what was typed is still there"
    assert PASSWORD not in company.text

    company.send("/operator/register", **told | {"credit_code": accounts.a_credit_code(7)})
    company.log_in("operator", "wangyi").open("/operator/organisation")
    assert "还没有上传营业执照" in company.text
    company.send("/operator/organisation/papers", licence=(BytesIO(b""), "empty.pdf"))
    assert company.status == 422 and '<a href="#licence">' in company.text
    company.send("/operator/organisation/papers", licence=(a_picture(), "执照.png"))
    assert "等待核验" in company.text

    desk = office.browser(reviewer).open("/bureau/organisations")
    desk.follow("试城")
    assert "&lt;b&gt;" in desk.text and "<b>试城" not in desk.text
    check = next(action for action in desk.actions() if action.endswith("/check"))
    desk.send(check, accepted="no", reason="")
    assert desk.status == 422 and "请写明理由" in desk.text
    stale = desk.hidden(check)
    desk.send(check, accepted="yes")
    assert "已核验通过" in desk.text
    desk.post(check, stale | {"accepted": "no", "reason": "又来一次"})
    assert desk.status == 409 and "已由其他人员处理" in desk.text
    assert "核验通过前" in company.open("/operator/organisation").text


def test_the_second_who_registers_a_code_waits_for_the_owner(office: Office, owner: accounts.Person) -> None:
    late = office.browser().open("/operator/register")
    late.send(
        "/operator/register",
        name="试城物业1有限公司",
        credit_code=accounts.a_credit_code(1),
        contact_name="李四",
        phone="13800000004",
        login="lisi",
        password=PASSWORD,
        password_again=PASSWORD,
    )
    assert "已申请加入单位" in late.text
    late.log_in("operator", "lisi")
    assert "等待单位负责人同意" in late.text
    boss = office.browser(owner).open("/operator/members")
    boss.send(next(action for action in boss.actions() if action.endswith("/join")), accepted="yes")
    assert "已同意加入" in boss.text
    late.log_in("operator", "lisi").open("/operator/organisation")
    assert late.status == 200 and "试城物业1有限公司" in late.text


def test_an_officer_sets_up_a_second_factor_and_needs_it_from_then_on(office: Office) -> None:
    with unit_of_work(office.sessions) as uow:
        made = service.appoint_officer(
            uow.session, CLI, login="zhao", name="赵三", roles=[OfficerRole.REVIEWER], now=office.clock.now()
        )
    officer = office.browser().log_in("bureau", "zhao", made.password or "")
    assert "绑定身份验证器" in officer.text and "<svg" in officer.text
    shown = re.search(r'密钥：<span class="code">([A-Z2-7 ]+)<', officer.text)
    assert shown, "the secret can be typed where a code cannot be scanned"
    phone = pyotp.TOTP(shown[1].replace(" ", ""))

    officer.send("/bureau/login/code", code="000000")
    assert "验证码不对" in officer.text and shown[1] in officer.text, "the same secret stays"
    officer.send("/bureau/login/code", code=phone.at(office.clock.now()))
    assert officer.address == "/bureau/password", "a one-time password is good once"
    assert officer.open("/bureau/organisations").address == "/bureau/password"
    new = {"password": OTHER_PASSWORD, "password_again": OTHER_PASSWORD}
    officer.send("/bureau/password", old_password=made.password, **new)
    assert officer.open("/bureau/organisations").status == 200

    again = office.browser().log_in("bureau", "zhao", OTHER_PASSWORD)
    assert again.address == "/bureau/login/code"
    assert again.open("/bureau/organisations").address == "/bureau/login", "half a login is none"
    again.open("/bureau/login/code").send("/bureau/login/code", code=phone.at(office.clock.now()))
    assert "已用过" in again.text, "no code is good twice"
    office.clock.forward(seconds=60)
    again.send("/bureau/login/code", code=phone.at(office.clock.now()))
    assert again.open("/bureau/organisations").status == 200


def test_a_login_changes_the_token_and_leaving_ends_it(office: Office, owner: accounts.Person) -> None:
    browser = office.browser()
    browser.client.set_cookie("operator_session", "planted")
    browser.log_in("operator", "owner1")
    cookie = browser.client.get_cookie("operator_session")
    assert cookie and cookie.value not in ("planted", owner.token)
    browser.open("/operator/account")
    assert browser.client.get("/operator/logout").status_code == 405, "nobody is logged out by a picture"
    assert "王一" in browser.open("/operator/account").text
    browser.send("/operator/logout")
    assert browser.address == "/operator/login"
    browser.client.set_cookie("operator_session", cookie.value)
    assert browser.open("/operator/account").address == "/operator/login", "the token is dead, not forgotten"


@pytest.mark.parametrize("secure", [False, True])
def test_cookies_are_kept_from_scripts_other_sites_and_other_hosts(
    office: Office, owner: accounts.Person, secure: bool
) -> None:
    app = create_app(replace(office.services, secure_cookies=True), pages=PAGES) if secure else office.app
    browser = Browser(app.test_client(), "https://localhost" if secure else "http://localhost")
    browser.open("/operator/login")
    browser.send("/operator/login", login="owner1", password=PASSWORD)
    set_by = [line for each in browser.passed for line in each.headers.getlist("Set-Cookie")]
    told = {line.split("=")[0]: line for line in set_by}
    prefix = "__Host-" if secure else ""
    assert told.keys() == {f"{prefix}forms", f"{prefix}operator_session"}
    for line in told.values():
        assert "HttpOnly" in line and "SameSite=Lax" in line and "Path=/" in line and "Domain" not in line
        assert ("Secure" in line) is secure


ELSEWHERE = (
    "//evil.example/x",
    "https://evil.example/",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\r\nLocation: https://evil.example",
    "javascript:alert(1)",
    "operator/members",
)


def test_a_login_leads_to_our_own_pages_only(office: Office, owner: accounts.Person) -> None:
    for told in ELSEWHERE:
        browser = office.browser().open(f"/operator/login?next={quote(told, safe='')}")
        fields = browser.hidden("/operator/login")
        assert fields["next"] == ""
        sent = fields | {"next": told, "login": "owner1", "password": PASSWORD}
        answer = browser.client.post("/operator/login", data=sent)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/operator"), told


def test_a_stranger_comes_to_the_page_that_was_asked_for_after_the_login(
    office: Office, owner: accounts.Person
) -> None:
    browser = office.browser().open("/operator/members?x=1")
    assert browser.address == "/operator/login"
    browser.send("/operator/login", login="owner1", password=PASSWORD)
    assert browser.shown and browser.shown.request.full_path == "/operator/members?x=1"


def test_a_form_whose_login_expired_comes_back_filled(office: Office, owner: accounts.Person) -> None:
    browser = office.browser(owner).open("/operator/organisation")
    office.clock.forward(minutes=45)
    sent = browser.hidden(CONTACT) | {"name": "写了很久的名字", "phone": "13800009999"}
    browser.post(f"{CONTACT}?tab=2", sent)
    assert browser.status == 403 and "没有丢失" in browser.text
    assert "写了很久" not in unescape(browser.text), "whoever sits there now reads nothing of it"
    browser.send("/operator/login", login="owner1", password="wrong")
    browser.send("/operator/login", login="owner1", password=PASSWORD)
    assert "您刚才填写的内容都还在" in browser.text
    browser.send(f"{CONTACT}?tab=2")
    assert browser.status == 200
    assert 'value="写了很久的名字"' in browser.text and 'value="13800009999"' in browser.text
    assert "王一" in office.browser(office.again(owner)).open("/operator/organisation").text, "not saved yet"
    browser.send(CONTACT, name="写了很久的名字", phone="13800009999")
    assert "联系人已更改" in browser.text


def test_a_kept_form_is_shown_to_its_own_account_alone(office: Office, owner: accounts.Person) -> None:
    with unit_of_work(office.sessions) as uow:
        accounts.an_owner(uow.session, 2)
    browser = office.browser(owner).open("/operator/organisation")
    office.clock.forward(minutes=45)
    browser.send(CONTACT, name="只给一号看", phone="13800009999")
    browser.send("/operator/login", login="owner2", password=PASSWORD)
    assert "属于另一个账户" in browser.text and "只给一号看" not in browser.text


def test_a_form_that_is_not_ours_changes_nothing(office: Office, owner: accounts.Person) -> None:
    browser = office.browser(owner).open("/operator/organisation")
    ours = browser.hidden(CONTACT) | {"name": "改了", "phone": "13800009999"}
    for token in ("", ours["csrf_token"][:-10] + "x" * 10):
        answer = browser.client.post(CONTACT, data=ours | {"csrf_token": token}, headers=ZH)
        assert answer.status_code == 422 and "form_not_ours" in answer.text
    other = office.browser().open("/operator/login").hidden("/operator/login")["csrf_token"]
    assert browser.client.post(CONTACT, data=ours | {"csrf_token": other}).status_code == 422
    assert "改了" not in browser.open("/operator/organisation").text


def test_two_tabs_do_not_overwrite_each_other_in_silence(office: Office, owner: accounts.Person) -> None:
    first, second = (office.browser(owner).open("/operator/organisation") for _ in range(2))
    first.send(CONTACT, name="先保存", phone="13800009991")
    second.send(CONTACT, name="后保存", phone="13800009992")
    assert second.status == 409 and "已被他人更改" in second.text
    assert 'value="后保存"' in second.text and "先保存" in second.text, "mine, beside what the other saved"
    second.send(CONTACT, name="后保存", phone="13800009992")
    assert "联系人已更改" in second.text, "having been told, one may go on"


def test_five_failures_lock_and_the_answer_does_not_tell_who_exists(
    office: Office, owner: accounts.Person
) -> None:
    browser = office.browser()
    answers = []
    for login in ("owner1", "nobody"):
        browser.log_in("operator", login, "wrong-password")
        answers.append((browser.status, re.sub(r'value="[^"]*"|请求编号：\w+', "", browser.text)))
    assert answers[0] == answers[1]
    for _ in range(3):
        browser.log_in("operator", "owner1", "wrong-password")
    browser.log_in("operator", "owner1")
    assert browser.status == 403 and "15 分钟后再试" in browser.text
    assert browser.shown.headers["Retry-After"] == "900"
    # Whoever has forgotten the password waits as long.
    browser.open("/operator/reset")
    browser.send("/operator/reset", login="owner1", code="x", password="x", password_again="x")
    assert browser.shown.headers["Retry-After"] == "900"
    office.clock.forward(minutes=16)
    assert browser.log_in("operator", "owner1").address == "/operator"


def test_a_forgotten_password_is_set_anew_by_a_code_that_was_sent(
    office: Office, owner: accounts.Person
) -> None:
    browser = office.browser().open("/operator/forgotten")
    browser.send("/operator/forgotten", login="nobody")
    unknown = browser.text
    browser.open("/operator/forgotten").send("/operator/forgotten", login="owner1")
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", browser.text) == strip.sub("", unknown), "nobody learns who has an account"
    with office.sessions() as session:
        sent = [each.payload for each in session.scalars(select(OutboxMessage))]
    [code] = [each["params"]["code"] for each in sent if each["key"] == "reset_code"]
    new = {"password": OTHER_PASSWORD, "password_again": OTHER_PASSWORD}
    browser.send("/operator/reset", login="owner1", code="wrong", **new)
    assert browser.status == 403 and "重置码" in browser.text
    browser.send("/operator/reset", login="owner1", code=code, **new)
    assert "请用新密码登录" in browser.text
    assert browser.log_in("operator", "owner1", OTHER_PASSWORD).open("/operator/account").status == 200
    assert office.browser(owner).open("/operator/account").address == "/operator/login"


def test_what_a_person_was_shown_is_kept_by_no_browser(office: Office, owner: accounts.Person) -> None:
    browser = office.browser(owner)
    for address in ("/operator/organisation", "/operator/login", "/operator/nothing"):
        shown = browser.client.get(address, headers={"Accept-Encoding": "gzip"})
        assert shown.headers["Cache-Control"] == "no-store", address
        assert "Content-Encoding" not in shown.headers, "a token beside typed text is not compressed"


def test_an_officer_away_is_stood_in_for(office: Office) -> None:
    with unit_of_work(office.sessions) as uow:
        east = accounts.an_officer(uow.session, "east", districts=[DISTRICTS[0]])
        west = accounts.an_officer(uow.session, "west", districts=[DISTRICTS[1]])
    browser = office.browser(east).open("/bureau/leave")
    browser.send("/bureau/leave", from_on="2026-11-20", until_on="2026-11-20", substitute_id=west.id)
    assert "请假已登记" in browser.text
    with office.sessions() as session:
        seen = service.recognise(session, west.token, office.clock.now())
    assert seen and seen.sees_district(DISTRICTS[0]) and seen.sees_district(DISTRICTS[1])
    browser.send("/bureau/leave", from_on="20.11.2026", until_on="", substitute_id="")
    assert browser.status == 422 and '<a href="#from_on">' in browser.text
    browser.send("/bureau/leave", from_on="2026-11-20", until_on="9999-12-31", substitute_id=west.id)
    assert browser.status == 422 and '<a href="#until_on">' in browser.text


def test_the_audit_page_names_the_first_broken_row(office: Office, owner: accounts.Person) -> None:
    with unit_of_work(office.sessions) as uow:
        auditor = accounts.an_officer(uow.session, "audit1", [OfficerRole.AUDIT_ADMINISTRATOR])
    browser = office.browser(auditor).open("/bureau/audit?action=organisation:")
    assert "organisation:register" in browser.text and "account:appoint" not in browser.text
    for end in ("from=0001-01-01", "until=9999-12-31"):
        assert browser.open(f"/bureau/audit?{end}").status == 200
    assert "完整：" in browser.open("/bureau/audit/chain").text
    with unit_of_work(office.sessions) as uow:
        uow.session.execute(text("SET LOCAL session_replication_role = replica"))
        uow.session.execute(text("UPDATE audit_entries SET reason = 'x' WHERE number = 2"))
    assert "第 2 条被改动" in browser.open("/bureau/audit/chain").text


def test_a_new_key_of_a_machine_is_shown_once(office: Office) -> None:
    with unit_of_work(office.sessions) as uow:
        admin = accounts.an_officer(uow.session, "admin1", [OfficerRole.ADMINISTRATOR])
    browser = office.browser(admin).open("/bureau/clients")
    browser.send("/bureau/clients", name="某道闸厂商", scopes="passages:write")
    key = re.search(r"whsec_[\w+/]{43}=", browser.text)
    assert key and key[0] not in browser.open("/bureau/clients").text
    with office.sessions() as session:
        [client] = queries.clients(session)
    assert client.keys[0].hint == key[0][:10] and client.scopes == {"passages:write"}
    assert key[0] not in browser.open(f"/bureau/clients/{client.id}").text
