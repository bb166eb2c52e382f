"""What no table takes is refused at the door, wherever it stands."""

from __future__ import annotations

import re

import pytest

from parking.bootstrap import INTERFACES, PAGES
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from tests.factories.city import a_city
from tests.factories.lookup import SetClock


@pytest.mark.parametrize(
    "path", ["/lots/a%00b", "/register?q=%00", "/verify/%00", "/api/v1/lots/%00", "/api/v1/places?q=%00"]
)
def test_a_nul_in_an_address_or_a_form_is_the_askers_mistake(sessions: Sessions, path: str) -> None:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
    clock = SetClock()
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    browser = create_app(PortalServices(sessions, clock, lookup), PAGES, INTERFACES).test_client()
    assert browser.get(path).status_code == 400
    hidden = re.findall(r'name="(csrf_token|_for)" value="([^"]*)"', browser.get("/operator/login").text)
    sent = {**dict(hidden), "login": "a\0b", "password": "x"}
    assert browser.post("/operator/login", data=sent).status_code == 400
