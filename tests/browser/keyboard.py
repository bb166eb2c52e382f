"""Somebody who uses the keyboard alone, while axe looks at each page that is reached."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.browser.conftest import axe_finds
from tests.conftest import LONG
from tests.factories.accounts import PASSWORD

# In which language and width the usual run looks at each page as well.
ALSO = () if LONG else (("en", 1280),)
MOST_TABS = 150
# How often Tab may be pressed before it is worth looking where the focus is: as often as there are fields,
# links and buttons up to the target, or once where that is not known. What counts is where the focus then is.
_AHEAD = """target => {
  const now = document.activeElement;
  if (now === target) return 0;
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(
    each => each === target || each === now || (!each.disabled && each.type !== "hidden" && each.tabIndex >= 0
      && each.type !== "radio" && each.checkVisibility({visibilityProperty: true})));
  const steps = stops.indexOf(target) - stops.indexOf(now);
  return Math.max(1, steps);
}"""


@dataclass
class Person:
    """Somebody at a keyboard; `lookers` are the windows where axe sees what nobody looked at yet."""

    page: Page
    lookers: list[Page]
    address: str
    looked_at: set[str]

    def go(self, path: str) -> Person:
        self.page.goto(self.address + path)
        return self.look()

    def look(self) -> Person:
        """Let axe look at a page of this kind once, and see that nothing is cut off at the side."""
        path = self.page.url.removeprefix(self.address)
        kind = re.sub(r"/[0-9a-z]{12}(?=/|$)", "/ID", path.partition("?")[0])
        if kind not in self.looked_at:
            self.looked_at.add(kind)
            for number, looker in enumerate(self.lookers):
                if looker is not self.page:
                    looker.context.clear_cookies()
                    looker.context.add_cookies(self.page.context.cookies())
                    looker.goto(self.page.url)
                found = axe_finds(looker, again=number > 0)
                assert not found, f"{kind}: {found}"
                wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                assert looker.evaluate(wide) <= 0, f"{kind} is wider than its window"
        return self

    def reach(self, target: Locator) -> Locator:
        """Press Tab until the target has the focus."""
        shown = self.page.locator("main").inner_text
        assert target.count(), f"no {target} on {self.page.url}: {shown()}"
        wanted = target.element_handle()
        assert wanted
        pressed = 0
        while pressed < MOST_TABS:
            ahead = wanted.evaluate(_AHEAD)
            if ahead == 0:
                return target
            # A key that is held down is pressed again and again; each press is one step of the focus.
            for _ in range(ahead):
                self.page.keyboard.down("Tab")
            self.page.keyboard.up("Tab")
            pressed += ahead
        raise AssertionError(f"no Tab leads to {target} on {self.page.url}")

    def named(self, name: str) -> Locator:
        return self.page.locator(f"main [name='{name}']:not([type=hidden])").first

    def write(self, **fields: str) -> Person:
        for name, text in fields.items():
            self.reach(self.named(name))
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(text)
        return self

    def tick(self, name: str, value: str = "yes") -> Person:
        box = self.page.locator(f"main input[type=checkbox][name='{name}'][value='{value}']")
        self.reach(box)
        if not box.is_checked():
            self.page.keyboard.press("Space")
        assert box.is_checked()
        return self

    def choose(self, **fields: str) -> Person:
        """Choose by the arrow keys: of radios, which Tab reaches as one, or of a list."""
        for name, value in fields.items():
            first = self.named(name)
            if first.evaluate("e => e.tagName") == "SELECT":
                self._choose_of_list(first, value)
            else:
                self._choose_of_radios(name, value)
        return self

    def _choose_of_list(self, target: Locator, value: str) -> None:
        self.reach(target)
        self.page.keyboard.press("Home")
        for _ in range(60):
            if target.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no {value} in {target}")

    def _choose_of_radios(self, name: str, value: str) -> None:
        radios = self.page.locator(f"main input[type=radio][name='{name}']")
        checked = self.page.locator(f"main input[type=radio][name='{name}']:checked")
        wanted = self.page.locator(f"main input[type=radio][name='{name}'][value='{value}']")
        self.reach(checked if checked.count() else radios.first)
        if not checked.count():
            self.page.keyboard.press("Space")
        for _ in range(12):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no {value} among {name}")

    def attach(self, name: str, path: Path) -> Person:
        # The system's own dialogue is not ours: the field is reached by Tab, the file put into it.
        self.reach(self.named(name)).set_input_files(path)
        return self

    def press(self, selector: str = "main form button.action:not(.unseen)") -> Person:
        self.reach(self.page.locator(selector).first)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        assert not self.page.locator("#problem").count(), self.page.locator("#problem").inner_text()
        return self.look()

    def follow(self, href: str) -> Person:
        """Follow a link of the page by its address, or a part of it."""
        return self.press(f"main a[href*='{href}']")

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.address).partition("?")[0].partition("#")[0]

    def log_in(self, audience: str, login: str) -> Person:
        return self.go(f"/{audience}/login").write(login=login, password=PASSWORD).press()


@dataclass
class Journey:
    """The city in which it happens, and its people's windows."""

    address: str
    browser: Browser
    language: str
    width: int
    scripts: bool
    made: list[BrowserContext] = field(default_factory=list)
    looked_at: set[str] = field(default_factory=set)

    def person(self) -> Person:
        """A person of one's own cookies. Where its own window runs no script, axe looks at a twin of it."""
        page = self._window(self.language, self.width, self.scripts)
        lookers = [page if self.scripts else self._window(self.language, self.width)]
        lookers += [self._window(*other) for other in ALSO]
        return Person(page, lookers, self.address, self.looked_at)

    def _window(self, language: str, width: int, scripts: bool = True) -> Page:
        context = self.browser.new_context(
            viewport={"width": width, "height": 800},
            locale=language,
            reduced_motion="reduce",
            java_script_enabled=scripts,
        )
        context.set_default_timeout(20_000)
        self.made.append(context)
        return context.new_page()
