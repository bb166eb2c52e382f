"""Which addresses are there? Read from the application as it is served, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask

from parking.accounts.rules import Permission
from parking.bootstrap import PAGES
from parking.portals._http.app import create_app
from parking.portals._http.pages import declared_pages
from parking.portals._http.services import PortalServices
from parking.portals.citizen import api


@dataclass(frozen=True)
class Route:
    """One way to ask: `parameters` are the names in the address."""

    method: str
    rule: str
    permission: Permission
    parameters: frozenset[str]
    endpoint: str

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


def the_app(services: PortalServices | None = None) -> Flask:
    """The application with every page; without services nothing but its addresses can be asked for."""
    nothing = PortalServices(sessions=None, clock=None, lookup=None)  # type: ignore[arg-type]
    return create_app(services or nothing, pages=PAGES, interfaces=(api.blueprint,))


def every_route() -> Iterator[Route]:
    """Every address and method, those that everybody may read included."""
    app = the_app()
    declared = declared_pages(app)
    for rule in app.url_map.iter_rules():
        told = declared.get(rule.endpoint)
        permission = told.permission if told else Permission.PUBLIC
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Route(method, rule.rule, permission, frozenset(rule.arguments), rule.endpoint)
