"""What is kept of a client's calls, and how long? Enough to find a fault, nothing to follow a vehicle."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

MOST_CALLS = 100
# Calls in a client's name that it did not sign: anybody can make them, so they get a room of their own.
MOST_UNSIGNED = 20
# Longer than any lot goes on trying: a message that comes again later is judged anew.
MESSAGES_KEPT = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call and our answer; `body` and `answer` are beginnings with every plate masked.

    `body_digest` is under a key: beside a masked plate a plain hash would tell it.
    """

    client_id: str
    at: datetime
    is_signed: bool
    message_id: str
    method: str
    path: str
    status: int
    elapsed_us: int
    body_length: int
    body_digest: bytes
    body: str = field(repr=False)
    answer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message and what it was answered. `digest` is the keyed fingerprint of its address and body."""

    client_id: str
    message_id: str
    idempotency_key: str | None
    digest: bytes
    status: int
    answer: bytes = field(repr=False)
