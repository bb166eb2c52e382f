"""Is a value of a feed what it should be, and what is wrong when it is not?

The readers take one value and give it back checked, or raise `Refused`. Nothing is repaired by guessing.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from parking.boundary.feeds import (
    BreakReason,
    CountRecord,
    FeedBroken,
    LotCandidate,
    LotRecord,
    Parsed,
    ProblemKind,
    RecordProblem,
)
from parking.kernel.vocabulary import SpaceClass

MAX_RECORDS = 20_000
MAX_SPACES = 100_000
_MAX_PROBLEMS = 1_000
# What is only kept as prose leaves room in the list for what is wrong.
_MAX_PROSE = 600
_PROSE = (ProblemKind.UNPARSED_HOURS, ProblemKind.UNPARSED_FEES)
# A lot without a place waits for a person to place it.
_NO_FAULTS = (*_PROSE, ProblemKind.NO_PLACE)
_MAX_ID = 200
_MAX_TEXT = 300
_OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
# Clocks of lots run ahead; real feeds were two minutes ahead of their own publication.
_AHEAD = timedelta(minutes=5)
# They turn the text after them round: an id or a name would read as another.
_TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_HEIGHT_CM = (100, 1000)

T = TypeVar("T")


class Refused(Exception):
    """A value that is not taken."""

    def __init__(self, kind: ProblemKind, field: str, detail: str = "") -> None:
        self.kind = kind
        self.field = field
        self.detail = detail
        super().__init__(kind, field, detail)


def shown(value: object) -> str:
    """A value as a problem may quote it: short, on one line, without control characters."""
    plain = repr(value) if isinstance(value, int | float) else type(value).__name__
    cut = (value if isinstance(value, str) else plain)[:40]
    return cut if cut.isprintable() else "".join(c if c.isprintable() else "?" for c in cut)


def text(value: object, field: str, longest: int = _MAX_TEXT) -> str:
    """A text that is not empty, trimmed; controls, also of direction, and over-long texts are refused."""
    if value is None:
        raise Refused(ProblemKind.MISSING_FIELD, field)
    if not isinstance(value, str):
        raise Refused(ProblemKind.BAD_VALUE, field, f"{shown(value)} is no text")
    trimmed = " ".join(value.split())
    if not trimmed:
        raise Refused(ProblemKind.MISSING_FIELD, field)
    if len(trimmed) > longest:
        raise Refused(ProblemKind.TOO_LARGE, field, f"{len(trimmed)} characters")
    # Nearly every text is printable, which is quickly told; the slow look is for what is not.
    if not trimmed.isprintable() and any(
        c in _TURNING or unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") for c in set(trimmed)
    ):
        raise Refused(ProblemKind.BAD_VALUE, field, "characters that are no text")
    return trimmed


def identifier(value: object, field: str = "id") -> str:
    """An id: a text, or a whole number written as one."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return text(value, field, _MAX_ID)


def number(value: object, field: str) -> float:
    """A finite number, or a text that is one."""
    if value is None or value == "":
        raise Refused(ProblemKind.MISSING_FIELD, field)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Refused(ProblemKind.BAD_VALUE, field, f"{shown(value)} is no number")
    try:
        # Python's own way of writing a thousand is nobody else's.
        read = float(value if not isinstance(value, str) or "_" not in value else "no number")
    except (ValueError, OverflowError):
        raise Refused(ProblemKind.BAD_VALUE, field, f"{shown(value)} is no number") from None
    # The largest of all is what the reader of JSON made of a larger one.
    if not abs(read) < sys.float_info.max:
        raise Refused(ProblemKind.BAD_VALUE, field, "not a finite number")
    return read


def whole(value: object, field: str, largest: int = MAX_SPACES) -> int:
    """A number of spaces: whole, not negative, not absurdly large."""
    if type(value) is int and 0 <= value <= largest:
        return value
    read = number(value, field)
    if read < 0:
        raise Refused(ProblemKind.NEGATIVE, field, shown(value))
    if read > largest:
        raise Refused(ProblemKind.TOO_LARGE, field, shown(value))
    if read != int(read):
        raise Refused(ProblemKind.BAD_VALUE, field, f"{shown(value)} is not whole")
    return int(read)


def height_cm(value: object, field: str) -> int:
    """A clearance in whole centimetres, between 1 and 10 metres."""
    read = number(value, field)
    if not _HEIGHT_CM[0] <= read <= _HEIGHT_CM[1]:
        raise Refused(ProblemKind.OUT_OF_RANGE, field, f"{shown(value)} is no clearance")
    return int(read)


