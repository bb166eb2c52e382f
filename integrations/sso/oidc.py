"""Who is it, says the city's single sign-on? OpenID Connect: code, PKCE, nonce, signed token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from hmac import compare_digest
from typing import Any, cast
from urllib.parse import urlsplit

import orjson
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from parking.boundary.fetching import Fetcher, FetchFailed, FetchRequest
from parking.boundary.signing_on import SignedOn, SignOnBegun, SignOnFailed

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
# RFC 8176: what proves that more than a password was asked for.
_SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "swk", "sc", "fpt"})
_STRONG_CLASSES = frozenset({"2", "3", "aal2", "aal3", "http://idmanagement.gov/ns/assurance/aal/2"})
_LEEWAY_S = 120
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class OpenIdConnect:
    """`boundary.signing_on.SingleSignOn` over one issuer. What it says is asked for anew at each log-in."""

    def __init__(
        self,
        fetcher: Fetcher,
        issuer: str,
        client_id: str,
        client_secret: str,
        networks: tuple[str, ...],
        clock: Callable[[], datetime],
    ) -> None:
        self._fetcher = fetcher
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._networks = networks
        self._clock = clock

    def begin(self, return_to: str) -> SignOnBegun:
        """The address of the issuer's own log-in page, and the secrets of this one. Raises SignOnFailed."""
        kept = {"state": generate_token(43), "nonce": generate_token(43), "verifier": generate_token(64)}
        address = prepare_grant_uri(
            self._metadata()["authorization_endpoint"],
            self._client_id,
            "code",
            redirect_uri=return_to,
            scope="openid",
            state=kept["state"],
            nonce=kept["nonce"],
            code_challenge=create_s256_code_challenge(kept["verifier"]),
            code_challenge_method="S256",
        )
        return SignOnBegun(address, kept)

    def finish(self, return_to: str, kept: Mapping[str, str], told: Mapping[str, str]) -> SignedOn:
        """Change the code for a token, and believe it after every check. Raises SignOnFailed."""
        if not kept.get("state") or not compare_digest(
            kept["state"].encode(), told.get("state", "").encode()
        ):
            raise SignOnFailed("state")
        if "error" in told or not told.get("code"):
            raise SignOnFailed("refused")
        if told.get("iss", self._issuer) != self._issuer:
            raise SignOnFailed("issuer")
        metadata = self._metadata()
        token = self._token(metadata, return_to, told["code"], kept["verifier"])
        claims = self._claims(metadata, token, kept["nonce"])
        proven = _SECOND_FACTORS & set(claims.get("amr") or ()) or claims.get("acr") in _STRONG_CLASSES
        return SignedOn(f"{self._issuer} {claims['sub']}", bool(proven))

    def _metadata(self) -> dict[str, Any]:
        """What the issuer says of itself (discovery); every address under its own scheme."""
        found = self._ask(FetchRequest(get_well_known_url(self._issuer, external=True)))
        if found.get("issuer") != self._issuer:
            raise SignOnFailed("issuer")
        scheme = urlsplit(self._issuer).scheme
        if any(urlsplit(str(found.get(name))).scheme != scheme for name in _ENDPOINTS):
            raise SignOnFailed("metadata")
        return found

    def _token(self, metadata: Mapping[str, Any], return_to: str, code: str, verifier: str) -> dict[str, Any]:
        body = prepare_token_request(
            "authorization_code", redirect_uri=return_to, code=code, code_verifier=verifier
        )
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        proof = ClientAuth(self._client_id, self._client_secret, method)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        url, headers, body = proof.prepare("POST", metadata["token_endpoint"], headers, body)
        # Authlib tells the length too; the door does that by itself.
        sent = tuple((name, value) for name, value in headers.items() if name.lower() != "content-length")
        return self._ask(FetchRequest(url, post=body.encode(), headers=sent))

    def _claims(self, metadata: Mapping[str, Any], token: Mapping[str, Any], nonce: str) -> CodeIDToken:
        keys = self._ask(FetchRequest(metadata["jwks_uri"]))
        try:
            decoded = jwt.decode(
                str(token.get("id_token")),
                KeySet.import_key_set(cast(KeySetSerialization, keys)),
                algorithms=_ALGORITHMS,
            )
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._client_id},
                    "sub": {"essential": True},
                },
                {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")},
            )
            claims.validate(now=int(self._clock().timestamp()), leeway=_LEEWAY_S)
        except (JoseError, AuthlibBaseError, ValueError, KeyError, TypeError) as problem:
            raise SignOnFailed(type(problem).__name__) from None
        return claims

    def _ask(self, request: FetchRequest) -> dict[str, Any]:
        """A JSON object from the issuer. Raises SignOnFailed."""
        asked = FetchRequest(
            request.url,
            post=request.post,
            headers=(*request.headers, ("Accept", "application/json")),
            max_bytes=500_000,
            allowed_networks=self._networks,
        )
        try:
            found = orjson.loads(self._fetcher.fetch(asked).body or b"")
        except FetchFailed as failed:
            raise SignOnFailed(str(failed.reason)) from None
        except orjson.JSONDecodeError:
            raise SignOnFailed("not_json") from None
        if not isinstance(found, dict):
            raise SignOnFailed("not_json")
        return found
