"""What was said and answered, as far as it may be looked at? Nothing by which anybody could ask like us."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from integrations.http_targets import HIDDEN, hidden_query
from parking.boundary.fetching import Exchange

MOST_BYTES = 8_192
# Of all other headers the name alone is told: any of them may be a key or a cookie.
_SENT_PLAINLY = frozenset(
    {"accept", "accept-encoding", "host", "if-modified-since", "if-none-match", "user-agent"}
)
_TOLD_PLAINLY = frozenset(
    {
        "age", "cache-control", "connection", "content-encoding", "content-language", "content-length",
        "content-type", "date", "etag", "expires", "last-modified", "retry-after", "server",
        "transfer-encoding", "vary",
    }
)  # fmt: skip
_ADDRESSES = frozenset({"location", "content-location"})
_MOST_HEADERS = 40
_LONGEST_VALUE = 300
_LONGEST_VALIDATOR = 500


class Watched:
    """An answer whose first bytes are noted while it is read."""

    def __init__(self, answer: BaseHTTPResponse) -> None:
        self._answer = answer
        self._head = bytearray()
        self._length = 0

    def read1(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        chunk = self._answer.read1(amt, decode_content=decode_content)
        self._length += len(chunk)
        self._head += chunk[: MOST_BYTES - len(self._head)]
        return chunk

    def glimpse(self) -> None:
        """One more look at an answer that is not taken: what arrives with its next piece."""
        try:
            self.read1(MOST_BYTES, decode_content=False)
        except (HTTPError, OSError):
            return

    @property
    def cut(self) -> bool:
        return self._length > len(self._head)

    def head(self) -> bytes:
        """The beginning of the body, unzipped as far as that goes."""
        head = bytes(self._head)
        if self._answer.headers.get("Content-Encoding", "").strip().lower() in ("gzip", "x-gzip", "deflate"):
            try:
                return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(head, MOST_BYTES)
            except zlib.error:
                return head
        return head


def exchange_of(
    method: str, shown: str, sent: Mapping[str, str], answer: BaseHTTPResponse | None, watched: Watched | None
) -> Exchange:
    """`shown` is the address as it may be told; of the headers only harmless ones keep their values."""
    told: tuple[tuple[str, str], ...] = ()
    if answer is not None:
        told = tuple(
            (name, _told(name, value)) for name, value in list(answer.headers.items())[:_MOST_HEADERS]
        )
    return Exchange(
        method=method,
        target=shown,
        sent=tuple(
            (name, value if name.lower() in _SENT_PLAINLY else HIDDEN) for name, value in sent.items()
        ),
        status=answer.status if answer is not None else None,
        told=told,
        head=watched.head() if watched is not None else b"",
        cut=watched is not None and watched.cut,
    )


def validator(told: str | None) -> str | None:
    """An ETag or Last-Modified as it may be kept and said again; one that is odd or over-long is not.

    Without it the document is only asked for in full.
    """
    if told is None or len(told) > _LONGEST_VALIDATOR or not told.isprintable():
        return None
    return told


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """For how many seconds the other side wants no more; told as such, or as an instant of its own clock."""
    told = headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    until, now = _instant(told), _instant(headers.get("Date", ""))
    if until is None:
        return None
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())


def _instant(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        # A year of fourteen digits is no number that a date can hold.
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _told(name: str, value: str) -> str:
    name = name.lower()
    if name in _TOLD_PLAINLY:
        return value[:_LONGEST_VALUE]
    if name in _ADDRESSES:
        return _address(value)[:_LONGEST_VALUE]
    if name == "www-authenticate":
        # The scheme alone: what follows it may be a nonce.
        return value.split(" ", 1)[0][:_LONGEST_VALUE]
    return HIDDEN


def _address(value: str) -> str:
    try:
        user = "@" in urlsplit(value).netloc
    except ValueError:
        return HIDDEN
    return HIDDEN if user else hidden_query(value)
