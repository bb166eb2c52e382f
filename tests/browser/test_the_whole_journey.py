"""From an operator's registration to a finding that is closed, with the keyboard alone, every page looked at.

The usual run goes one way, and axe looks at each page in the other language and width besides; the long
profile goes all eight: both languages, a narrow and a wide window, with scripts and without. Without scripts,
but by clicks, the usual run goes these ways in tests/flows.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser

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
from tests.browser.keyboard import Journey, Person
from tests.conftest import LONG
from tests.factories.accounts import PASSWORD, a_credit_code
from tests.factories.city import NOW
from tests.factories.lookup import SetClock
from tests.plain_browser import served

WAY = ("zh-CN", 320, True)
WAYS = [
    pytest.param(*way, marks=() if way == WAY else pytest.mark.long, id=f"{way[0]}-{way[1]}-{way[2]}")
    for way in itertools.product(("zh-CN", "en"), (320, 1280), (True, False))
    if way == WAY or LONG
]


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
@pytest.mark.parametrize(("language", "width", "scripts"), WAYS)
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
