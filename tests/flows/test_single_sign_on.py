"""An officer comes in through the city's single sign-on: HTTP on both sides, nothing played."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from integrations.http import HardenedFetcher
from integrations.sso.oidc import OpenIdConnect
from parking.accounts import service
from parking.bootstrap import PAGES
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from tests.adapters.fault_server import LOOPBACK, FaultServer
from tests.adapters.issuer import Issuer
from tests.factories.accounts import an_officer
from tests.factories.city import NOW, a_city
from tests.factories.lookup import SetClock

RETURN = "/bureau/single-sign-on/return"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with FaultServer() as server:
        yield Issuer(server)


@pytest.fixture
def client(sessions: Sessions, issuer: Issuer) -> Iterator[FlaskClient]:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        officer = an_officer(uow.session)
        service.link_single_sign_on(uow.session, CLI, officer.id, f"{issuer.url} s-1", NOW)
    clock = SetClock(NOW)
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    fetcher = HardenedFetcher()
    sign_on = OpenIdConnect(fetcher, issuer.url, "parking", "hidden", LOOPBACK, clock.now)
    services = PortalServices(sessions, clock, lookup, public_url="http://localhost", sign_on=sign_on)
    yield create_app(services, pages=PAGES).test_client()
    fetcher.close()


def there(client: FlaskClient, path: str = "/bureau/single-sign-on?next=/bureau/account") -> dict[str, str]:
    """What the issuer is asked."""
    answer = client.get(path)
    assert answer.status_code == 303
    return {key: value[0] for key, value in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def back(client: FlaskClient, asked: dict[str, str]):
    return client.get(RETURN, query_string={"code": "c", "state": asked["state"]})


def test_an_officer_comes_in_and_where_he_wanted(client, issuer):
    assert "/bureau/single-sign-on" in client.get("/bureau/login").text
    asked = there(client)
    issuer.issue(asked["nonce"], amr=["otp"])
    answer = back(client, asked)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/bureau/account")
    assert client.get("/bureau/account").status_code == 200
    # The answer is good once: its secrets went with the cookie.
    assert back(client, asked).status_code == 403


def test_without_a_second_factor_there_ours_is_asked_for(client, issuer):
    asked = there(client)
    issuer.issue(asked["nonce"])
    answer = back(client, asked)
    assert answer.headers["Location"] == "/bureau/login/enrol?next=/bureau/account"
    assert client.get("/bureau/account").status_code == 303


def test_somebody_whom_nobody_linked_stays_outside(client, issuer):
    asked = there(client)
    issuer.issue(asked["nonce"], sub="s-2", amr=["otp"])
    answer = back(client, asked)
    assert answer.status_code == 403
    assert "没有关联" in answer.text
    assert "bureau_session" not in str(answer.headers.getlist("Set-Cookie"))


def test_an_answer_that_another_browser_asked_for_is_not_taken(client, issuer):
    asked = there(client)
    issuer.issue(asked["nonce"], amr=["otp"])
    client.delete_cookie("sign_on")
    assert back(client, asked).status_code == 403
    client.set_cookie("sign_on", "cGxhbnRlZA==")
    assert back(client, asked).status_code == 403


def test_nobody_is_led_elsewhere(client, issuer):
    asked = there(client, "/bureau/single-sign-on?next=https://elsewhere.example")
    issuer.issue(asked["nonce"], amr=["otp"])
    assert back(client, asked).headers["Location"] == "/bureau"
