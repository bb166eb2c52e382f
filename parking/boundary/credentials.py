"""By what does an outside address know us?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

# What HTTP itself, or the fetcher, says in an ask; no credential takes their place.
_TAKEN = frozenset(
    {
        "accept", "accept-encoding", "connection", "content-length", "expect", "host", "if-modified-since",
        "if-none-match", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
    }
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


class CredentialKind(StrEnum):
    """How we show an outside address who we are."""

    BASIC = "basic"
    BEARER = "bearer"
    HEADER = "header"
    QUERY = "query"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Credential:
    """`name` is the user (basic), or the name of the header or of the query's parameter.

    `secret` is the password, the token, the value, or the PEM of a private key with its certificates, our own
    first.
    """

    kind: CredentialKind
    secret: str = field(repr=False)
    name: str = ""


def names_a_header(name: str) -> bool:
    """Whether a credential may go along under this name."""
    return _NAME.fullmatch(name) is not None and name.lower() not in _TAKEN


def fits_a_header(value: str) -> bool:
    """Whether a header can carry it: visible ASCII, no space at its ends."""
    return _VALUE.fullmatch(value) is not None
