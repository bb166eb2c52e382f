"""The list in a real browser: alive by itself, whole without a script, usable by the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.factories.city import NOW
from tests.factories.portal import HOSPITAL, tell

EAST = "人民医院东停车场"


def row(page: Page, name: str):
    return page.locator(".lot", has_text=name)


def test_the_list_is_there_at_once_and_loads_no_map(visit) -> None:
    visitor = visit()
    page = visitor.go()
    expect(row(page, EAST).locator(".state")).to_contain_text("有空位")
    expect(row(page, EAST).locator(".state__free b")).to_have_text("86")
    assert page.locator(".lot").count() == 20
    assert not [url for url in visitor.asked if "leaflet" in url or "map" in url]
    assert visitor.wrong == []


def test_a_phone_of_360_pixels_needs_no_sideways_scroll_and_no_thin_finger(visit) -> None:
    visitor = visit(360)
    for path in ("/?rows=5", "/?rows=5&lang=en", "/?height=99&size=large"):
        page = visitor.go(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        heights = page.locator("button, input:not([type=checkbox]), select").evaluate_all(
            "all => all.map((each) => each.offsetHeight).filter((height) => height > 0)"
        )
        assert len(heights) >= 3
        assert min(heights) >= 44, path


def test_a_count_that_changed_is_shown_by_itself(visit, site) -> None:
    page = visit().go()
    lot = row(page, "新城天地地下停车场")
    expect(lot.locator(".state")).to_contain_text("已满")
    expect(page.locator("#fresh")).to_contain_text("更新，每 15 秒自动刷新")
    tell(site.sessions, site.town["full"], 5, site.clock)
    site.lookup.load()
    expect(lot.locator(".state__free b")).to_have_text("5")
    expect(lot).to_have_class("lot is-changed")
    expect(lot.locator(".state")).to_contain_text("紧张")
    expect(page.locator("#heard")).to_have_text("1 个停车场的空位有变化")


def test_without_a_network_the_old_numbers_stay_and_say_so(visit) -> None:
    visitor = visit()
    page = visitor.go()
    expect(page.locator("#fresh")).to_contain_text("更新")
    visitor.context.set_offline(True)
    expect(page.locator("#fresh")).to_contain_text("网络不通")
    expect(row(page, EAST).locator(".state__free b")).to_have_text("86")
    visitor.context.set_offline(False)
    expect(page.locator("#fresh")).not_to_contain_text("网络不通")


def test_ages_grow_on_a_page_that_stands_still(visit) -> None:
    visitor = visit()
    visitor.context.clock.install(time=NOW)
    page = visitor.go()
    expect(row(page, EAST).locator("[data-age]")).to_have_text("1 分钟前")
    visitor.context.set_offline(True)
    visitor.context.clock.run_for(4 * 60_000)
    expect(row(page, EAST).locator("[data-age]")).to_have_text("5 分钟前")
    expect(row(page, "滨河路").locator("[data-age]")).to_have_text("数据中断 44 分钟")


def test_the_browsers_position_is_searched_around(visit) -> None:
    lat, lon = HOSPITAL
    here = {"latitude": lat - 0.005, "longitude": lon - 0.005}
    visitor = visit(geolocation=here, permissions=["geolocation"])
    page = visitor.go("/?sort=near")
    page.get_by_role("button", name="我的位置").click()
    page.wait_for_url("**lat=32.0560**")
    expect(page.locator("#results-title")).to_have_text("所选位置附近")
    assert "sort=near" in page.url


def test_a_position_that_is_refused_is_said_in_words(visit) -> None:
    page = visit().go()
    page.get_by_role("button", name="我的位置").click()
    expect(page.locator("#locate-said")).to_have_text("没有取得位置，请输入目的地。")


@pytest.mark.parametrize(
    ("language", "search", "place", "charging"),
    [("zh-CN", "查找", "人民医院附近", "充电车位"), ("en", "Search", "Near People's Hospital", "Charging")],
)
def test_search_and_filter_and_read_a_lot_without_any_script(
    visit, language, search, place, charging
) -> None:
    visitor = visit(language=language, java_script_enabled=False)
    page = visitor.go()
    expect(page.locator("#locate")).to_be_hidden()
    page.locator("#f-q").fill("人民医院")
    page.get_by_role("button", name=search, exact=True).click()
    expect(page.locator("#results-title")).to_have_text(place)
    page.locator("details.filters summary").click()
    page.locator("#f-class").select_option("charging")
    page.locator(".filters__act button").click()
    expect(page.locator(".lot")).to_have_count(1)
    expect(page.locator(".filters__count")).to_have_text("1")
    page.locator(".lot a").click()
    expect(page.locator("[aria-labelledby=h-spaces] table")).to_contain_text(charging)
    page.locator("#f-stay").select_option("240")
    page.locator(".price button").click()
    expect(page.locator(".price__sum")).to_contain_text("¥12")
    page.locator("[aria-labelledby=h-hours] summary").click()
    expect(page.locator(".week")).to_be_visible()
    assert visitor.wrong == []


def test_the_keyboard_alone_leads_from_the_search_to_a_favourite(visit) -> None:
    visitor = visit(1280, 900)
    page = visitor.go()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#f-q")).to_be_focused()
    page.keyboard.type("老街")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    link = row(page, "老街停车场").get_by_role("link")
    for _ in range(40):
        page.keyboard.press("Tab")
        # Asked of the page in one step: the rows may be renewed between finding a link and asking it.
        if page.evaluate("document.activeElement.textContent") == "老街停车场":
            break
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/lots/**")
    star = page.get_by_role("button", name="收藏")
    star.focus()
    page.keyboard.press("Space")
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(star).to_have_text("已收藏")
    page.goto(visitor.address + "/favourites")
    expect(row(page, "老街停车场")).to_be_visible()
    assert visitor.wrong == []


def test_large_letters_stay_from_page_to_page(visit) -> None:
    visitor = visit()
    page = visitor.go()
    before = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    page.get_by_role("link", name="大字").click()
    page.locator(".lot a").first.click()
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == 1.25 * before


def test_the_other_language_is_one_link_away_and_stays(visit) -> None:
    page = visit().go("/?q=人民医院")
    page.get_by_role("link", name="EN").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where to park?")
    expect(page.locator("#f-q")).to_have_value("人民医院")
    page.get_by_role("link", name="Map").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where to park?")
    page.locator(".head__tools a").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("去哪里停车？")
