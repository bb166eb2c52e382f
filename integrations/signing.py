"""How does a receiver know that a message is ours and fresh? By the signature of Standard Webhooks."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

from parking.boundary.fetching import Fetcher, FetchFailed, FetchRequest
from parking.boundary.notices import NoticeNotSent

_PREFIX = "whsec_"


def key_bytes(secret: str) -> bytes:
    """The key that a secret means: base64 after `whsec_`, else the text itself."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return b64decode(secret.removeprefix(_PREFIX), validate=True)
    except Error:
        return secret.encode()


def signed_headers(key: bytes, message_id: str, body: bytes, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers: the same id at every attempt, the time of this one, HMAC-SHA256 over both and the body.

    The receiver refuses what is more than some minutes old and what it has already taken.
    """
    told = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), told.encode(), body))
    signature = b64encode(hmac.new(key, signed, sha256).digest()).decode()
    return (
        ("Content-Type", "application/json"),
        ("webhook-id", message_id),
        ("webhook-timestamp", told),
        ("webhook-signature", f"v1,{signature}"),
    )


class SignedPost:
    """Posts signed JSON to one address through the only door out."""

    def __init__(
        self,
        fetcher: Fetcher,
        url: str,
        secret: str,
        networks: tuple[str, ...],
        clock: Callable[[], datetime],
    ) -> None:
        self._fetcher = fetcher
        self._url = url
        self._key = key_bytes(secret)
        self._networks = networks
        self._clock = clock

    def send(self, message_id: str, payload: Mapping[str, Any]) -> None:
        """Post once; any 2xx is an arrival. Raises NoticeNotSent."""
        body = orjson.dumps(payload)
        headers = signed_headers(self._key, message_id, body, self._clock())
        request = FetchRequest(
            self._url, post=body, headers=headers, allowed_networks=self._networks, max_bytes=100_000
        )
        try:
            self._fetcher.fetch(request)
        except FetchFailed as failed:
            raise NoticeNotSent(str(failed.reason)) from None


def utc_now() -> datetime:
    """The machine's time: what is signed is judged by other machines."""
    return datetime.now(UTC)
