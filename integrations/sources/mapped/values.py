"""How is a value taken out of a record? Each value of a mapping becomes one function, made once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as clock_time
from functools import lru_cache
from typing import Any

from integrations.documents import Element
from integrations.records import Refused, believable, identifier, instant, number, shown, text, whole
from integrations.sources.mapped.schema import Time, Value, Where
from integrations.sources.mapped.walking import Scope, getter
from parking.boundary.feeds import ProblemKind

Reader = Callable[[Scope], Any]


class Unknown:
    """The feed says that it does not know."""


UNKNOWN = Unknown()
_SCALARS = (str, int, float, bool)
_EXACT = 2.0**53


def told(value: Any) -> bool:
    """Whether the feed tells something here."""
    return value is not None and value is not UNKNOWN


def reader(value: Value) -> Reader:
    """What gives a value as the feed tells it: None where it stands nowhere, UNKNOWN where it says so.

    A word that the mapping does not translate stays as it is: whoever wants one of ours refuses it.
    """
    origin = _origin(value)
    known = _known(origin, value.unknown)
    if value.after is not None or value.before is not None:
        known = _known(_cut(known, value), value.unknown)
    return known if value.words is None else _translated(known, value)


def number_reader(value: Value) -> Reader:
    """The same for a number; a text has its decimal sign and its thousands put right."""
    read = reader(value)
    decimal, thousands = value.decimal, value.thousands
    if decimal == "." and not thousands:
        return read

    def plain(scope: Scope) -> Any:
        found = read(scope)
        if isinstance(found, str):
            return found.replace(thousands, "").replace(decimal, ".")
        return found

    return plain


def _origin(value: Value) -> Reader:
    if not value.paths:
        constant = value.constant
        return lambda scope: constant
    getters = [getter(path) for path in value.paths]
    if len(getters) == 1:
        return getters[0]
    if value.first:
        unknown = value.unknown
        readers = [_known(get, unknown) for get in getters]
        return lambda scope: next((found for read in readers if told(found := read(scope))), None)
    joined_by = value.joined_by

    def joined(scope: Scope) -> Any:
        parts = []
        for get in getters:
            part = _as_text(get(scope))
            if isinstance(part, float):
                return part
            if isinstance(part, str) and (part := part.strip()):
                parts.append(part)
        return joined_by.join(parts)

    return joined


def _known(origin: Reader, unknown: frozenset[object]) -> Reader:
    nothing = UNKNOWN if "" in unknown else None

    def known(scope: Scope) -> Any:
        found = origin(scope)
        # Asked millions of times: first what is most common.
        if type(found) is str:
            found = found.strip()
            if not found:
                return nothing
            return UNKNOWN if found in unknown else found
        if type(found) is int:
            return UNKNOWN if found in unknown else found
        if found is None:
            return nothing
        if isinstance(found, Element):
            text = (found.get("#text") or "").strip()
            return UNKNOWN if text in unknown else text or None
        return UNKNOWN if unknown and isinstance(found, _SCALARS) and found in unknown else found

    return known


def _cut(read: Reader, value: Value) -> Reader:
    after, before = value.after, value.before

    def cut(scope: Scope) -> Any:
        found = read(scope)
        if isinstance(found, str):
            if after is not None and after in found:
                found = found.partition(after)[2]
            if before is not None:
                found = found.partition(before)[0]
        return found

    return cut


def _translated(read: Reader, value: Value) -> Reader:
    words, otherwise = dict(value.words or {}), value.otherwise

    def translated(scope: Scope) -> Any:
        found = read(scope)
        if not told(found):
            return found
        if isinstance(found, list):
            return [_word(each, words, otherwise) for each in found]
        return _word(found, words, otherwise)

    return translated


def _word(found: Any, words: dict[str, str], otherwise: str | None) -> Any:
    key = str(found).lower() if isinstance(found, bool) else _as_text(found)
    if not isinstance(key, str):
        return found
    ours = words.get(key)
    if ours is None:
        ours = words.get(" ".join(key.split()), otherwise)
    return found if ours is None else ours or UNKNOWN


def _as_text(found: Any) -> Any:
    """Workbooks tell ids and names as numbers, whole ones as 3.0, and times as times.

    A number that a double does not tell exactly stays one: two of them would be one text.
    """
    if isinstance(found, str) or found is None:
        return found
    if isinstance(found, float) and not abs(found) < _EXACT:
        return found
    if isinstance(found, float) and found.is_integer():
        return str(int(found))
    if isinstance(found, int | float) and not isinstance(found, bool):
        return str(found)
    return found.isoformat() if isinstance(found, date | clock_time) else found


def text_of(found: Any, field: str) -> str:
    """A text, or a number as one. Raises Refused."""
    return text(_as_text(None if found is UNKNOWN else found), field)


def id_of(found: Any, field: str) -> str:
    """An id. Raises Refused."""
    return identifier(_as_text(None if found is UNKNOWN else found), field)


def whole_of(found: Any, field: str) -> int | None:
    """A number of spaces, None where it is not told. Raises Refused."""
    return whole(found, field) if told(found) else None


def share_of(found: Any, field: str, of: float) -> float | None:
    """A share from 0 to 1 of a number that goes up to `of`. Raises Refused."""
    if not told(found):
        return None
    read = number(found, field)
    if not 0 <= read <= of:
        raise Refused(ProblemKind.OUT_OF_RANGE, field, shown(found))
    return read / of


def filter_of(wheres: tuple[Where, ...]) -> Callable[[Scope], bool] | None:
    """Whether a record is read; None where every one is."""
    tests = [_test(where) for where in wheres]
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda scope: all(test(scope) for test in tests)


def _test(where: Where) -> Callable[[Scope], bool]:
    read = _known(getter(where.path), frozenset())
    among, not_among, wants_told = where.among, where.not_among, where.told

    def holds(scope: Scope) -> bool:
        found = read(scope)
        if wants_told is not None and (found is not None) is not wants_told:
            return False
        # Null and absent are the empty text.
        key = "" if found is None else found if isinstance(found, _SCALARS) else None
        return (among is None or key in among) and (not_among is None or key not in not_among)

    return holds


TimeReader = Callable[[Scope, datetime, tzinfo], datetime]


def time_reader(time: Time) -> TimeReader:
    """What gives a record's instant, from when the answer came and the zone; it raises Refused."""
    if time.value is None:
        return lambda scope, received_at, zone: received_at
    read, label, form, unit_s = reader(time.value), time.value.label, time.format, time.unit_s

    def moment(scope: Scope, received_at: datetime, zone: tzinfo) -> datetime:
        found = read(scope)
        if not told(found):
            raise Refused(ProblemKind.MISSING_FIELD, label)
        if isinstance(found, datetime):
            found = found.isoformat()
        if unit_s is not None:
            return _epoch(found, label, unit_s, received_at)
        if form is None:
            return instant(found, label, received_at, zone)
        if not isinstance(found, str):
            raise Refused(ProblemKind.BAD_VALUE, label, f"{shown(found)} is no time")
        return _by_format(found, label, form, received_at, zone)

    return moment


