"""How is an outside address asked, and what may come back?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One GET, one POST where there is a body to post, or one DELETE. Times in seconds, sizes in bytes.

    `allowed_networks` are the private ranges (CIDR) that an administrator allowed here; everything else that
    is not public is refused.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    connect_s: float = 3.0
    total_s: float = 10.0
    max_bytes: int = 5_000_000
    allowed_networks: tuple[str, ...] = ()
    post: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    delete: bool = False

    @property
    def method(self) -> str:
        """As HTTP names it."""
        return "DELETE" if self.delete else "GET" if self.post is None else "POST"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A good answer. `body` is None when the outside said that nothing changed (304)."""

    body: bytes | None
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    elapsed_s: float = 0.0


class FetchFailure(StrEnum):
    """Why there was no good answer."""

    ADDRESS_REFUSED = "address_refused"
    NAME_UNKNOWN = "name_unknown"
    CONNECT_FAILED = "connect_failed"
    TLS_FAILED = "tls_failed"
    TIMED_OUT = "timed_out"
    TOO_LARGE = "too_large"
    REDIRECTED = "redirected"
    BAD_STATUS = "bad_status"
    BAD_ENCODING = "bad_encoding"
    BROKE_OFF = "broke_off"


class FetchFailed(Exception):
    """No good answer; `detail` holds no secret and no query string of the address."""

    def __init__(self, reason: FetchFailure, detail: str = "", *, elapsed_s: float = 0.0) -> None:
        self.reason = reason
        self.detail = detail
        self.elapsed_s = elapsed_s
        super().__init__(f"{reason}: {detail}" if detail else str(reason))


class Fetcher(Protocol):
    """The only door out, as features see it."""

    def fetch(self, request: FetchRequest) -> Fetched:
        """Ask once; no retry, no redirect. Raises FetchFailed. Safe to call from several threads."""
        ...
