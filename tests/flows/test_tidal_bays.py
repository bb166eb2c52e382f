"""Tidal bays over HTTP: an officer registers, changes and ends them; a driver reads until when to park."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from integrations.storage import LocalFolder
from parking.accounts.rules import OfficerRole
from parking.bootstrap import PAGES
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.lots.queries import LotCard
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.citizen import api
from parking.sharing.queries.tidal import tidal_views
from tests.factories.accounts import Person, an_officer, logged_in
from tests.factories.city import DISTRICTS, a_city
from tests.factories.console import Officer
from tests.factories.lookup import SetClock
from tests.factories.tidal import a_section, a_tidal
from tests.factories.two_of_each import a_picture
from tests.plain_browser import Window, served

PAPER = ("同意函.png", a_picture(40))


@dataclass
class Street:
    """The application over a city with a road section, and who works with it."""

    address: str
    sessions: Sessions
    clock: SetClock
    lookup: Lookup
    lot: LotCard
    here: Person
    elsewhere: Person
    inspector: Person

    def officer(self, person: Person, language: str = "zh-CN") -> Officer:
        browser = Officer(self.address, language)
        browser.http.cookies.set("bureau_session", person.token)
        return browser

    def at(self, local: str) -> None:
        """Go on to a time of 2026-11-20 or another day, in the city's time; the look-up reads all anew."""
        self.clock.at = datetime.fromisoformat(f"{local}+08:00").astimezone(UTC)
        self.lookup.load()


@pytest.fixture
def street(sessions: Sessions, tmp_path: Path) -> Iterator[Street]:
    with unit_of_work(sessions) as uow:
        session = uow.session
        a_city(session)
        lot = a_section(session, name="文化路路段", opening_hours="24/7")
        people = [
            an_officer(session, "reviewer1", districts=[DISTRICTS[0]]),
            an_officer(session, "reviewer2", districts=[DISTRICTS[1]]),
            an_officer(session, "inspector1", [OfficerRole.INSPECTOR]),
        ]
    clock = SetClock()
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    services = PortalServices(sessions, clock, lookup, files=LocalFolder(tmp_path))
    with served(create_app(services, pages=PAGES, interfaces=(api.blueprint,))) as address:
        yield Street(address, sessions, clock, lookup, lot, *people)


def told(**fields: object) -> dict[str, object]:
    wanted = {
        "space_class": "general",
        "spaces": "30",
        "hours": "Mo-Su 19:00-07:00",
        "from_on": "2026-11-20",
        "until_on": "2027-11-19",
        "police_body": "试城市公安局交通警察大队",
        "consent_number": "试公交〔2026〕12号",
        "consent_on": "2026-11-10",
        "paper": PAPER,
    }
    return wanted | fields


def test_an_officer_registers_changes_and_ends_them(street: Street) -> None:
    officer = street.officer(street.here)
    officer.open("/bureau/tidal").follow("登记潮汐车位")
    wrong = told(lot=street.lot.id, hours="晚上", consent_on="2026-11-21", until_on="2026-11-19", spaces="31")
    del wrong["paper"]
    officer.press("登记", wrong)
    assert officer.status == 422
    for said in ("时间无法识别", "不能晚于今天", "最后一天不能早于", "最多还能登记 30 个", "请上传同意文书"):
        assert said in officer.main
    officer.press("登记", told(lot=street.lot.id))
    assert "禁止停放，19:00 起可停" in officer.main and "07:00、19:00–24:00" in officer.main
    assert officer.download(f"{officer.path}/paper") == PAPER[1]
    first = officer.path
    officer.follow("登记变更")
    officer.press(
        "登记", told(hours="Mo-Su 20:00-06:00", from_on="2026-12-01", consent_number="试公交〔2026〕19号")
    )
    assert "未开始" in officer.main and "每天 19:00–次日 07:00" in officer.main
    changed = officer.path
    officer.open(first)
    assert "2026年12月1日（周二）起" in officer.main
    assert "变更或结束" not in officer.main
    officer.open(changed).press("登记结束", ended_on="2026-11-01", reason="")
    assert officer.status == 422 and "不能早于今天" in officer.main and "请说明理由" in officer.main
    officer.press("登记结束", ended_on="2027-03-01", reason="道路改造")
    assert "道路改造" in officer.main
    with street.sessions() as session:
        rows = tidal_views(session)
    assert [row.bays.ended_on for row in rows] == [date(2027, 3, 1), date(2026, 12, 1)]


