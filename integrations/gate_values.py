"""Is a value of a device's message what it should be? Readers of one value each, shared by all dialects.

Devices write numbers as texts and texts as numbers: both are read. Nothing else is repaired by guessing, and
no problem repeats the value: it may be a plate.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from parking.boundary.gates import GateUnreadable
from parking.kernel.vocabulary import PlateColour

MAX_KEY = 64
# The longest plate has eight characters; more is stored as odd, but a novel is no plate.
MAX_PLATE = 32
_MAX_FORMAT = 40


class Refused(Exception):
    """A value that is not taken: a code in snake_case and the field; never the value."""

    def __init__(self, code: str, field: str) -> None:
        self.code = code
        self.field = field
        super().__init__(code, field)


def mapping(value: object, field: str) -> Mapping[str, Any]:
    """A JSON object. Raises Refused."""
    if value is None:
        raise Refused("missing", field)
    if not isinstance(value, dict):
        raise Refused("not_an_object", field)
    return value


def at_path(document: object, *path: str) -> Any:
    """The value at a path of names, None where a name is missing or something on the way is no object."""
    for name in path:
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document


def text_or_none(value: object, field: str, longest: int = MAX_KEY) -> str | None:
    """A text (or whole number written as one), trimmed; None where it is absent or empty. Raises Refused."""
    if isinstance(value, bool) or (value is not None and not isinstance(value, str | int)):
        raise Refused("not_a_text", field)
    # Before anything else is done with it: a thousand digits are no number of anything.
    told = "" if value is None else str(value) if not isinstance(value, str) else value
    if len(told) > 4 * longest + 64:
        raise Refused("too_long", field)
    told = told.strip()
    if len(told) > longest:
        raise Refused("too_long", field)
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") for c in told):
        raise Refused("not_a_text", field)
    return told or None


def text(value: object, field: str, longest: int = MAX_KEY) -> str:
    """The same, and there must be one. Raises Refused."""
    told = text_or_none(value, field, longest)
    if told is None:
        raise Refused("missing", field)
    return told


def plate_or_none(value: object, field: str, no_plate: frozenset[str]) -> str | None:
    """A plate as it was read; None for the words of the dialect that mean "no plate". Raises Refused."""
    told = text_or_none(value, field, MAX_PLATE)
    return None if told is None or told.casefold() in no_plate else told


def whole(value: object, field: str, smallest: int = 0, largest: int = 2**53) -> int:
    """A whole number, or a text or float that is one, within bounds. Raises Refused."""
    if value is None or value == "":
        raise Refused("missing", field)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Refused("not_a_number", field)
    try:
        # Twenty digits are more than any bound; int() would read megabytes of them.
        number = int(value.strip()[:21]) if isinstance(value, str) else int(value)
    except (ValueError, OverflowError):
        raise Refused("not_a_number", field) from None
    if isinstance(value, float) and value != number:
        raise Refused("not_a_number", field)
    if not smallest <= number <= largest:
        raise Refused("out_of_range", field)
    return number


def whole_or(default: int, value: object, field: str, **bounds: int) -> int:
    """A whole number where it is told and sane, else the default."""
    try:
        return whole(value, field, **bounds)
    except Refused:
        return default


def yes(value: object) -> bool:
    """A flag as devices write it: true, 1, "1", "true", "yes"."""
    return str(value).strip().lower() in {"1", "true", "yes"}


def from_epoch(seconds: object, field: str, microseconds: int = 0) -> datetime:
    """The instant of Unix seconds, aware. Any year will do: whether to believe it is decided later."""
    told = whole(seconds, field, 0, 253_402_300_799)
    return datetime.fromtimestamp(told, UTC) + timedelta(microseconds=microseconds)


def from_local(value: object, field: str, zone: tzinfo) -> datetime:
    """The instant of an ISO-like text; without an offset it is a clock of `zone`. Raises Refused."""
    told = text(value, field, _MAX_FORMAT)
    try:
        read = datetime.fromisoformat(told.replace("/", "-"))
        aware = read if read.tzinfo is not None else read.replace(tzinfo=zone)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("not_a_time", field) from None


def zone_of(name: str) -> ZoneInfo:
    """The zone of a device's clock. Raises GateUnreadable for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise GateUnreadable("unknown_time_zone") from None


def colour(value: object, words: Mapping[str, PlateColour]) -> PlateColour:
    """A plate's colour by the vendor's word or number; what is not known is UNKNOWN."""
    return words.get(str(value).strip().lower(), PlateColour.UNKNOWN)


COLOUR_WORDS: Mapping[str, PlateColour] = {
    "blue": PlateColour.BLUE,
    "yellow": PlateColour.YELLOW,
    "black": PlateColour.BLACK,
    "white": PlateColour.WHITE,
    "green": PlateColour.GREEN,
    "yellowgreen": PlateColour.YELLOW_GREEN,
    "yellow_green": PlateColour.YELLOW_GREEN,
    "蓝": PlateColour.BLUE,
    "黄": PlateColour.YELLOW,
    "黑": PlateColour.BLACK,
    "白": PlateColour.WHITE,
    "绿": PlateColour.GREEN,
    "黄绿": PlateColour.YELLOW_GREEN,
    "蓝色": PlateColour.BLUE,
    "黄色": PlateColour.YELLOW,
    "黑色": PlateColour.BLACK,
    "白色": PlateColour.WHITE,
    "绿色": PlateColour.GREEN,
    "黄绿色": PlateColour.YELLOW_GREEN,
}
"""The words that several vendors use."""
