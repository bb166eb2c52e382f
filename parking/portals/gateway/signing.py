"""Which client made this call, and when? The scheme of Standard Webhooks, turned round: clients sign.

What is signed is `id.timestamp.content`: the content is the raw body, or, for a call without one (GET), the
address as it was asked for (path and query), so that nobody can turn one question into another.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from parking.portals.gateway.errors import ClockSkew, NotSigned, SignatureWrong

if TYPE_CHECKING:
    from parking.lots.queries.gates import ClientFacts, SigningKey

WINDOW_S = 300
CLIENT, MESSAGE_ID, TIMESTAMP, SIGNATURE = (
    "parking-client",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
)
# A dot in an id would let the same bytes be read as another id, time and body.
is_message_id = re.compile(r"[!-\-/-~]{1,128}", re.ASCII).fullmatch
_is_timestamp = re.compile(r"[0-9]{1,12}", re.ASCII).fullmatch
# A rotation has two keys; more signatures only cost time.
_MOST_SIGNATURES = 8


@dataclass(frozen=True, slots=True)
class Claim:
    """What the headers say; nothing of it is proven. `environ` names are those of WSGI."""

    client_id: str
    message_id: str
    timestamp: int
    signatures: tuple[str, ...]

    @staticmethod
    def of(environ: Mapping[str, str]) -> Claim:
        """Read the headers. Raises NotSigned, which names the first that is missing or cannot be read."""
        client_id = environ.get("HTTP_PARKING_CLIENT", "")
        if not 1 <= len(client_id) <= 64:
            raise NotSigned(header=CLIENT)
        message_id = environ.get("HTTP_WEBHOOK_ID", "")
        if is_message_id(message_id) is None:
            raise NotSigned(header=MESSAGE_ID)
        timestamp = environ.get("HTTP_WEBHOOK_TIMESTAMP", "")
        if _is_timestamp(timestamp) is None:
            raise NotSigned(header=TIMESTAMP)
        signatures = signatures_in(environ.get("HTTP_WEBHOOK_SIGNATURE", ""))
        if not signatures:
            raise NotSigned(header=SIGNATURE)
        return Claim(client_id, message_id, int(timestamp), signatures)


def signatures_in(header: str) -> tuple[str, ...]:
    """The signatures of version 1 that a header lists; other versions are passed over."""
    told = header.split(" ", _MOST_SIGNATURES)[:_MOST_SIGNATURES]
    return tuple(each[3:] for each in told if each.startswith("v1,") and each.isascii())


def signed_content(message_id: str, timestamp: int | str, content: bytes) -> bytes:
    """The bytes that both sides sign."""
    return b"%b.%b.%b" % (message_id.encode(), str(timestamp).encode(), content)


def signature(secret: bytes, content: bytes) -> str:
    """HMAC-SHA256 in base64."""
    # Not hmac.digest, which gives the processor to another thread before it answers.
    return b64encode(hmac.new(secret, content, "sha256").digest()).decode()


def signed_headers(
    secret: bytes, client_id: str, message_id: str, content: bytes, now: datetime
) -> dict[str, str]:
    """The four headers of a call; `content` is the body, or path and query of a call without one."""
    timestamp = int(now.timestamp())
    made = signature(secret, signed_content(message_id, timestamp, content))
    return {
        CLIENT: client_id,
        MESSAGE_ID: message_id,
        TIMESTAMP: str(timestamp),
        SIGNATURE: f"v1,{made}",
    }


def check_clock(claim: Claim, now: datetime) -> None:
    """Raises ClockSkew, which tells our time, unless the signed time is within the window."""
    skew = claim.timestamp - int(now.timestamp())
    if abs(skew) > WINDOW_S:
        told = now.isoformat(timespec="seconds").replace("+00:00", "Z")
        raise ClockSkew(server_time=told, skew_s=skew, most_s=WINDOW_S)


def matching_key(keys: Iterable[SigningKey], claim: Claim, content: bytes) -> SigningKey | None:
    """The key that made one of the signatures; every comparison takes the same time."""
    signed = signed_content(claim.message_id, claim.timestamp, content)
    found = None
    for key in keys:
        made = signature(key.secret, signed)
        for told in claim.signatures:
            if hmac.compare_digest(made, told):
                found = key
    return found


def verify(client: ClientFacts | None, claim: Claim, content: bytes, now: datetime) -> SigningKey:
    """The key of the client that signed. Raises ClockSkew, SignatureWrong; a client that is unknown or
    disabled looks the same."""
    check_clock(claim, now)
    if client is None or client.disabled:
        raise SignatureWrong
    living = [key for key in client.keys if key.is_good(now)]
    key = matching_key(living, claim, content)
    if key is None:
        raise SignatureWrong
    return key