def test_officers_see_their_districts_and_what_ends_within_the_hour(street: Street) -> None:
    with unit_of_work(street.sessions) as uow:
        west = a_section(uow.session, name="城西路段", district_code=DISTRICTS[1])
        foreign = a_tidal(uow.session, west.id)
        a_tidal(uow.session, street.lot.id)
        lapsed = a_section(uow.session, name="旧路段", district_code=DISTRICTS[0])
        a_tidal(uow.session, lapsed.id, hours="Mo-Su 20:00-05:00", until_on=date(2026, 11, 21))
    street.at("2026-11-20 06:40")
    inspector = street.officer(street.inspector).open("/bureau/")
    inspector.follow("2 一小时内结束停放")
    assert len(inspector.rows) == 2 and "07:00 起禁止停放，不到 30 分钟" in inspector.rows[0]
    assert "登记潮汐车位" not in inspector.main
    inspector.open(f"/bureau/tidal?only=soon&district={DISTRICTS[1]}")
    assert len(inspector.rows) == 1 and "城西路段" in inspector.rows[0]
    here = street.officer(street.here).open("/bureau/tidal")
    assert len(here.rows) == 2 and "文化路路段" in here.rows[0]
    assert here.open(f"/bureau/tidal/{foreign}").status == 404
    street.at("2026-11-21 06:40")
    with unit_of_work(street.sessions) as uow:
        again = logged_in(uow.session, street.here.id, street.clock.at)
    here = street.officer(again).open("/bureau/").follow("1 同意已到期")
    assert "旧路段" in here.rows[0] and "禁止停放，近期没有可停时间" in here.rows[0]


def test_a_driver_reads_until_when_one_may_park(street: Street) -> None:
    with unit_of_work(street.sessions) as uow:
        a_tidal(uow.session, street.lot.id)
    street.at("2026-11-20 10:00")
    driver, page = Window(street.address), f"/lots/{street.lot.id}"
    driver.open(page)
    assert "不开放" in driver.main and "禁止停放，19:00 起可停" in driver.main
    one = f"/api/v1{page}"
    counts, tidal = (driver.http.get(street.address + one).json()[name] for name in ("counts", "tidal"))
    assert (counts[0]["capacity"], tidal[0]["lawful_now"]) == (0, False)
    assert tidal[0]["until"] == tidal[0]["next_from"] == "2026-11-20T11:00:00Z"
    assert driver.open(f"{page}?at=2026-11-20T22:00&stay=600").status == 200
    assert "次日 07:00 起禁止停放，请在此之前驶离" in driver.main
    street.at("2026-11-20 06:40")
    driver.open("/?q=文化路")
    assert "07:00 起禁止停放，不到 30 分钟" in driver.open(f"{page}?stay=15").main
    assert driver.http.get(street.address + one).json()["counts"][0]["capacity"] == 30
    near = f"/api/v1/lots/nearby?lat={street.lot.lat}&lon={street.lot.lon}&open=1"
    assert len(driver.http.get(street.address + near).json()["items"]) == 1
    street.at("2026-11-20 07:00")
    assert driver.http.get(street.address + near).json()["items"] == []
    later = f"{near}&arrive=2026-11-20T22:00%2B08:00&stay="
    assert len(driver.http.get(f"{street.address}{later}120").json()["items"]) == 1
    assert driver.http.get(f"{street.address}{later}600").json()["items"] == []
