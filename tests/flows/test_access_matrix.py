"""Who gets at what: every address, by every role, with an object of one's own, a foreign one and none at all.

Read from the application: a page that is added is in the matrix at once, and a name in its address that is
not known here fails. Forms are sent as in earnest, but nothing stays: each commit is called off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask, g, has_request_context
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from integrations.http import HardenedFetcher
from integrations.registry import MAPPING_RULES, SOURCE_ADAPTERS
from integrations.storage import LocalFolder
from parking.accounts.rules import Permission
from parking.kernel.db.engine import make_engine, make_sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.portals._http.services import PortalServices
from tests.addresses import NOBODYS, SENT, THINGS, WORDS, WORDS_AT, parameters_of
from tests.databases import Server
from tests.factories.lookup import SetClock
from tests.factories.two_of_each import World, a_world
from tests.routes import Route, every_route, the_app

ROLES = (
    "anonymous",
    "owner",
    "clerk",
    "other owner",
    "reviewer here",
    "reviewer elsewhere",
    "inspector here",
    "administrator",
    "audit administrator",
)
REHEARSED = 300


@dataclass(frozen=True)
class Office:
    """The application over the world, and what each role calls its own and foreign."""

    app: Flask
    world: World

    def client(self, role: str) -> FlaskClient:
        client = self.app.test_client()
        if role != "anonymous":
            person = self.world.people[role]
            audience = "bureau" if person.caller.kind == "officer" else "operator"
            client.set_cookie(f"{audience}_session", person.token)
        return client

    def may(self, role: str, route: Route) -> bool:
        if route.permission is Permission.PUBLIC:
            return True
        return role != "anonymous" and self.world.people[role].caller.may(route.permission)

    def things(self, role: str, kind: str) -> tuple[Sequence[str], Sequence[str]]:
        """(own, foreign) ids of a kind for a role: by organisation, or by the district of the duties."""
        if kind in self.world.common:
            return self.world.common[kind], ()
        east, west = self.world.east[kind], self.world.west[kind]
        if role in ("owner", "clerk", "inspector here", "reviewer here"):
            own, foreign = east, west
        elif role in ("other owner", "reviewer elsewhere"):
            own, foreign = west, east
        else:
            own, foreign = (*east, *west), ()
        if kind == "leaves" and role == "inspector here":
            # A leave is the officer's own; this one has none.
            return (), (*east, *west)
        return own, foreign


class Rehearsed(Exception):
    """All was done that the form asks, and is called off before the commit."""


@pytest.fixture(scope="module")
def office(
    server: Server, database_prefix: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    name = f"{database_prefix}_matrix"
    engine = make_engine(server.clone(name))
    sessions = make_sessions(engine)
    files = LocalFolder(Path(tmp_path_factory.mktemp("papers")))
    with unit_of_work(sessions) as uow:
        world = a_world(uow.session, files)
    clock = SetClock()
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    # The only address that it is given is refused before anybody is asked.
    feeds = {"adapters": SOURCE_ADAPTERS, "mapping_rules": MAPPING_RULES, "fetcher": HardenedFetcher()}
    app = the_app(PortalServices(sessions=sessions, clock=clock, lookup=lookup, files=files, **feeds))
    app.config["WTF_CSRF_ENABLED"] = False

    @app.errorhandler(Rehearsed)
    def rehearsed(_: Rehearsed) -> tuple[str, int]:
        return "", REHEARSED

    def call_off(session: Session) -> None:
        work = g.get("work") if has_request_context() else None
        if work is not None and work.session is session:
            raise Rehearsed

    event.listen(Session, "before_commit", call_off)
    yield Office(app, world)
    event.remove(Session, "before_commit", call_off)
    engine.dispose()
    server.drop(name)


def ask(client: FlaskClient, route: Route, values: dict[str, str], accept: str = "text/html") -> TestResponse:
    """Ask for the address with these values in it; those that have no place there are sent along."""
    path = re.sub(r"<(?:[^:>]+:)?([^>]+)>", lambda match: values[match[1]], route.rule)
    along = {name: value for name, value in values.items() if name not in route.parameters}
    return client.open(
        path,
        method=route.method,
        query_string=along,
        data=along if route.method == "POST" else None,
        headers={"Accept-Language": "zh", "Accept": accept},
    )


def guarded() -> list[Route]:
    """What lies behind a login, but for leaving, which would end the role's session."""
    routes = [route for route in every_route() if route.rule.startswith(("/operator", "/bureau"))]
    return [each for each in routes if "static" not in each.endpoint and not each.rule.endswith("/logout")]


