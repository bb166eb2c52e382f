"""A real Chromium before a real server over a real database: what a citizen sees."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from parking.kernel.db.engine import Sessions, make_engine, make_sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.portals.citizen import pages
from tests.databases import Server
from tests.factories.city import NOW
from tests.factories.lookup import SetClock
from tests.factories.portal import Town, a_portal, a_town

# Chromium's own errands would be refused by a closed network, and count as failed requests.
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # Nothing but this machine can be reached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# Axe need not load the style sheets once more: the rules that ask for that concern sound and turned screens.
_AXE = {"resultTypes": ["violations"], "preload": False}
# Contrast is most of the work. Colours follow the scheme, not the width (tests/architecture/test_colours.py),
# so that a wider window asks for it only where it shows what the narrow one did not.
_AXE_AGAIN = {**_AXE, "rules": {"color-contrast": {"enabled": False}}}
_AXE_CONTRAST = {**_AXE, "runOnly": ["color-contrast"]}
SHOWN_WIDE_ONLY = ("thead", ".own__wide", ".is-none", "td:empty")
# Only a failing test waits so long; a busy machine must not fail one.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


def axe_finds(page: Page, *, again: bool = False) -> str:
    """What axe has to say against a page, "" for nothing; `again`: a narrow window of its scheme was seen."""
    axe = Axe()
    found = [axe.run(page, options=_AXE_AGAIN if again else _AXE)]
    shown = [each for each in SHOWN_WIDE_ONLY if again and page.locator(each).count()]
    if shown:
        found.append(axe.run(page, {"include": [[each] for each in shown]}, _AXE_CONTRAST))
    return "\n".join(each.generate_report() for each in found if each.violations_count)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """The app logs its requests itself."""


@dataclass
class Site:
    """The running town: its address, its lots, and what a test needs to change them."""

    address: str
    town: Town
    sessions: Sessions
    clock: SetClock
    lookup: Lookup


@pytest.fixture(scope="session")
def site(server: Server, database_prefix: str) -> Iterator[Site]:
    """The portal over HTTP; its pages renew themselves every second, to spare the tests' time."""
    name = f"{database_prefix}_browser"
    url = server.clone(name)
    engine = make_engine(url)
    sessions = make_sessions(engine)
    with unit_of_work(sessions) as uow:
        town = a_town(uow.session)
    clock = SetClock(NOW)
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    usual, pages.REFRESH_S = pages.REFRESH_S, 1
    web = make_server(
        "127.0.0.1", 0, a_portal(sessions, lookup, clock), threaded=True, request_handler=_Quiet
    )
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{web.server_port}", town, sessions, clock, lookup)
    web.shutdown()
    thread.join()
    web.server_close()
    pages.REFRESH_S = usual
    engine.dispose()
    server.drop(name)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield running
        running.close()


@dataclass
class Visitor:
    """A browser's window on the site, and everything that went wrong in it."""

    context: BrowserContext
    page: Page
    address: str
    wrong: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def note_failure(self, request: Request) -> None:
        # Whoever leaves a page ends what it was asking; that is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.wrong.append(f"{request.failure}: {request.url}")

    def go(self, path: str = "/") -> Page:
        self.page.goto(self.address + path)
        return self.page


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[object]:
    """Make visitors: `visit(width=360, language="en", ...)`; other words are Playwright's own."""
    made: list[Visitor] = []

    def visitor(width: int = 360, height: int = 780, language: str = "zh-CN", **options: object) -> Visitor:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=language, **options)
        context.set_default_timeout(PATIENCE_MS)
        each = Visitor(context, context.new_page(), site.address)
        each.page.on("console", lambda said: said.type == "error" and each.wrong.append(said.text))
        each.page.on("pageerror", lambda error: each.wrong.append(str(error)))
        each.page.on("requestfailed", each.note_failure)
        each.page.on("request", lambda request: each.asked.append(request.url))
        made.append(each)
        return each

    yield visitor
    for each in made:
        each.context.close()
