"""How is an outside address asked, and what may come back?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from parking.boundary.credentials import Credential


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One GET, one POST where there is a body to post, or one DELETE. Times in seconds, sizes in bytes.

    `allowed_networks` are the private ranges (CIDR) that an administrator allowed here; everything else that
    is not public is refused. `credential` goes to this very address and nowhere else.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    connect_s: float = 3.0
    total_s: float = 10.0
    max_bytes: int = 5_000_000
    allowed_networks: tuple[str, ...] = ()
    post: bytes | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    delete: bool = False
    credential: Credential | None = None

    @property
    def method(self) -> str:
        """As HTTP names it."""
        return "DELETE" if self.delete else "GET" if self.post is None else "POST"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was said and what came back, as far as it came. No secret of ours is in what was `sent`.

    `target` is the address with the values of its query hidden. `status` is None where no answer began.
    `head` is the beginning of the body, out of its coding; it may quote anything. `cut`: there was more.
    """

    method: str
    target: str
    sent: tuple[tuple[str, str], ...] = ()
    status: int | None = None
    told: tuple[tuple[str, str], ...] = ()
    head: bytes = field(default=b"", repr=False)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """A good answer. `body` is None when the outside said that nothing changed (304).

    `exchange` makes what was said and answered, for whoever finds fault with the body: hardly anybody does.
    """

    body: bytes | None
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    elapsed_s: float = 0.0
    exchange: Callable[[], Exchange] | None = field(default=None, repr=False, compare=False)


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
    CREDENTIAL_UNUSABLE = "credential_unusable"


class FetchFailed(Exception):
    """No good answer; `detail` holds no secret and no query string of the address.

    `retry_after_s`: for how many seconds the other side wants no more, where it said so.
    """

    def __init__(
        self,
        reason: FetchFailure,
        detail: str = "",
        *,
        elapsed_s: float = 0.0,
        retry_after_s: float | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        self.reason = reason
        self.detail = detail
        self.elapsed_s = elapsed_s
        self.retry_after_s = retry_after_s
        self.exchange = exchange
        super().__init__(f"{reason}: {detail}" if detail else str(reason))


class Fetcher(Protocol):
    """The only door out, as features see it."""

    def fetch(self, request: FetchRequest) -> Fetched:
        """Ask once; no retry, no redirect. Raises FetchFailed. Safe to call from several threads."""
        ...
