"""Every page in both languages: nothing for axe to find, nothing asked of others, nothing that fails."""

from __future__ import annotations

import pytest

from tests.browser.conftest import axe_finds

PAGES = {
    "list": "/?rows=10",
    "filters": "/?height=2&open=1&rows=1",
    "empty": "/?class=charging&min_free=50",
    "nothing": "/?q=zzz",
    "refused": "/?height=99&at=x",
    "map": "/map?rows=10",
    "favourites": "/favourites",
    "missing": "/lots/nope",
    "lot": "/lots/{free}",
    "pay": "/pay",
    "bookings": "/bookings",
    "developers": "/developers",
    "signature": "/developers/signature",
    "dialect": "/developers/dialects/vzenith",
}
# A page that says 404 or 422 is told so in the console; that is no fault of the page.
TOLD = ("the server responded with a status of 404", "the server responded with a status of 422")
STATUSES = {"missing": 404, "refused": 422}
# Another scheme or size changes colours and lengths, not words: the pages that have most of them will do.
SOME = ("list", "refused", "map", "lot")
LOOKS = [
    ("zh-CN", 360, "light", "", tuple(PAGES), False),
    ("en", 1280, "light", "", tuple(PAGES), True),
    ("zh-CN", 1280, "dark", "", SOME, False),
    ("en", 360, "dark", "size=large", SOME, False),
]


@pytest.mark.parametrize(("language", "width", "scheme", "extra", "names", "again"), LOOKS)
def test_axe_finds_nothing_and_no_request_leaves_or_fails(
    visit, site, language, width, scheme, extra, names, again
) -> None:
    visitor = visit(width, 900, language, color_scheme=scheme)
    for name in names:
        path = PAGES[name].format(free=site.town["free"])
        page = visitor.go(path + (("&" if "?" in path else "?") + extra if extra else ""))
        status = page.evaluate("performance.getEntriesByType('navigation')[0].responseStatus")
        assert status == STATUSES.get(name, 200), name
        for summary in page.locator("summary").all():
            summary.click()
        if name == "map":
            page.wait_for_selector(".pin")
        found = axe_finds(page, again=again)
        assert not found, f"{name}: {found}"
    assert [url for url in visitor.asked if not url.startswith((visitor.address, "data:"))] == []
    assert [each for each in visitor.wrong if not any(told in each for told in TOLD)] == []


def test_the_fields_of_a_dialect_stand_as_lines_on_a_phone(visit) -> None:
    page = visit(360, 780).go(PAGES["dialect"])
    widths = page.locator(".told td:not(:empty)").evaluate_all("cells => cells.map(each => each.clientWidth)")
    assert len(widths) > 20 and min(widths) > 250
