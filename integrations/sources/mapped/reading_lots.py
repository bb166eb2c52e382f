"""What does the [lots] part of a mapping say?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from integrations.hours import DAYS
from integrations.places import check_crs
from integrations.sources.mapped.parts import (
    ANY_TABLE,
    ORIGINS,
    Defaults,
    document_of,
    records_of,
    value_of,
    wheres_of,
    word_of,
)
from integrations.sources.mapped.schema import Document, Format, Lots, Pair, Value, Week
from integrations.sources.mapped.tables import Section
from integrations.sources.mapped.toml_lines import Place, shown_place
from parking.boundary.feeds import FeedBroken
from parking.kernel.errors import N_
from parking.kernel.vocabulary import Access, LotKind, SpaceClass

Numbers = Sequence[tuple[Place, Value]]
_SPAN = re.compile(r"(\w\w)(?:\s*-\s*(\w\w))?")


def crs_of(section: Section) -> str | None:
    """A coordinate system that is known: a datum or an EPSG code."""
    return section.checked("crs", _crs, "unknown_crs", N_("第 %(line)s 行：未知的坐标系 %(told)s"))


def _crs(told: str) -> str:
    try:
        check_crs(told)
    except FeedBroken as broken:
        raise ValueError(str(broken)) from None
    return told


def own_document(section: Section, common: Document | None) -> Document | None:
    """The part's own [document], else the common one."""
    told = section.section("document")
    document = common if told is None else document_of(told) or ANY_TABLE
    if told is None and common is None:
        section.missing("document")
    return document


def lots_of(section: Section, common: Document | None, defaults: Defaults) -> Lots | None:
    """The part as told; None after a fault was noted."""
    document = own_document(section, common)
    records = records_of(section, document)
    lot_id = value_of(section, "id", defaults, needed=True)
    name = value_of(section, "name", defaults, needed=True)
    metres = section.has("max_height_m")
    height_key = "max_height_m" if metres else "max_height_cm"
    place = _pair(section, document, defaults)
    where = wheres_of(section)
    spaces = _spaces(section, defaults)
    kind = word_of(section, "kind", [each.value for each in LotKind], defaults)
    access = word_of(section, "access", [each.value for each in Access], defaults)
    plain = {
        key: value_of(section, key, defaults) for key in ("address", "operator", "hours", "fees", height_key)
    }
    section.has("max_height_cm")
    snapshot = value_of(section, "snapshot", defaults)
    week = tuple(w for told in section.sections("week") if (w := _week(told, defaults)) is not None)
    section.end()
    if document is None or records is None or lot_id is None or name is None:
        return None
    _same_twice(
        section, lot_id, name, [(("spaces", each.value), value) for each, value in spaces.items()], place
    )
    return Lots(
        document, records, lot_id, name, place, where, spaces, kind, access,
        plain["address"], plain["operator"], plain["hours"], week, plain["fees"], plain[height_key], metres,
        snapshot,
    )  # fmt: skip


def _spaces(section: Section, defaults: Defaults) -> dict[SpaceClass, Value]:
    """The number of spaces: one value is of the general class, a table tells several classes."""
    told = section.values.get("spaces")
    known = [each.value for each in SpaceClass]
    if not isinstance(told, dict) or told.keys() & ORIGINS:
        value = value_of(section, "spaces", defaults)
        return {} if value is None else {SpaceClass.GENERAL: value}
    inner = section.section("spaces")
    assert inner is not None
    found = {word: value_of(inner, word, defaults) for word in known}
    inner.end()
    return {SpaceClass(word): value for word, value in found.items() if value is not None}


def _pair(section: Section, document: Document | None, defaults: Defaults) -> Pair | None:
    inner_crs = crs_of(section)
    north, east = value_of(section, "lat", defaults), value_of(section, "lon", defaults)
    both = value_of(section, "point", defaults)
    order = section.choice("order", ("lat lon", "lon lat"))
    if (north is None) != (east is None) or (north is not None and both is not None):
        section.refuse(
            "lat" if north else "lon", "half_place", N_("第 %(line)s 行：位置要有 lat 和 lon，或只有 point")
        )
    if north is None and both is None and document is not None and document.format is Format.GEOJSON:
        both = value_of(
            Section({"point": "geometry.coordinates"}, section.place, section.notes), "point", defaults
        )
    if north is None and both is None:
        return None
    return Pair(north, east, both, order == "lat lon", inner_crs)


def _week(section: Section, defaults: Defaults) -> Week | None:
    opens = value_of(section, "opens", defaults, needed=True)
    closes = value_of(section, "closes", defaults, needed=True)
    days: tuple[int, ...] = ()
    told = None
    if isinstance(section.values.get("days"), dict):
        told = value_of(section, "days", defaults)
    elif section.has("days"):
        text = N_("第 %(line)s 行：%(told)s 不是星期，应像 Mo-Fr 或 Sa,Su")
        days = section.checked("days", days_of, "bad_days", text) or ()
    else:
        section.missing("days")
    section.end()
    return None if opens is None or closes is None else Week(opens, closes, days, told)


def days_of(told: str) -> tuple[int, ...]:
    """Positions of the days in "Mo-Fr" or "Sa,Su", Monday is 0. Raises ValueError."""
    found: set[int] = set()
    for part in told.split(","):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            raise ValueError(part)
        first = DAYS.index(match[1])
        last = DAYS.index(match[2] or match[1])
        found |= {day % 7 for day in range(first, last + 1 if last >= first else last + 8)}
    return tuple(sorted(found))


def _same_twice(section: Section, lot_id: Value, name: Value, numbers: Numbers, place: Pair | None) -> None:
    """A name may fall back on the id where none is told; one that never is anything else is doubted."""
    if {path.place for path in name.paths} == {path.place for path in lot_id.paths}:
        doubt_same(section, [(("id",), lot_id), (("name",), name)])
    doubt_same(section, [(("id",), lot_id), *numbers])
    if place and place.north and place.east:
        doubt_same(section, [(("id",), lot_id), (("lat",), place.north), (("lon",), place.east)])


def doubt_same(section: Section, numbers: Numbers) -> None:
    """Note every value of one record that is read from a place where one before it is read."""
    for position, (name, value) in enumerate(numbers):
        for seen, other in numbers[:position]:
            if shared := _shared(value, other):
                text = N_("第 %(line)s 行：%(field)s 与 %(other)s 读的是同一处 %(path)s")
                told = shown_place((*section.place, *seen))
                section.notes.doubt((*section.place, *name), "same_field", text, other=told, path=shared)
                break


def _shared(one: Value, other: Value) -> str | None:
    """A place that both may read, None where there is none. "12/80" cut before and after its mark is two."""
    if one.after != other.after and ((one.before and other.after) or (one.after and other.before)):
        return None
    places = {path.place for path in other.paths}
    return next((path.text for path in one.paths if path.place in places), None)
