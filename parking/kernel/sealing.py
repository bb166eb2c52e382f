"""How is a secret kept that must be read again? Sealed with a key that is not in the database.

And what must only be known again, such as a message with a plate in it? As a fingerprint under such a key.
"""

from __future__ import annotations

import hmac
from collections import deque
from os import register_at_fork, urandom

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_NONCES_AT_ONCE = 256
_PURPOSE = b"parking sealing v1"
_FINGERPRINTS = b"parking fingerprints v1"
# Drawn many at a time: who asks the system for each gives the processor to another thread each time.
_nonces: deque[bytes] = deque()
# Two processes must never seal with one nonce.
register_at_fork(after_in_child=_nonces.clear)


class SealBroken(Exception):
    """The sealed bytes were changed, belong to another context, or were sealed with another key."""


class Sealer:
    """AES-256-GCM under one key; the context (whose secret it is) is authenticated with it.

    The nonce is random: one key is good for some four thousand million seals.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise ValueError("a key has 32 bytes")
        self._cipher = AESGCM(key)
        self._fingerprints = HKDF(SHA256(), 32, salt=None, info=_FINGERPRINTS).derive(key)

    @classmethod
    def from_secret(cls, text: str) -> Sealer:
        """A key of its own derived (HKDF-SHA256) from the deployment's secret, which must be random."""
        return cls(HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(text.encode()))

    def seal(self, plain: bytes, context: str) -> bytes:
        """Nonce and ciphertext; opens only with the same context."""
        nonce = _nonce()
        return nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """The plain bytes. Raises SealBroken."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError):
            raise SealBroken from None

    def fingerprint(self, *parts: bytes) -> bytes:
        """32 bytes (HMAC-SHA256) that are the same for the same parts, and tell nothing without the key.

        A plain hash of a message would: of a masked plate only some thousand are left to be tried.
        """
        made = hmac.new(self._fingerprints, digestmod="sha256")
        for part in parts:
            made.update(len(part).to_bytes(8, "big"))
            made.update(part)
        return made.digest()


def _nonce() -> bytes:
    """Twelve random bytes that nobody else gets."""
    while True:
        try:
            return _nonces.popleft()
        except IndexError:
            drawn = urandom(_NONCE_BYTES * _NONCES_AT_ONCE)
            _nonces.extend(drawn[at : at + _NONCE_BYTES] for at in range(0, len(drawn), _NONCE_BYTES))
