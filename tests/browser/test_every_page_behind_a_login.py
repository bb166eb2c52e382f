"""Pages of gates, stays, money, sharing and feeds behind a login: nothing for axe to find, all well.

The pages are read from the application, so that a new one of these is looked at without a word here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy.orm import Session

from integrations.http import HardenedFetcher
from integrations.registry import GATE_DIALECTS, MAPPING_RULES, SOURCE_ADAPTERS
from integrations.storage import LocalFolder
from parking.kernel.db.engine import make_engine, make_sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import Direction
from parking.lookup.queries import Lookup
from parking.portals._http.services import PortalServices
from parking.visits.rules.pairing import Doubt
from parking.visits.service.quarantine import Refusal, quarantine
from tests.addresses import SENT, THINGS, WORDS, WORDS_AT, parameters_of
from tests.browser.conftest import axe_finds
from tests.databases import Server
from tests.factories.charges import a_visit
from tests.factories.city import NOW
from tests.factories.lookup import SetClock
from tests.factories.passages import a_passage
from tests.factories.two_of_each import World, a_world
from tests.plain_browser import served
from tests.routes import Route, every_route, the_app

PAGES = re.compile(
    r"bureau_(visits|quarantine|clients|calls|charges|devices|bays|lanes|\w+_pu(?:ll|she)s|tariff\w+|tidal"
    r"|sharing\w*|complaints|source\w+|mappings)\."
    r"|operator_(visits|passes|charges|devices|sharing|complaints)\."
)
# Which audience is seen by whom (the first who may), in which language and how wide.
LOOKS = {
    "bureau": (("administrator", "reviewer here"), "zh-CN", 1280),
    "operator": (("owner",), "en", 360),
}


@dataclass(frozen=True)
class Desk:
    """The application over a world in which every page has something to show."""

    address: str
    world: World


@pytest.fixture(scope="module")
def desk(server: Server, database_prefix: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    name = f"{database_prefix}_desk"
    engine = make_engine(server.clone(name))
    sessions = make_sessions(engine)
    files = LocalFolder(Path(tmp_path_factory.mktemp("papers")))
    with unit_of_work(sessions) as uow:
        world = a_world(uow.session, files)
        _stays(uow.session, world.east["lots"][0])
    clock = SetClock()
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    services = PortalServices(
        sessions,
        clock,
        lookup,
        files=files,
        dialects=GATE_DIALECTS,
        adapters=SOURCE_ADAPTERS,
        mapping_rules=MAPPING_RULES,
        fetcher=HardenedFetcher(),
    )
    with served(the_app(services)) as address:
        yield Desk(address, world)
    engine.dispose()
    server.drop(name)


def _stays(session: Session, lot_id: str) -> None:
    """A doubtful stay, a passage that came late, and a message that was refused."""
    a_visit(session, lot_id, NOW - timedelta(hours=3), timedelta(hours=1), doubt=Doubt.SECOND_ENTRY.value)
    a_passage(session, lot_id, NOW - timedelta(hours=3), Direction.ENTRY, late=True)
    refusal = Refusal(origin="unknown", reason="unknown_device", key="1", dialect="vzenith", serial="S-1")
    quarantine(session, [refusal], NOW)


def pages_of(audience: str) -> list[Route]:
    found = [
        route
        for route in every_route()
        if route.method == "GET" and PAGES.match(route.endpoint) and route.rule.startswith(f"/{audience}/")
    ]
    return [each for each in found if not re.search(r"csv|static|/(paper|photo|place)$", each.rule)]


def address_of(route: Route, world: World) -> str:
    """The page of something of the east."""
    values = {}
    for name, key in parameters_of(route).items():
        kind = THINGS.get(key)
        if kind is None:
            values[name] = WORDS_AT.get(route.rule, {}).get(name) or WORDS[key]
        else:
            values[name] = (world.common.get(kind) or world.east[kind])[0]
    path = re.sub(r"<(?:[^:>]+:)?([^>]+)>", lambda match: quote(values[match[1]]), route.rule)
    _, along = SENT.get(str(route), ({}, {}))
    return path + (f"?{urlencode(along)}" if along else "")


# Nearly fifty pages, one after the other.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("audience", LOOKS)
def test_axe_finds_nothing_on_the_pages_of_gates_stays_and_money(visit, desk: Desk, audience: str) -> None:
    roles, language, width = LOOKS[audience]
    people = [desk.world.people[role] for role in roles]
    visitor = visit(width, 900, language)
    visitor.address = desk.address
    routes = pages_of(audience)
    assert len(routes) >= 4
    for route in routes:
        token = next(each.token for each in people if each.caller.may(route.permission))
        visitor.context.add_cookies([{"name": f"{audience}_session", "value": token, "url": desk.address}])
        path = address_of(route, desk.world)
        page = visitor.go(path)
        assert page.url == desk.address + path, f"{route} led to {page.url}"
        for summary in page.locator("main summary").all():
            summary.click()
        found = axe_finds(page)
        assert not found, f"{route}: {found}"
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) <= 0, f"{route} is wider than its window"
    assert [url for url in visitor.asked if not url.startswith((desk.address, "data:"))] == []
    assert visitor.wrong == []
