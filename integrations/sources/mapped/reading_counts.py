"""What does the [counts] part of a mapping say?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.sources.mapped.parts import Defaults, records_of, value_of, wheres_of, word_of
from integrations.sources.mapped.reading_lots import doubt_same, own_document
from integrations.sources.mapped.schema import Amount, Counter, Counts, Document, Time, Value, Where
from integrations.sources.mapped.tables import Section
from parking.kernel.errors import N_
from parking.kernel.vocabulary import SpaceClass

_EPOCHS = {"epoch_s": 1.0, "epoch_ms": 0.001, "epoch_us": 0.000_001}
_OF_FREE = {Amount.FREE, Amount.FREE_PERCENT, Amount.FREE_SHARE}


def counts_of(section: Section, common: Document | None, defaults: Defaults) -> Counts | None:
    """The part as told; None after a fault was noted."""
    document = own_document(section, common)
    records = records_of(section, document)
    lot_id = value_of(section, "id", defaults, needed=True)
    time = _time(section, defaults)
    where = wheres_of(section)
    snapshot = value_of(section, "snapshot", defaults)
    counters = [_counter(told, defaults) for told in section.sections("counters")]
    if not counters:
        section.refuse(None, "reads_nothing", N_("第 %(line)s 行：没有 [[counts.counters]]，什么也读不到"))
    section.end()
    if document is None or records is None or lot_id is None or time is None or None in counters:
        return None
    _same_twice(section, lot_id, [counter for counter in counters if counter is not None])
    return Counts(document, records, lot_id, time, tuple(c for c in counters if c), where, snapshot)


def zone_of(section: Section, key: str) -> str | None:
    """The name of a time zone that is known."""
    return section.checked(key, _zone, "unknown_zone", N_("第 %(line)s 行：未知的时区 %(told)s"))


def _zone(told: str) -> str:
    try:
        return ZoneInfo(told).key
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError(told) from None


def _time(section: Section, defaults: Defaults) -> Time | None:
    """`time` is a path, a table with `path`, `format` and `zone`, or { received = true }."""
    told = section.values.get("time")
    if not isinstance(told, dict):
        plain = value_of(section, "time", defaults, needed=True)
        return None if plain is None else Time(plain)
    inner = section.section("time")
    assert inner is not None
    zone = zone_of(inner, "zone")
    form = inner.checked("format", _format, "bad_format", N_("第 %(line)s 行：时间格式 %(told)s 无法使用"))
    received = inner.flag("received")
    # What is left over tells where the time stands, as of every other value.
    rest = {key: value for key, value in told.items() if key not in ("zone", "format", "received")}
    value: Value | None = None
    if rest or not received:
        holder = Section({"time": rest}, section.place, section.notes)
        value = value_of(holder, "time", defaults)
    if received and rest:
        inner.refuse("received", "one_origin", N_("第 %(line)s 行：received 与 path 只能有一个"))
    unit_s = _EPOCHS.get(form or "")
    return Time(value, None if unit_s or form == "iso" else form, unit_s, zone)


def _format(told: str) -> str:
    """A format that tells at least the hour and that its own text can be read by. Raises ValueError."""
    if told in ("iso", *_EPOCHS):
        return told
    hour = datetime(2026, 11, 21, 17, tzinfo=UTC)
    read = datetime.strptime(hour.strftime(told), told)  # noqa: DTZ007 - only its hour is looked at
    if read.hour != hour.hour:
        raise ValueError(told)
    return told


def _counter(section: Section, defaults: Defaults) -> Counter | None:
    space_class = word_of(section, "class", [each.value for each in SpaceClass], defaults)
    if "class" not in section.values:
        space_class = Value(constant=SpaceClass.GENERAL.value)
    found = {amount: value_of(section, amount.value, defaults) for amount in Amount}
    amounts = {amount: value for amount, value in found.items() if value is not None}
    if not any(amount.value in section.values for amount in Amount):
        section.missing(*(amount.value for amount in Amount))
    if len(amounts.keys() & _OF_FREE) > 1 or len(amounts.keys() - _OF_FREE) > 1:
        section.refuse(None, "told_twice", N_("第 %(line)s 行：空位（或已用）只能用一种方式给出"))
    capacity = value_of(section, "capacity", defaults)
    in_spaces = {Amount.FREE, Amount.OCCUPIED}
    if capacity is None and amounts.keys() - in_spaces and "capacity" not in section.values:
        section.refuse(None, "no_capacity", N_("第 %(line)s 行：百分比要有 capacity 才能算出车位数"))
    where = wheres_of(section)
    section.end()
    return None if space_class is None else Counter(space_class, amounts, capacity, where)


def _same_twice(section: Section, lot_id: Value, counters: Sequence[Counter]) -> None:
    """Two counters may read one place where their filters never both hold; one counter never may."""
    of_each = [
        [(("counters", position, name), value) for name, value in _numbers(counter)]
        for position, counter in enumerate(counters)
    ]
    for position, numbers in enumerate(of_each):
        doubt_same(section, [(("id",), lot_id), *numbers])
        for later in range(position + 1, len(counters)):
            if not _are_apart(counters[position], counters[later]):
                # Each pair of the two; what one of them reads twice was told above.
                for mine, his in product(numbers, of_each[later]):
                    doubt_same(section, [mine, his])


def _are_apart(one: Counter, other: Counter) -> bool:
    """Whether no record passes the filters of both."""
    return any(
        mine.path.place == his.path.place and _excludes(mine, his)
        for mine, his in product(one.where, other.where)
    )


def _excludes(one: Where, other: Where) -> bool:
    if one.among is not None and other.among is not None and not one.among & other.among:
        return True
    if one.told is not None and other.told is not None and one.told != other.told:
        return True
    return any(
        few.among is not None and many.not_among is not None and few.among <= many.not_among
        for few, many in ((one, other), (other, one))
    )


def _numbers(counter: Counter) -> list[tuple[str, Value]]:
    told = [(amount.value, value) for amount, value in counter.amounts.items()]
    return told if counter.capacity is None else [*told, ("capacity", counter.capacity)]
