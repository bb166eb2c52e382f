"""What is a sound credential, to which origin does it go, and how is it written down before it is sealed?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from parking.boundary.credentials import Credential, CredentialKind, fits_a_header, names_a_header
from parking.kernel.addresses import DEFAULT_PORTS
from parking.kernel.errors import N_, FieldProblem

LONGEST_NAME = 100
LONGEST_SECRET = 4_000
LONGEST_PEM = 60_000
_PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----")
_NEEDS_NAME = {
    CredentialKind.BASIC: N_("请填写用户名，不含冒号，最多 %(most)s 个字符"),
    CredentialKind.HEADER: N_("请填写请求头的名称，最多 %(most)s 个字符"),
    CredentialKind.QUERY: N_("请填写参数的名称，最多 %(most)s 个字符"),
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A credential as it was sealed, with the origin that it was set for."""

    credential: Credential = field(repr=False)
    origin: str

    def for_address(self, url: str) -> Credential | None:
        """The credential where this address lies at its origin; nobody else is shown it."""
        return self.credential if origin_of(url) == self.origin else None


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, each as it is compared: `https://feeds.example:8443`."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    told = f"[{host}]" if ":" in host else host
    port = parts.port
    plain = port is None or port == DEFAULT_PORTS.get(parts.scheme)
    return f"{parts.scheme}://{told}" + ("" if plain else f":{port}")


def credential_problems(credential: Credential, origin: str, now: datetime) -> list[FieldProblem]:
    """Everything that is wrong with a credential; no problem repeats any of it.

    The secret's field is called `pem` of a certificate, `password` otherwise.
    """
    return [*_name_problems(credential), *_secret_problems(credential, origin, now)]


def written(credential: Credential, origin: str) -> bytes:
    """A credential as it is sealed."""
    told = {"kind": credential.kind, "name": credential.name, "secret": credential.secret, "origin": origin}
    return json.dumps(told).encode()


def read(plain: bytes) -> Opened:
    """What `written` wrote."""
    told = json.loads(plain)
    return Opened(Credential(CredentialKind(told["kind"]), told["secret"], told["name"]), told["origin"])


def good_until(credential: Credential) -> datetime | None:
    """Until when a certificate is good; None for other kinds. The credential must be sound."""
    if credential.kind is not CredentialKind.CERTIFICATE:
        return None
    return min(
        each.not_valid_after_utc for each in x509.load_pem_x509_certificates(credential.secret.encode())
    )


def _name_problems(credential: Credential) -> Iterator[FieldProblem]:
    name, kind = credential.name, credential.kind
    if kind not in _NEEDS_NAME:
        return
    sound = 0 < len(name) <= LONGEST_NAME and name.isprintable()
    if kind is CredentialKind.BASIC:
        sound = sound and ":" not in name
    elif kind is CredentialKind.HEADER:
        sound = sound and names_a_header(name)
    if not sound:
        yield FieldProblem("name", "bad_name", _NEEDS_NAME[kind], {"most": LONGEST_NAME})


def _secret_problems(credential: Credential, origin: str, now: datetime) -> Iterator[FieldProblem]:
    secret, kind = credential.secret, credential.kind
    if kind is CredentialKind.CERTIFICATE:
        if not origin.startswith("https:"):
            yield FieldProblem("kind", "needs_https", N_("客户端证书只能用于 https 地址"))
        yield from _pem_problems(secret, now)
    elif not secret or len(secret) > LONGEST_SECRET:
        text = N_("请填写密钥，最多 %(most)s 个字符")
        yield FieldProblem("password", "bad_secret", text, {"most": LONGEST_SECRET})
    elif kind in (CredentialKind.BEARER, CredentialKind.HEADER) and not fits_a_header(secret):
        yield FieldProblem("password", "unprintable", N_("密钥只能含可见的 ASCII 字符"))


def _pem_problems(pem: str, now: datetime) -> Iterator[FieldProblem]:
    if len(pem) > LONGEST_PEM or len(_PRIVATE_KEY.findall(pem)) != 1:
        yield FieldProblem("pem", "bad_pem", N_("须为一把私钥和它的证书链（PEM）"))
        return
    try:
        key = load_pem_private_key(pem.encode(), None)
        [own, *_] = x509.load_pem_x509_certificates(pem.encode())
    except TypeError:
        yield FieldProblem("pem", "key_locked", N_("私钥带有口令，请先去掉口令"))
    except Exception:
        # The library has many words for it, and none may repeat a part of a key.
        yield FieldProblem("pem", "bad_pem", N_("须为一把私钥和它的证书链（PEM）"))
    else:
        told = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if key.public_key().public_bytes(*told) != own.public_key().public_bytes(*told):
            yield FieldProblem("pem", "not_its_key", N_("私钥与第一张证书不相配"))
        elif own.not_valid_after_utc <= now:
            yield FieldProblem("pem", "expired", N_("证书已过期"))
