"""Is only what the issuer signed for this very log-in believed? Against an issuer on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import ECKey, OctKey

from integrations.http import HardenedFetcher
from integrations.sso.oidc import OpenIdConnect
from parking.boundary.signing_on import SignedOn, SignOnFailed
from tests.adapters.fault_server import LOOPBACK, FaultServer
from tests.adapters.issuer import NOW, Issuer

BACK = "https://parking.example/bureau/single-sign-on/return"
OTHER_KEY = ECKey.generate_key("P-256", {"kid": "k1", "alg": "ES256", "use": "sig"})
CODE = {"code": "c"}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with FaultServer() as server:
        yield Issuer(server)


@pytest.fixture
def sign_on(issuer: Issuer) -> Iterator[OpenIdConnect]:
    fetcher = HardenedFetcher()
    yield OpenIdConnect(fetcher, issuer.url, "parking", "hidden", LOOPBACK, lambda: NOW)
    fetcher.close()


def test_who_logged_in_there_is_known_here(issuer, sign_on):
    begun = sign_on.begin(BACK)
    asked = {key: value[0] for key, value in parse_qs(urlsplit(begun.address).query).items()}
    assert asked["redirect_uri"] == BACK
    assert asked["scope"] == "openid"
    assert asked["code_challenge"] == create_s256_code_challenge(begun.kept["verifier"])
    assert begun.kept["verifier"] not in begun.address
    issuer.issue(asked["nonce"])
    found = sign_on.finish(BACK, begun.kept, CODE | {"state": asked["state"]})
    assert found == SignedOn(f"{issuer.url} s-1", has_second_factor=False)
    [(_, posted)] = issuer.server.posted
    sent = parse_qs(posted.decode())
    assert (sent["code"], sent["code_verifier"]) == (["c"], [begun.kept["verifier"]])
    assert issuer.server.headers["/sso/token"]["Authorization"].startswith("Basic ")
    assert b"hidden" not in posted


@pytest.mark.parametrize("claims", [{"amr": ["pwd", "otp"]}, {"acr": "aal2"}])
def test_a_second_factor_there_is_one_here(issuer, sign_on, claims):
    begun = sign_on.begin(BACK)
    issuer.issue(begun.kept["nonce"], **claims)
    assert sign_on.finish(BACK, begun.kept, CODE | {"state": begun.kept["state"]}).has_second_factor


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"iss": "https://another.example"},
        {"aud": "another"},
        {"aud": ["parking", "another"], "azp": "another"},
        {"exp": int(NOW.timestamp()) - 300},
        {"sub": None},
        {"at_hash": "wrong"},
        {"key": OTHER_KEY},
        {"key": OctKey.import_key("hidden-hidden-hidden-hidden-hidden"), "alg": "HS256"},
    ],
    ids=lambda claims: next(iter(claims)) + str(len(claims)),
)
def test_a_token_that_is_not_for_this_log_in_is_not_believed(issuer, sign_on, claims):
    begun = sign_on.begin(BACK)
    issuer.issue(**({"nonce": begun.kept["nonce"]} | claims))
    with pytest.raises(SignOnFailed):
        sign_on.finish(BACK, begun.kept, CODE | {"state": begun.kept["state"]})


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, "state"),
        ({"state": "another", "code": "c"}, "state"),
        ({"error": "access_denied"}, "refused"),
        ({"code": "c", "iss": "https://another.example"}, "issuer"),
    ],
)
def test_an_answer_to_another_log_in_is_not_taken(issuer, sign_on, told, reason):
    begun = sign_on.begin(BACK)
    issuer.issue(begun.kept["nonce"])
    query = told if reason == "state" else {"state": begun.kept["state"]} | told
    with pytest.raises(SignOnFailed) as failed:
        sign_on.finish(BACK, begun.kept, query)
    assert failed.value.reason == reason
    assert issuer.server.posted == []


@pytest.mark.parametrize(
    "changes",
    [{"issuer": "https://another.example"}, {"token_endpoint": "file:///etc/passwd"}, {"jwks_uri": None}],
)
def test_an_issuer_that_contradicts_itself_is_not_asked(issuer, sign_on, changes):
    issuer.publish(**changes)
    with pytest.raises(SignOnFailed):
        sign_on.begin(BACK)


def test_an_issuer_that_is_silent_or_broken_says_so(issuer, sign_on):
    begun = sign_on.begin(BACK)
    query = CODE | {"state": begun.kept["state"]}
    for answer, reason in (
        ((500, b""), "bad_status"),
        ((200, b"<html>"), "not_json"),
        ((200, b"[]"), "not_json"),
    ):
        issuer.server.answers["/sso/token"] = answer
        with pytest.raises(SignOnFailed) as failed:
            sign_on.finish(BACK, begun.kept, query)
        assert failed.value.reason == reason
