"""An evening on a phone: a lent space is found, booked and given up, and what is wrong there is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from integrations.storage import LocalFolder
from parking.bootstrap import INTERFACES, PAGES
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.plates.service import PlateKeys
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.sharing.service.booking_desk import BookingDesk
from tests.browser.conftest import Visitor, axe_finds
from tests.factories.devices import SEALER, SECRET
from tests.factories.lookup import SetClock
from tests.factories.portal import HOSPITAL, a_town
from tests.factories.sharing import an_agreement
from tests.factories.tariffs import a_tariff, hourly
from tests.factories.tidal import a_section, a_tidal
from tests.factories.two_of_each import a_picture
from tests.plain_browser import served

LENDING, TIDAL = "东苑小区停车场", "文化路路段"
PLATE = "苏F12345"
# The window is from 18:00 to 07:30, the bays are lawful from 19:00 to 07:00.
ARRIVE, HOURS = "2026-11-20T19:30", 12
PHONE_WIDTH = 360


@pytest.fixture
def address(sessions: Sessions, tmp_path: Path) -> Iterator[str]:
    """The whole of the web at ten in the morning; residents lend spaces, a road has tidal bays."""
    with unit_of_work(sessions) as uow:
        lot_id = a_town(uow.session)["residents"]
        tariff_id = a_tariff(uow.session, [], hourly(100))
        an_agreement(uow.session, lot_id, tariff_id=tariff_id)
        lat, lon = HOSPITAL
        section = a_section(uow.session, name=TIDAL, lat=lat + 0.001, lon=lon + 0.001, opening_hours="24/7")
        a_tidal(uow.session, section.id)
    clock = SetClock()
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    services = PortalServices(
        sessions,
        clock,
        lookup,
        files=LocalFolder(tmp_path),
        secret_key=SECRET,
        booking_desk=BookingDesk(sessions, PlateKeys(sessions, SEALER, clock)),
    )
    with served(create_app(services, PAGES, INTERFACES)) as running:
        yield running


@dataclass
class Driver:
    """Somebody with a phone, where axe looks at each page that is met."""

    visitor: Visitor

    @property
    def page(self) -> Page:
        return self.visitor.page

    def row(self, name: str) -> Locator:
        return self.page.locator(".lot", has_text=name)

    def look(self, heading: str) -> Driver:
        """See that this is the page, whole within the phone, with nothing for axe to find."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE_WIDTH, f"{heading} is {wide} px wide"
        found = axe_finds(self.page)
        assert not found, f"{heading}: {found}"
        return self

    def fact(self, name: str) -> str:
        """What a list of facts says of this."""
        term = self.page.locator(".facts > div", has=self.page.get_by_text(name, exact=True))
        return term.locator("dd").inner_text()

    def press(self, name: str) -> Driver:
        self.page.locator("main").get_by_role("button", name=name, exact=True).click()
        return self

    def write(self, **fields: str) -> Driver:
        for name, text in fields.items():
            self.page.locator(f"main [name={name}]").fill(text)
        return self


@pytest.fixture
def driver(visit: Callable[..., Visitor], address: str) -> Driver:
    lat, lon = HOSPITAL
    here = {"latitude": lat, "longitude": lon}
    visitor = visit(PHONE_WIDTH, has_touch=True, geolocation=here, permissions=["geolocation"])
    visitor.address = address
    return Driver(visitor)


def test_a_lent_space_is_found_booked_and_given_up_and_a_wrong_is_reported(driver: Driver) -> None:
    lot = _find(driver)
    number, code = _book(driver)
    _give_up(driver, number, code)
    _report(driver, lot)
    outside = [url for url in driver.visitor.asked if not url.startswith((driver.visitor.address, "data:"))]
    assert (outside, driver.visitor.wrong) == ([], [])


