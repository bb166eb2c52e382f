"""Four lots in memory, and the public JSON that tells of them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from parking.kernel.vocabulary import Access, SpaceClass
from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.citizen import api
from tests.factories.lookup import LAT, SetClock, a_card, a_model, a_view


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def client(clock: SetClock) -> FlaskClient:
    """Four lots, 111 m apart: 30 free, full, unknown, and one for residents."""
    cards = [
        a_card("free", name="第一停车场", name_en="First", max_height_cm=210, opening_hours="24/7"),
        a_card("full", LAT + 0.001, district_code="320999002"),
        a_card("silent", LAT + 0.002, spaces={SpaceClass.GENERAL: 10, SpaceClass.CHARGING: 4}),
        a_card("theirs", LAT + 0.003, access=Access.RESIDENTS),
    ]
    model = a_model(cards, [a_view("free", 30), a_view("full", 0), a_view("theirs", 5)])
    lookup = Lookup(None, None, clock, model=model)
    return create_app(
        PortalServices(None, clock, lookup), (), [api.blueprint], description=api.DESCRIPTION
    ).test_client()