def _epoch(found: Any, label: str, unit_s: float, received_at: datetime) -> datetime:
    seconds = number(found, label) * unit_s
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused(ProblemKind.BAD_VALUE, label, f"{shown(found)} is no time") from None
    return believable(at, found, label, received_at)


def _by_format(found: str, label: str, form: str, received_at: datetime, zone: tzinfo) -> datetime:
    read = _parsed(found, form)
    try:
        if read is None:
            raise ValueError
        if not _tells_a_day(form):
            read = _last_time_of_day(read.time(), received_at, zone)
        at = (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(ProblemKind.BAD_VALUE, label, f"{shown(found)} is no time") from None
    return believable(at, found, label, received_at)


@lru_cache(maxsize=4096)
def _parsed(found: str, form: str) -> datetime | None:
    """Records of one document mostly tell the same moment; strptime is slow."""
    try:
        return datetime.strptime(found, form)  # noqa: DTZ007 - the zone is the source's
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _tells_a_day(form: str) -> bool:
    return any(part in form for part in ("%d", "%j", "%x", "%c", "%D", "%F", "%s"))


def _last_time_of_day(time: clock_time, received_at: datetime, zone: tzinfo) -> datetime:
    """Today, or yesterday where today's would lie more than an hour ahead."""
    now = received_at.astimezone(zone)
    at = datetime.combine(now.date(), time, zone)
    return at - timedelta(days=1) if at - now > timedelta(hours=1) else at
