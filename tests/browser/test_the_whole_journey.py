"""From an operator's registration to a finding that is closed, with the keyboard alone, every page looked at.

Two of the eight ways in the usual run, all of them in the long profile: both languages, a narrow and a wide
window, with scripts and without.
"""

from __future__ import annotations

import itertools
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from integrations.storage import LocalFolder
from parking.accounts import service as accounts
from parking.accounts.rules import OfficerRole
from parking.bootstrap import INTERFACES, PAGES
from parking.city import service as city
from parking.entrypoints import demo_city
from parking.entrypoints.demo_people import picture
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from tests.factories.accounts import PASSWORD, a_credit_code
from tests.factories.city import NOW
from tests.factories.lookup import SetClock
from tests.plain_browser import served

WAYS = [("zh-CN", 320, False), ("en", 1280, True)]
ALL_WAYS = [
    pytest.param(*way, marks=() if way in WAYS else pytest.mark.long, id=f"{way[0]}-{way[1]}-{way[2]}")
    for way in itertools.product(("zh-CN", "en"), (320, 1280), (True, False))
    if way in WAYS or os.environ.get("PARKING_LONG_TESTS")
]
MOST_TABS = 150


@dataclass
class Person:
    """Somebody at a keyboard; `looker` is the window where axe sees what nobody looked at yet."""

    page: Page
    looker: Page
    address: str
    looked_at: set[str]
    axe: Axe = field(default_factory=Axe)

    def go(self, path: str) -> Person:
        self.page.goto(self.address + path)
        return self.look()

    def look(self) -> Person:
        """Let axe look at a page of this kind once, and see that nothing is cut off at the side."""
        path = self.page.url.removeprefix(self.address)
        kind = re.sub(r"/[0-9a-z]{12}(?=/|$)", "/ID", path.partition("?")[0])
        if kind not in self.looked_at:
            self.looked_at.add(kind)
            if self.looker is not self.page:
                self.looker.goto(self.page.url)
            found = self.axe.run(self.looker)
            assert found.violations_count == 0, f"{kind}: {found.generate_report()}"
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert self.looker.evaluate(wide) <= 0, f"{kind} is wider than its window"
        return self

    def reach(self, target: Locator) -> Locator:
        """Press Tab until the target has the focus."""
        shown = self.page.locator("main").inner_text
        assert target.count(), f"no {target} on {self.page.url}: {shown()}"
        wanted = target.element_handle()
        assert wanted
        for _ in range(MOST_TABS):
            if wanted.evaluate("e => e === document.activeElement"):
                return target
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no Tab leads to {target} on {self.page.url}")

    def named(self, name: str) -> Locator:
        return self.page.locator(f"main [name='{name}']:not([type=hidden])").first

    def write(self, **fields: str) -> Person:
        for name, text in fields.items():
            self.reach(self.named(name))
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(text)
        return self

    def tick(self, name: str, value: str = "yes") -> Person:
        box = self.page.locator(f"main input[type=checkbox][name='{name}'][value='{value}']")
        self.reach(box)
        if not box.is_checked():
            self.page.keyboard.press("Space")
        assert box.is_checked()
        return self

    def choose(self, **fields: str) -> Person:
        """Choose by the arrow keys: of radios, which Tab reaches as one, or of a list."""
        for name, value in fields.items():
            first = self.named(name)
            if first.evaluate("e => e.tagName") == "SELECT":
                self._choose_of_list(first, value)
            else:
                self._choose_of_radios(name, value)
        return self

    def _choose_of_list(self, target: Locator, value: str) -> None:
        self.reach(target)
        self.page.keyboard.press("Home")
        for _ in range(60):
            if target.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no {value} in {target}")

    def _choose_of_radios(self, name: str, value: str) -> None:
        radios = self.page.locator(f"main input[type=radio][name='{name}']")
        checked = self.page.locator(f"main input[type=radio][name='{name}']:checked")
        wanted = self.page.locator(f"main input[type=radio][name='{name}'][value='{value}']")
        self.reach(checked if checked.count() else radios.first)
        if not checked.count():
            self.page.keyboard.press("Space")
        for _ in range(12):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no {value} among {name}")

    def attach(self, name: str, path: Path) -> Person:
        # The system's own dialogue is not ours: the field is reached by Tab, the file put into it.
        self.reach(self.named(name)).set_input_files(path)
        return self

    def press(self, selector: str = "main form button.action:not(.unseen)") -> Person:
        self.reach(self.page.locator(selector).first)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        assert not self.page.locator("#problem").count(), self.page.locator("#problem").inner_text()
        return self.look()

    def follow(self, href: str) -> Person:
        """Follow a link of the page by its address, or a part of it."""
        return self.press(f"main a[href*='{href}']")

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.address).partition("?")[0].partition("#")[0]

    def log_in(self, audience: str, login: str) -> Person:
        return self.go(f"/{audience}/login").write(login=login, password=PASSWORD).press()


