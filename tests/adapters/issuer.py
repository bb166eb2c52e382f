"""An issuer of OpenID Connect on this machine: its documents, and the token of one log-in."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from joserfc import jwt
from joserfc.jwk import ECKey

from tests.adapters.fault_server import FaultServer

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
KEY = ECKey.generate_key("P-256", {"kid": "k1", "alg": "ES256", "use": "sig"})


class Issuer:
    """Its documents lie on the fault server; `issue` prepares the answer to the next code."""

    def __init__(self, server: FaultServer) -> None:
        self.server = server
        self.url = server.url("/sso")
        self.metadata = {
            "issuer": self.url,
            "authorization_endpoint": self.url + "/authorize",
            "token_endpoint": self.url + "/token",
            "jwks_uri": self.url + "/keys",
        }
        self.publish()
        self._put("/sso/keys", {"keys": [KEY.as_dict(private=False)]})

    def publish(self, **changes: object) -> None:
        self._put("/sso/.well-known/openid-configuration", self.metadata | changes)

    def issue(self, nonce: str, key: object = KEY, alg: str = "ES256", **claims: object) -> None:
        told = {
            "iss": self.url,
            "sub": "s-1",
            "aud": "parking",
            "nonce": nonce,
            "iat": int(NOW.timestamp()),
            "exp": int(NOW.timestamp()) + 300,
        }
        token = jwt.encode({"alg": alg, "kid": "k1"}, told | claims, key, algorithms=[alg])
        answer = {"id_token": token, "access_token": "a", "token_type": "Bearer"}
        self.server.answers["/sso/token"] = (200, json.dumps(answer).encode())

    def _put(self, path: str, document: object) -> None:
        self.server.put(path, json.dumps(document).encode())