def _find(driver: Driver) -> str:
    """From where one is to the page of the lot; its path."""
    page = driver.visitor.go()
    expect(driver.row(LENDING)).to_have_count(0)
    page.locator("#f-at").fill(ARRIVE)
    page.locator("#f-stay").select_option(str(HOURS * 60))
    driver.press("我的位置")
    expect(page.locator("#results-title")).to_have_text("所选位置附近")
    page.get_by_role("link", name="最近").click()
    page.wait_for_url("**sort=near**")
    lent, tidal = driver.row(LENDING), driver.row(TIDAL)
    expect(lent).to_contain_text("错时共享 18:00–次日 07:30")
    expect(lent.locator(".lot__warning")).to_have_text("⚠ 次日 07:30 前驶离，之后车位归还业主")
    expect(lent.locator(".state__free b")).to_have_text("5")
    expect(lent.locator(".lot__fee")).to_contain_text("¥12")
    expect(tidal.locator(".lot__warning")).to_have_text("⚠ 次日 07:00 起禁止停放，请在此之前驶离")
    driver.look("去哪里停车？")
    tidal.get_by_role("link").click()
    expect(page.locator("main")).to_contain_text("次日 07:00 起禁止停放")
    driver.look(TIDAL)
    page.go_back()
    driver.row(LENDING).get_by_role("link", name=LENDING, exact=True).click()
    shared = page.locator("[aria-labelledby=h-shared]")
    expect(shared).to_contain_text("18:00 起对社会车辆开放。其他时间只供本单位或住户使用。")
    expect(shared.locator(".is-asked")).to_contain_text("您的停车时间在这个时段内")
    driver.look(LENDING)
    return page.url.removeprefix(driver.visitor.address).partition("?")[0]


def _book(driver: Driver) -> tuple[str, str]:
    """From the lot's page to the code, in words that one can keep; the number and the code."""
    page = driver.page
    page.locator(".windows__one.is-asked").get_by_role("link", name="预约").click()
    expect(page.locator("[name=from]")).to_have_value(ARRIVE)
    expect(page.locator("[name=until]")).to_have_value("2026-11-21T07:30")
    assert (driver.fact("剩余名额"), driver.fact("预计费用")[:3]) == ("5", "¥12")
    driver.look("预约共享车位")
    driver.write(plate=PLATE).press("预约").look("我的预约")
    expect(page.locator(".filed__state")).to_contain_text("次日 07:30 前请驶离")
    expect(page.locator("main")).not_to_contain_text(PLATE)
    return driver.fact("预约号"), driver.fact("预约码")


def _give_up(driver: Driver, number: str, code: str) -> None:
    """Another day, in a browser that remembers nothing: the number alone is not enough."""
    page = driver.page
    driver.visitor.context.clear_cookies()
    driver.visitor.go(f"/bookings/{number}")
    expect(page.locator("[name=number]")).to_have_value(number)
    expect(page.locator("body")).not_to_contain_text(code)
    driver.look("我的预约").write(code=code.lower().replace("-", "")).press("查看预约")
    expect(page.locator(".filed__state")).to_contain_text("已预约")
    assert driver.fact("预约码") == code
    driver.press("取消预约")
    expect(page.locator(".filed__state")).to_contain_text("已取消")
    expect(page.get_by_role("button", name="取消预约")).to_have_count(0)
    driver.look("我的预约")


def _report(driver: Driver, lot: str) -> None:
    """From the lot's page to a receipt that is shown once, and by its code to where the matter stands."""
    page = driver.page
    driver.visitor.go(lot).get_by_role("link", name="反映问题").click()
    page.get_by_label("车位或通道被堵占").check()
    photo = {"name": "路口.png", "mimeType": "image/png", "buffer": a_picture(60)}
    page.locator("[name=photo]").set_input_files(photo)
    driver.look("反映问题").write(text="晚上八点共享车位被占，开不进去").press("提交反映")
    code = driver.look("已收到您的反映").page.locator(".complaint__code").inner_text()
    page.reload()
    expect(page.locator("body")).not_to_contain_text(code)
    driver.look("查看反映的处理结果").write(code=code).press("查看").look("您反映的问题")
    expect(page.locator(".filed__state")).to_contain_text("我们会在 2026年11月23日（周一）前答复。")
    assert (driver.fact("停车场"), driver.fact("情况")) == (LENDING, "晚上八点共享车位被占，开不进去")
