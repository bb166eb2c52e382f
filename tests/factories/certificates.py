"""A certificate authority of one test run, and the certificates that it vouches for."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_KEY_FORM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True)
class Authority:
    """Signs certificates of clients; `certificate` is its own, as PEM."""

    key: ec.EllipticCurvePrivateKey
    certificate: str

    def client(self, name: str, *, until: datetime | None = None) -> str:
        """A key and its certificate, as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _signed(name, key, self.key, "authority", until=until)
        return key.private_bytes(*_KEY_FORM).decode() + made

    def demanding(self, folder: Path) -> ssl.SSLContext:
        """A server that wants a certificate of this authority; `folder` holds its own certificate and key."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
        context.load_verify_locations(cadata=self.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


def an_authority() -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    return Authority(key, _signed("authority", key, key, "authority", is_authority=True))


def _signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: str,
    *,
    is_authority: bool = False,
    until: datetime | None = None,
) -> str:
    until = until or datetime.now(UTC) + timedelta(days=3650)
    made = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(datetime.now(UTC), until) - timedelta(days=1))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .sign(signer, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