def zone_named(name: str) -> ZoneInfo:
    """The zone of a source. Raises FeedBroken for an unknown one: none of its times could be told."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise FeedBroken(BreakReason.UNKNOWN_DOCUMENT, f"unknown time zone {shown(name)}") from None


def instant(value: object, field: str, received_at: datetime, zone: tzinfo | None) -> datetime:
    """A UTC instant. Without an offset the time is of `zone`; where that is None it is refused.

    Refused too: a time before 2000, and one more than five minutes after the answer came.
    """
    if value is None or value == "":
        raise Refused(ProblemKind.MISSING_FIELD, field)
    if not isinstance(value, str) or not _INSTANT.fullmatch(value.strip()):
        raise Refused(ProblemKind.BAD_VALUE, field, f"{shown(value)} is no time")
    try:
        read = datetime.fromisoformat(value.strip())
        if read.tzinfo is None:
            if zone is None:
                raise Refused(ProblemKind.BAD_VALUE, field, f"{shown(value)} tells no offset")
            read = read.replace(tzinfo=zone)
        moment = read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(ProblemKind.BAD_VALUE, field, f"{shown(value)} is no time") from None
    return believable(moment, value, field, received_at)


def believable(moment: datetime, value: object, field: str, received_at: datetime) -> datetime:
    """The UTC instant that `value` told, unless it is before 2000 or five minutes after `received_at`."""
    if moment < _OLDEST:
        raise Refused(ProblemKind.OUT_OF_RANGE, field, shown(value))
    if moment > received_at + _AHEAD:
        raise Refused(ProblemKind.FUTURE_TIME, field, shown(value))
    return moment


def count(
    external_id: str,
    as_of: datetime,
    *,
    space_class: SpaceClass = SpaceClass.GENERAL,
    free: int | None = None,
    occupied: int | None = None,
    capacity: int | None = None,
    event_id: str | None = None,
) -> CountRecord:
    """A count that says something. Nobody inside and nothing free is a place-holder, not a full lot."""
    if free is None and occupied is None:
        raise Refused(ProblemKind.NO_COUNT, "count", "neither free nor occupied")
    if capacity == 0 and free in (0, None) and occupied in (0, None):
        raise Refused(ProblemKind.PLACEHOLDER, "count", "nothing of nothing")
    if free == 0 and occupied == 0:
        raise Refused(ProblemKind.PLACEHOLDER, "count", "nobody inside and nothing free")
    return CountRecord(external_id, space_class, as_of, free, occupied, capacity or None, event_id)


class Harvest:
    """What was read of a document so far: each lot and each counter once, and what was wrong.

    `row` is the place of the record that is being read, where the adapter tells it.
    """

    def __init__(self) -> None:
        self.row: int | None = None
        self.told_unknown = 0
        self._records = self._faulty = self._last_faulty = 0
        self._lots: dict[str, LotRecord | LotCandidate] = {}
        self._told_now: set[str] = set()
        self._older: dict[tuple[str, SpaceClass], CountRecord] = {}
        self._counts: dict[tuple[str, SpaceClass], CountRecord] = {}
        self._contradicted: set[tuple[str, SpaceClass]] = set()
        self._problems: list[RecordProblem] = []
        self._told: set[tuple[int, str, ProblemKind, str | None, str]] = set()
        self._unlisted: Counter[ProblemKind] = Counter()

    def next_record(self, row: int | None = None) -> None:
        """What follows is of another record, at this place of the document where the adapter tells it."""
        self.row = row
        self._records += 1

    def pass_over(self) -> None:
        """The record that is being read is none of those that are wanted; nothing of it was refused."""
        self._records -= 1

    def refuse(self, record: str, kind: ProblemKind, field: str | None = None, detail: str = "") -> None:
        """Note a problem; the record that is being read is faulty, unless it is prose or a place not told."""
        if kind not in _NO_FAULTS and self._last_faulty < self._records:
            self._last_faulty = self._records
            self._faulty += 1
        if self.row is not None:
            problem = (self.row, record, kind, field, detail)
            if problem in self._told:
                # The same of the same row: its lot and its count were read one after the other. A row of a
                # wide table holds many records, so the row alone does not tell.
                return
            if len(self._told) < _MAX_PROBLEMS:
                self._told.add(problem)
        if len(self._problems) >= (_MAX_PROSE if kind in _PROSE else _MAX_PROBLEMS):
            self._unlisted[kind] += 1
            return
        self._problems.append(RecordProblem(shown(record), kind, field, detail, self.row))

    def attempt(self, record: str, read: Callable[..., T], *args: Any) -> T | None:
        """What `read` gives, or None after its refusal was noted."""
        try:
            return read(*args)
        except Refused as refusal:
            self.refuse(record, refusal.kind, refusal.field, refusal.detail)
            return None

    def attempt_told(self, record: str, read: Callable[..., T], value: object, *args: Any) -> T | None:
        """The same for a value that may be absent: no value, no problem."""
        return None if value is None or value == "" else self.attempt(record, read, value, *args)

    def keep_lot(self, lot: LotRecord | LotCandidate | None) -> None:
        if lot is None:
            return
        if lot.external_id in self._told_now:
            self.refuse(lot.external_id, ProblemKind.REPEATED, "id", "the first one is kept")
            return
        self._told_now.add(lot.external_id)
        self._lots[lot.external_id] = lot

    def next_snapshot(self) -> None:
        """What follows is of another moment: it may tell again, and otherwise, what was told before."""
        self._told_now.clear()
        self._older = self._newest()
        self._counts = {}
        self._contradicted = set()

    def _newest(self) -> dict[tuple[str, SpaceClass], CountRecord]:
        newest = self._older
        for key, record in self._counts.items():
            known = newest.get(key)
            if key not in self._contradicted and (known is None or known.as_of <= record.as_of):
                newest[key] = record
        return newest

    def keep_count(self, record: CountRecord | None) -> None:
        if record is None:
            return
        key = (record.external_id, record.space_class)
        first = self._counts.setdefault(key, record)
        if first is record:
            return
        if first == record:
            detail = "told the same"
        else:
            # Nobody can say which of the two is true: the counter keeps what it knew.
            self._contradicted.add(key)
            detail = "told differently, none is taken"
        self.refuse(record.external_id, ProblemKind.REPEATED, record.space_class, detail)

    def parsed(self) -> Parsed:
        return Parsed(
            lots=tuple(lot for lot in self._lots.values() if isinstance(lot, LotRecord)),
            counts=tuple(self._newest().values()),
            problems=tuple(self._problems),
            candidates=tuple(lot for lot in self._lots.values() if isinstance(lot, LotCandidate)),
            told_unknown=self.told_unknown,
            unlisted=dict(self._unlisted),
            records=self._records,
            faulty=self._faulty,
        )