@dataclass
class Journey:
    """The city in which it happens, and its people's windows."""

    address: str
    browser: Browser
    language: str
    width: int
    scripts: bool
    made: list[BrowserContext] = field(default_factory=list)
    looked_at: set[str] = field(default_factory=set)

    def person(self) -> Person:
        """A person of one's own cookies; the looker is one more window of the same browser, with scripts."""
        options = {
            "viewport": {"width": self.width, "height": 800},
            "locale": self.language,
            "reduced_motion": "reduce",
        }
        context = self.browser.new_context(java_script_enabled=self.scripts, **options)
        context.set_default_timeout(20_000)
        self.made.append(context)
        page = context.new_page()
        if self.scripts:
            return Person(page, page, self.address, self.looked_at)
        looking = self.browser.new_context(**options)
        looking.set_default_timeout(20_000)
        self.made.append(looking)
        looker = looking.new_page()
        return _Twin(page, looker, self.address, self.looked_at)


class _Twin(Person):
    """A person whose own window runs no script, and whom axe therefore watches in a twin of it."""

    def look(self) -> Person:
        self.looker.context.clear_cookies()
        self.looker.context.add_cookies(self.page.context.cookies())
        return super().look()


@pytest.fixture
def desk(sessions: Sessions, tmp_path: Path) -> Iterator[tuple[str, SetClock]]:
    """The demo city's profile, its officers, and the whole of the web over real HTTP."""
    clock = SetClock(NOW)
    with unit_of_work(sessions) as uow:
        profile = tomllib.loads(demo_city.PROFILE.read_text("utf-8"))
        city.load_profile(uow.session, CLI, profile, NOW, date(2026, 1, 1))
        city.seed_calendar(uow.session, CLI, (2026,), NOW)
        for login, role in (("reviewer", OfficerRole.REVIEWER), ("inspector", OfficerRole.INSPECTOR)):
            accounts.appoint_officer(
                uow.session,
                CLI,
                login=login,
                name=login.title(),
                roles={role},
                password=PASSWORD,
                must_change=False,
                now=NOW,
            )
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    services = PortalServices(sessions, clock, lookup, files=LocalFolder(tmp_path / "files"))
    with served(create_app(services, PAGES, INTERFACES)) as address:
        yield address, clock


@pytest.fixture
def journey(desk, browser: Browser) -> Iterator[object]:
    made: list[Journey] = []

    def begin(language: str, width: int, scripts: bool) -> Journey:
        made.append(Journey(desk[0], browser, language, width, scripts))
        return made[-1]

    yield begin
    for each in made:
        for context in each.made:
            context.close()


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "paper.png"
    path.write_bytes(picture("证明材料", "测试"))
    return path


PLACE = {"position_lat": "32.0601", "position_lon": "120.6202"}


def file_a_lot(operator: Person, paper: Path) -> str:
    """Answer every group of questions and attach every paper that is asked for; the filing's address."""
    operator.go("/operator/filings/new").choose(kind="registration").press()
    filing = operator.path
    operator.go(f"{filing}/questions/place")
    operator.write(name="湖滨公共停车场").choose(kind="off_street", type="public", district_code="320699001")
    operator.write(address="望川市湖滨路 8 号", **PLACE).press("main button.action[value=next]")
    operator.go(f"{filing}/questions/spaces").write(spaces_general="120", spaces_accessible="4")
    operator.choose(access="public", spaces_reason="new_build").press("main button.action[value=next]")
    operator.go(f"{filing}/questions/hours_and_fees").write(opening_hours="24/7").choose(charges_fee="no")
    operator.press("main button.action[value=next]")
    operator.go(f"{filing}/questions/owner").choose(site_right="owned")
    operator.write(operator_name="湖滨物业").choose(operator_is_owner="yes")
    operator.press("main button.action[value=next]")
    operator.go(f"{filing}/questions/building").choose(underground="no", mechanical="no", civil_defence="no")
    operator.press("main button.action[value=next]")
    operator.go(f"{filing}/questions/billing").choose(has_billing_system="no")
    operator.press("main button.action[value=next]")
    operator.go(f"{filing}/questions/safety")
    operator.write(safety_person="张安", safety_phone="13900000031", complaint_phone="0513-55550123")
    operator.press("main button.action[value=next]")
    attach_all(operator, filing, paper)
    return filing


