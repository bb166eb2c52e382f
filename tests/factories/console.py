"""The console over HTTP: a served app, and officers who follow its links and send its forms, no script."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import requests
from lxml import html
from werkzeug.serving import WSGIRequestHandler, make_server

from parking.bootstrap import PAGES
from parking.boundary.files import FileStore
from parking.kernel.db.engine import Sessions
from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from tests.factories.lookup import SetClock

_TIMEOUT_S = 20


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """The app logs its requests itself."""


@dataclass
class Officer:
    """Somebody at the console: the page that is shown, and what can be done on it."""

    address: str
    token: str
    language: str = "zh"
    status: int = 0
    url: str = ""
    page: html.HtmlElement = field(default_factory=lambda: html.fromstring("<html></html>"))
    body: bytes = b""

    def __post_init__(self) -> None:
        self._client = requests.Session()
        self._client.trust_env = False
        self._client.cookies.set("bureau_session", self.token)
        self._client.headers["Accept-Language"] = self.language

    @property
    def text(self) -> str:
        """All that can be read on the page, in one line."""
        return " ".join(" ".join(self.page.xpath("//body//text()[not(ancestor::script)]")).split())

    @property
    def rows(self) -> list[str]:
        """The rows of the page's tables, head left out."""
        return [" ".join(" ".join(row.itertext()).split()) for row in self.page.xpath("//tbody/tr")]

    def open(self, path: str) -> Officer:
        return self._shown(self._client.get(self.address + path, timeout=_TIMEOUT_S))

    def follow(self, words: str) -> Officer:
        """Follow the first link whose words contain these."""
        links = [each for each in self.page.xpath("//main//a[@href]") if words in each.text_content()]
        assert links, f"no link {words!r} on {self.url}"
        return self.open(links[0].get("href"))

    def press(self, words: str, /, **fields: str | list[str]) -> Officer:
        """Fill the form that has the button with these words, and press it."""
        buttons = [each for each in self.page.xpath("//main//button") if words in each.text_content()]
        assert buttons, f"no button {words!r} on {self.url}"
        form = next(each for each in buttons[0].iterancestors("form"))
        sent: list[tuple[str, str]] = [
            (name, value) for name, value in form.form_values() if name not in fields
        ]
        for name, told in fields.items():
            assert name in form.fields, f"no field {name!r} on {self.url}"
            sent += [(name, each) for each in ([told] if isinstance(told, str) else told)]
        if buttons[0].get("name"):
            sent.append((buttons[0].get("name"), buttons[0].get("value")))
        where = form.get("action") or self.url.removeprefix(self.address)
        return self._shown(self._client.post(self.address + where, data=sent, timeout=_TIMEOUT_S))

    def download(self, path: str) -> bytes:
        answer = self._client.get(self.address + path, timeout=_TIMEOUT_S)
        assert answer.status_code == 200, answer.status_code
        return answer.content

    def again(self) -> Officer:
        """The same person in another window, on the same page."""
        other = Officer(self.address, self.token, self.language)
        return other.open(self.url.removeprefix(self.address))

    def _shown(self, answer: requests.Response) -> Officer:
        self.status, self.url, self.body = answer.status_code, answer.url, answer.content
        self.page = html.fromstring(answer.text)
        return self


@dataclass
class Console:
    """The running application with its database and clock."""

    address: str
    sessions: Sessions
    clock: SetClock
    lookup: Lookup

    def officer(self, token: str, language: str = "zh") -> Officer:
        return Officer(self.address, token, language)

    def begin(self, at: datetime) -> None:
        """Read the city of the database as it is now; it must be loaded."""
        self.clock.at = at
        self.lookup.load()


@contextmanager
def a_console(sessions: Sessions, files: FileStore | None = None) -> Iterator[Console]:
    """The application over HTTP; `begin` it once the city is loaded."""
    clock = SetClock()
    lookup = Lookup(None, sessions, clock)
    app = create_app(PortalServices(sessions=sessions, clock=clock, lookup=lookup, files=files), pages=PAGES)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Console(f"http://127.0.0.1:{server.server_port}", sessions, clock, lookup)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
