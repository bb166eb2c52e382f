"""What do the networks that take money share: an address, one way to post, money as they write it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import orjson

from parking.boundary.charges import (
    CallbackRefused,
    ChargeAnswer,
    ChargeStanding,
    NetworkEntry,
    NetworkSilent,
)
from parking.boundary.fetching import Fetcher, FetchFailed, FetchRequest

_MOST_FEN = 1_000_000_000
_TOTAL_S = 8.0
_MOST_BYTES = 5_000_000
_MOST_PAGES = 1_000
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class NetworkAddress:
    """Where a network is and how we prove ourselves. `networks` are private ranges (CIDR) it may lie in.

    `secret` signs where both sides share one; else `private_key` is ours and `public_key` theirs (PEM).
    `variant` is what a network calls the way of paying, where it knows several.
    """

    url: str
    app_id: str
    secret: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    public_key: str | None = None
    variant: str = ""
    networks: tuple[str, ...] = ()
    time_zone: str = "Asia/Shanghai"

    def needed(self, *names: str) -> None:
        """Raises ValueError, naming what is not set."""
        missing = [name for name in names if not getattr(self, name)]
        if missing:
            raise ValueError(f"needs {', '.join(missing)}")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


Clock = Callable[[], datetime]


def post(fetcher: Fetcher, address: NetworkAddress, path: str, body: bytes, content_type: str) -> bytes:
    """Post once. Raises NetworkSilent where no whole answer came; it is in doubt then."""
    request = FetchRequest(
        address.url.rstrip("/") + path,
        post=body,
        headers=(("Content-Type", content_type),),
        total_s=_TOTAL_S,
        max_bytes=_MOST_BYTES,
        allowed_networks=address.networks,
    )
    try:
        return fetcher.fetch(request).body or b""
    except FetchFailed as failed:
        raise NetworkSilent(str(failed.reason)) from None


class NotTheirs(Exception):
    """What came is not signed by the network, or is too old."""


def understood(read: Callable[..., _Read], *told: Any) -> _Read:
    """What `read` makes of an answer. Raises NetworkSilent where it is not theirs or cannot be read."""
    try:
        return read(*told)
    except NotTheirs:
        raise NetworkSilent("signature_wrong") from None
    except ValueError:
        raise NetworkSilent("unreadable") from None


def believed(read: Callable[[], ChargeAnswer]) -> ChargeAnswer:
    """What a network tells by itself. Raises CallbackRefused where it is not theirs or cannot be read."""
    try:
        return read()
    except (NotTheirs, ValueError):
        raise CallbackRefused from None


def about(charge_id: str, answer: ChargeAnswer) -> ChargeAnswer:
    """The answer, which must be of this charge. Raises NetworkSilent."""
    if answer.charge_id != charge_id:
        raise NetworkSilent("another_charge")
    return answer


def all_pages(ask: Callable[[int], tuple[Sequence[NetworkEntry], bool]]) -> tuple[NetworkEntry, ...]:
    """The entries of pages 1, 2, ...; `ask` tells whether there are more. Raises NetworkSilent."""
    found: list[NetworkEntry] = []
    for page in range(1, _MOST_PAGES + 1):
        rows, more = ask(page)
        found += rows
        if not more:
            return tuple(found)
    raise NetworkSilent("endless_list")


def json_object(text: bytes | str) -> Mapping[str, Any]:
    """A JSON object. Raises ValueError for anything else."""
    found = orjson.loads(text)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def text_of(fields: Mapping[str, Any], key: str) -> str:
    """A text that must be there, at most 200 characters. Raises ValueError."""
    value = fields.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise ValueError(key)
    return value


def text_or_none(fields: Mapping[str, Any], key: str) -> str | None:
    """A text, None where there is none. Raises ValueError for one that is too long."""
    return text_of(fields, key) if fields.get(key) not in (None, "") else None


def fen_or_none(fields: Mapping[str, Any], key: str) -> int | None:
    """Whole fen. Raises ValueError for what is no whole number of a sane size."""
    value = fields.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not -_MOST_FEN <= value <= _MOST_FEN:
        raise ValueError(key)
    return value


def yuan(fen: int) -> str:
    """Yuan as decimal text: 700 fen are 7.00."""
    sign, whole = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{whole // 100}.{whole % 100:02d}"


def fen_of_yuan(fields: Mapping[str, Any], key: str) -> int | None:
    """Fen of a decimal text in yuan, to the fen exactly. Raises ValueError."""
    value = fields.get(key)
    if value in (None, ""):
        return None
    try:
        fen = Decimal(str(value)) * 100
    except InvalidOperation:
        raise ValueError(key) from None
    if not fen.is_finite() or fen != fen.to_integral_value() or abs(fen) > _MOST_FEN:
        raise ValueError(key)
    return int(fen)


def standing_of(words: Mapping[Any, ChargeStanding], fields: Mapping[str, Any], key: str) -> ChargeStanding:
    """The standing that a network's word means. Raises ValueError for a word that we do not know."""
    value = fields.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int) or value not in words:
        raise ValueError(key)
    return words[value]


def day_text(on: date) -> str:
    """20261121."""
    return f"{on:%Y%m%d}"