def is_turned_away(answer: TestResponse) -> bool:
    """To the login, or by the words that another role is needed."""
    to_login = answer.status_code == 303 and "/login" in answer.headers["Location"]
    return to_login or (answer.status_code == 403 and "not_permitted" in answer.text)


def told(answer: TestResponse, *ids: str) -> tuple[int, str]:
    """Status and body without what each answer has of its own: its number, tokens, and what was asked for."""
    body = re.sub(r'请求编号：\w+|value="[^"]*"', "", answer.text)
    for each in sorted(ids, key=len, reverse=True):
        body = body.replace(each, "…")
    return answer.status_code, re.sub(r"(?:%[0-9A-F]{2})+", "…", body)


@pytest.mark.parametrize("role", ROLES)
def test_every_address_answers_a_role_as_its_permission_and_scope_say(office: Office, role: str) -> None:
    client = office.client(role)
    faults = []
    for route in guarded():
        faults += list(faults_of(office, client, role, route))
    assert not faults, "\n".join(faults)


def faults_of(office: Office, client: FlaskClient, role: str, route: Route) -> Iterator[str]:
    sent, words = SENT.get(str(route), ({}, {}))
    words, things = dict(words), dict(sent)
    for name, key in parameters_of(route).items():
        if key in THINGS:
            things[name] = THINGS[key]
        else:
            words[name] = WORDS_AT.get(route.rule, {}).get(name) or WORDS[key]
    own, foreign = objects(office, role, things)
    if not office.may(role, route):
        for values in [*own[:1], *(pair[0] for pair in foreign[:1]), dict.fromkeys(things, NOBODYS)]:
            # As a machine would ask: the page of the refusal says the same, and takes longer to write.
            answer = ask(client, route, words | values, "application/json")
            if not is_turned_away(answer):
                yield f"{role}: {route} must turn away, and answered {answer.status_code}"
        return
    seen: list[int] = []
    if own and not any(is_let_in(ask(client, route, words | values), route, seen) for values in own):
        yield f"{role}: {route} must let in, and answered {seen}"
    answers: dict[tuple[str, ...], TestResponse] = {}
    for values, nothing in foreign:
        key = tuple(nothing.values())
        if key not in answers:
            answers[key] = ask(client, route, words | nothing)
            # What is sent along may also be passed over, or be a fault of the form: then alike for both.
            if answers[key].status_code != 404 and not sent:
                yield f"{role}: {route} of nothing must be 404, and was {answers[key].status_code}"
        if values == nothing:
            continue
        answer, ids = ask(client, route, words | values), (*values.values(), NOBODYS)
        if told(answer, *ids) != told(answers[key], *ids):
            yield f"{role}: {route} of another's {values} differs from nothing: {answer.status_code}"


def is_let_in(answer: TestResponse, route: Route, seen: list[int]) -> bool:
    seen.append(answer.status_code)
    away = is_turned_away(answer) and route.permission is not Permission.PUBLIC
    return not away and answer.status_code != 404 and answer.status_code < 500


Values = dict[str, str]


def objects(
    office: Office, role: str, things: dict[str, str]
) -> tuple[list[Values], list[tuple[Values, Values]]]:
    """Own values for the names in an address; and foreign ones, each beside one of which there is none."""
    if not things:
        return [{}], []
    lists = {name: office.things(role, kind) for name, kind in things.items()}
    if len(lists) == 1:
        [(name, (own, foreign))] = lists.items()
        strangers = [({name: each}, {name: NOBODYS}) for each in foreign[-2:]]
        return [{name: each} for each in own], strangers or [({name: NOBODYS}, {name: NOBODYS})]
    (whole, (wholes, their_wholes)), (part, (parts, their_parts)) = sorted(
        lists.items(), key=lambda item: item[0] == "paper_id"
    )
    own_pairs = [{whole: a, part: b} for a in wholes for b in parts]
    strangers = [
        ({whole: a, part: b}, {whole: NOBODYS, part: b})
        for a in their_wholes[:1]
        for b in (*their_parts, *parts)
    ]
    # A foreign part under a whole of one's own.
    strangers += [({whole: a, part: b}, {whole: a, part: NOBODYS}) for a in wholes for b in their_parts]
    return own_pairs, strangers


def test_what_is_for_everybody_asks_nobody_who_they_are(office: Office) -> None:
    client = office.client("anonymous")
    for route in every_route():
        if not route.parameters and not route.rule.startswith(("/operator", "/bureau")):
            answer = ask(client, route, {})
            assert answer.status_code not in (303, 403), route
