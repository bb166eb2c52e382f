"""A browser without scripts before a real server: it follows links, fills forms and presses their buttons."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import requests
from flask import Flask
from lxml import html
from werkzeug.serving import WSGIRequestHandler, make_server

File = tuple[str, bytes]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """The app logs its requests itself."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address at which an app answers on this machine."""
    web = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{web.server_port}"
    finally:
        web.shutdown()
        thread.join()
        web.server_close()


@dataclass
class Window:
    """One window; windows of one browser share its `cookies`."""

    address: str
    language: str = "zh-CN"
    http: requests.Session = field(default_factory=requests.Session)
    shown: requests.Response | None = None

    def another(self) -> Self:
        """A second window of the same browser, on the same page."""
        return type(self)(self.address, self.language, self.http, self.shown)

    @property
    def page(self) -> html.HtmlElement:
        assert self.shown is not None
        return html.fromstring(self.shown.text, base_url=self.shown.url)

    @property
    def path(self) -> str:
        assert self.shown is not None
        return self.shown.url.removeprefix(self.address)

    @property
    def status(self) -> int:
        assert self.shown is not None
        return self.shown.status_code

    @property
    def main(self) -> str:
        """What the page says, blanks as one."""
        return " ".join(self.page.get_element_by_id("main").text_content().split())

    def open(self, path: str) -> Self:
        self.shown = self.http.get(
            self.address + path, headers={"Accept-Language": self.language}, timeout=30
        )
        return self

    def follow(self, text: str) -> Self:
        """Follow the first link in the page whose words begin so."""
        links = self.page.xpath("//main//a")
        found = [each for each in links if _words(each).startswith(text)]
        assert found, f"no link “{text}” on {self.path}: {[_words(each) for each in links]}"
        return self.open(self._path_of(found[0].get("href")))

    def press(self, button: str, /, fields: Mapping[str, Any] | None = None, **typed: Any) -> Self:
        """Fill the form that has this button, and press it. A file is (name, content); None unticks,
        a list ticks several."""
        form, pressed = self._button(button)
        # A list: several boxes of one name may be ticked.
        values: list[tuple[str, str]] = list(form.form_values())
        files: dict[str, File] = {}
        for name, value in {**(fields or {}), **typed}.items():
            assert name in form.fields, f"no field {name} on {self.path}: {sorted(form.fields)}"
            values = [each for each in values if each[0] != name]
            if isinstance(value, tuple):
                files[name] = value
            elif value is not None:
                values += [(name, str(each)) for each in (value if isinstance(value, list) else [value])]
        if pressed.get("name"):
            values.append((pressed.get("name"), pressed.get("value", "")))
        is_upload = form.get("enctype") == "multipart/form-data"
        parts: Any = [(name, (None, value)) for name, value in values]
        parts += list(files.items())
        self.shown = self.http.post(
            self.address + self._path_of(form.get("action") or self.path),
            headers={"Accept-Language": self.language, "Referer": self.address + self.path},
            timeout=30,
            **({"files": parts} if is_upload else {"data": values}),
        )
        return self

    def _button(self, text: str) -> tuple[html.FormElement, html.HtmlElement]:
        for form in self.page.forms:
            for each in form.xpath(".//button"):
                if _words(each).startswith(text) and each.get("aria-hidden") != "true":
                    return form, each
        words = [_words(each) for each in self.page.xpath("//main//button")]
        raise AssertionError(f"no button “{text}” on {self.path}: {words}")

    def _path_of(self, href: str) -> str:
        told = href.split("#")[0] or self.path
        if told.startswith("/"):
            return told
        return re.sub(r"[^/]*$", "", self.path) + told if not told.startswith("?") else self.path + told


def _words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())
