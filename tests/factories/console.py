"""The console over HTTP: a served app, and officers who read its tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from parking.bootstrap import PAGES
from parking.kernel.db.engine import Sessions
from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from tests.factories.lookup import SetClock
from tests.plain_browser import Window, served


class Officer(Window):
    """Somebody who is logged in at the console."""

    @property
    def rows(self) -> list[str]:
        """The rows of the page's tables, heads left out."""
        return [" ".join(" ".join(row.itertext()).split()) for row in self.page.xpath("//tbody/tr")]

    @property
    def text(self) -> str:
        """What the page says, part beside part."""
        return " ".join(" ".join(self.page.get_element_by_id("main").itertext()).split())

    def download(self, path: str) -> bytes:
        """The content of a file that is offered."""
        answer = self.http.get(self.address + path, headers={"Accept-Language": self.language}, timeout=30)
        assert answer.status_code == 200, answer.status_code
        return answer.content


@dataclass
class Console:
    """The running application with its database and clock."""

    address: str
    sessions: Sessions
    clock: SetClock
    lookup: Lookup

    def officer(self, token: str, language: str = "zh-CN") -> Officer:
        """The browser of whoever has this session."""
        browser = Officer(self.address, language)
        browser.http.cookies.set("bureau_session", token)
        return browser

    def begin(self, at: datetime) -> None:
        """Read the city of the database as it is now; it must be loaded."""
        self.clock.at = at
        self.lookup.load()


@contextmanager
def a_console(sessions: Sessions) -> Iterator[Console]:
    """The application over HTTP; `begin` it once the city is loaded."""
    clock = SetClock()
    lookup = Lookup(None, sessions, clock)
    app = create_app(PortalServices(sessions=sessions, clock=clock, lookup=lookup), pages=PAGES)
    with served(app) as address:
        yield Console(address, sessions, clock, lookup)
