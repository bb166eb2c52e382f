"""How does a credential go along with an ask? As a header, in the query, or as a certificate."""

from __future__ import annotations

import os
import re
import ssl
import tempfile
import threading
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from integrations.http_failures import Refusal
from integrations.http_targets import one_parameter
from parking.boundary.credentials import Credential, CredentialKind, fits_a_header, names_a_header
from parking.boundary.fetching import FetchFailure

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_CONTEXTS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Presented:
    """What a credential adds to an ask."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    query: str = field(default="", repr=False)
    pem: str | None = field(default=None, repr=False)


def presented(credential: Credential | None, scheme: str) -> Presented:
    """What goes along. Raises Refusal for what no ask can carry; its text holds nothing of the secret."""
    if credential is None:
        return Presented()
    secret = credential.secret
    match credential.kind:
        case CredentialKind.BASIC:
            both = f"{credential.name}:{secret}".encode()
            return Presented((("Authorization", "Basic " + b64encode(both).decode()),))
        case CredentialKind.BEARER:
            return Presented((_header("Authorization", "Bearer " + secret),))
        case CredentialKind.HEADER:
            return Presented((_header(credential.name, secret),))
        case CredentialKind.QUERY:
            return Presented(query=one_parameter(credential.name, secret))
        case CredentialKind.CERTIFICATE:
            if scheme != "https":
                raise _unusable("a certificate needs https")
            return Presented(pem=secret)


class ClientContexts:
    """TLS contexts that show a certificate, made once for each; safe for many threads."""

    def __init__(self, make: Callable[[], ssl.SSLContext]) -> None:
        self._make = make
        self._made: OrderedDict[bytes, ssl.SSLContext] = OrderedDict()
        self._lock = threading.Lock()

    def context_of(self, pem: str) -> ssl.SSLContext:
        """A context with this key and these certificates. Raises Refusal where they do not fit."""
        key = sha256(pem.encode()).digest()
        with self._lock:
            found = self._made.get(key)
            if found is None:
                found = self._made[key] = self._make()
                try:
                    _load(found, pem)
                except (ValueError, TypeError, OSError):
                    del self._made[key]
                    raise _unusable("the certificate and its key cannot be used") from None
                while len(self._made) > _CONTEXTS_KEPT:
                    self._made.popitem(last=False)
            self._made.move_to_end(key)
            return found


def _load(context: ssl.SSLContext, pem: str) -> None:
    """OpenSSL reads a key from a file only: one sealed anew, for its owner alone, and gone at once."""
    password = token_bytes(32).hex()
    key = load_pem_private_key(pem.encode(), None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode())
    )
    descriptor, path = tempfile.mkstemp(prefix="certificate-")  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as target:
            target.write(key + "\n".join(_CERTIFICATE.findall(pem)).encode() + b"\n")
        context.load_cert_chain(path, password=password)
    finally:
        Path(path).unlink()


def _header(name: str, value: str) -> tuple[str, str]:
    # The library's own refusal would repeat the value.
    if not names_a_header(name) or not fits_a_header(value):
        raise _unusable("no header can carry it")
    return name, value


def _unusable(detail: str) -> Refusal:
    return Refusal(FetchFailure.CREDENTIAL_UNUSABLE, detail)
