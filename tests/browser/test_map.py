"""The map in a real browser, with no tile server: the same rows, numbered alike, reached by every means."""

from __future__ import annotations

from playwright.sync_api import expect


def test_the_marks_are_the_rows_numbered_alike(visit) -> None:
    visitor = visit(1280, 900)
    page = visitor.go("/map")
    expect(page.locator(".pin")).to_have_count(20)
    rows = page.locator(".lot").evaluate_all(
        "all => all.map(({ dataset }) => [dataset.number, dataset.state])"
    )
    pins = page.locator(".pin").evaluate_all(
        "all => all.map(each => [each.textContent, each.querySelector('use').getAttribute('href').slice(3)])"
    )
    assert sorted(pins) == sorted(rows)
    label = page.locator(".pin").filter(has_text="1").first.get_attribute("aria-label")
    assert label and label.startswith("1 ") and "个空位" in label
    expect(page.locator(".place-name")).to_have_text(["人民医院"])
    assert visitor.wrong == []


def test_a_mark_leads_to_its_row_by_mouse_and_by_keyboard(visit) -> None:
    page = visit().go("/map")
    third = page.locator('.pin[aria-label^="3 "]')
    third.focus()
    page.keyboard.press("Enter")
    expect(page.locator('.lot[data-number="3"] a')).to_be_focused()
    expect(page.locator('.lot[data-number="3"]')).to_have_class("lot is-chosen")
    page.locator('.pin[aria-label^="2 "]').dispatch_event("click")
    expect(page.locator('.lot[data-number="2"] a')).to_be_focused()


def test_a_click_on_the_map_searches_there_and_keeps_the_filters(visit) -> None:
    page = visit(1280, 900).go("/map?min_free=1")
    expect(page.locator(".pin").first).to_be_visible()
    before = page.locator(".lot").first.get_attribute("data-id")
    page.locator("#map").click(position={"x": 120, "y": 600})
    page.wait_for_url("**lat=**")
    expect(page.locator("#results-title")).to_have_text("所选位置附近")
    assert "min_free=1" in page.url
    expect(page.locator(".lot").first).not_to_have_attribute("data-id", before or "")
    assert page.locator(".pin").count() == page.locator(".lot").count()


def test_the_centre_can_be_searched_without_a_mouse(visit) -> None:
    page = visit().go("/map")
    expect(page.locator(".pin").first).to_be_attached()
    page.get_by_role("button", name="在地图中心查找").press("Enter")
    page.wait_for_url("**lat=**")
    expect(page.locator("#results-title")).to_have_text("所选位置附近")


def test_without_a_script_the_map_page_is_its_list(visit) -> None:
    page = visit(java_script_enabled=False).go("/map")
    expect(page.locator("noscript .note")).to_be_visible()
    expect(page.locator("#map")).to_be_hidden()
    expect(page.locator(".lot")).to_have_count(20)