def attach_all(operator: Person, filing: str, paper: Path) -> None:
    operator.go(f"{filing}/questions/papers")
    inputs = operator.page.locator("main input[type=file]")
    for name in inputs.evaluate_all("all => all.map(each => each.name)"):
        operator.attach(name, paper)
        operator.press(f"main button[value='upload:{name.removeprefix('file-')}']")


@pytest.mark.browser
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("language", "width", "scripts"), ALL_WAYS)
def test_a_lot_is_filed_corrected_approved_inspected_and_put_right(
    journey, paper: Path, language: str, width: int, scripts: bool
) -> None:
    city = journey(language, width, scripts)
    operator, reviewer, inspector, citizen = (city.person() for _ in range(4))

    # An operator registers, hands in its licence, and files a lot.
    operator.go("/operator/register")
    operator.write(
        name="湖滨物业服务有限公司",
        credit_code=a_credit_code(7),
        contact_name="孙湖",
        phone="13900000030",
        login="hubin",
        password=PASSWORD,
        password_again=PASSWORD,
    ).press()
    operator.log_in("operator", "hubin").go("/operator/organisation")
    operator.attach("licence", paper).attach("authorisation", paper).press()
    filing = file_a_lot(operator, paper)
    number = filing.rpartition("/")[2]
    operator.go(f"{filing}/check")
    assert not operator.page.locator("[name=declared]").count(), "nobody checked the licence yet"

    # An officer checks the licence; then it can be submitted.
    reviewer.log_in("bureau", "reviewer").go("/bureau/organisations")
    reviewer.follow("/bureau/organisations/").press("main button[name=accepted][value=yes]")
    operator.go(f"{filing}/check").tick("declared").write(declared_by="孙湖").press()
    assert operator.path.endswith("/receipt")

    # The officer takes it up and asks once for all that is wrong; the operator puts it right.
    reviewer.go("/bureau/filings").press(f"main form[action*='{number}/claim'] button")
    decide = f"/bureau/filings/{number}/decide"
    reviewer.go(f"{decide}/correction_requested")
    reviewer.reach(reviewer.page.locator("main input[value=plan_without_numbers]").first)
    reviewer.page.keyboard.press("Space")
    reviewer.press("main button[value=check]").press("main button[value=confirm]")
    operator.go("/operator/").follow(filing).follow("/operator/notices/")
    operator.go(f"{filing}/questions/papers").press("main button.action[value=next]")
    operator.go(f"{filing}/questions/spaces").write(spaces_general="118")
    operator.press("main button.action[value=next]")
    operator.go(f"{filing}/check").tick("declared").write(declared_by="孙湖").press()

    # It is accepted and approved; the operator holds a certificate that anyone can verify.
    for step in ("accepted", "approved"):
        reviewer.go(f"{decide}/{step}").press("main button[value=confirm]")
    operator.go(filing).follow("/operator/certificates/")
    told = operator.page.locator("main").inner_text()
    verify = re.search(r"/verify/[\w-]+", operator.page.content())
    assert verify and "湖滨公共停车场" in told
    citizen.go(verify[0])
    assert "湖滨公共停车场" in citizen.page.locator("main").inner_text()
    citizen.go("/register").follow("/verify/")
    operator.go(f"{filing}/check")
    assert not operator.page.locator("[name=declared]").count(), "what was decided cannot be sent again"

    # An inspector finds something; the operator answers; it is looked at again and closed.
    inspector.log_in("bureau", "inspector").go("/bureau/lots").follow("/bureau/lots/")
    lot = inspector.path.rpartition("/")[2]
    inspector.go(f"/bureau/inspections/new?lot_id={lot}").choose(kind="hygiene").press()
    inspector.choose(**{"item-litter": "failed"}).write(**{"item-litter-note": "东侧出口有积水"})
    inspector.choose(**{"item-abandoned": "passed", "item-toilets": "not_applicable"})
    inspector.press("main button[value=finish]").follow("/order").press()
    operator.go("/operator/inspections").follow("/operator/findings/")
    answered = operator.path
    operator.attach("evidence", paper).press("main form[enctype] button")
    operator.write(text="积水已清理，增设排水沟").press("main form:not([enctype]) button.action")
    finding = f"/bureau/findings/{answered.rpartition('/')[2]}"
    inspector.go(f"{finding}/recheck").choose(passed="yes").press()
    operator.go(answered)
    assert not operator.page.locator("textarea").count(), "a closed finding asks nothing more"
