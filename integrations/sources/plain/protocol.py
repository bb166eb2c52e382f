"""What does a document of our own plain format say? It is described in docs/feeds.md; null means unknown."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from integrations.documents import json_document
from integrations.hours import osm_text
from integrations.places import check_crs, place
from integrations.records import (
    MAX_RECORDS,
    Harvest,
    Refused,
    count,
    height_cm,
    identifier,
    instant,
    number,
    shown,
    text,
    whole,
)
from parking.boundary.feeds import (
    BreakReason,
    CountRecord,
    FeedBroken,
    LotRecord,
    ParseContext,
    Parsed,
    ProblemKind,
)
from parking.kernel.vocabulary import Access, Datum, LotKind, SpaceClass

_VERSION = "1"
W = TypeVar("W", LotKind, Access, Datum, SpaceClass)
# One of these makes an entry the description of a lot; without them it only counts.
_DESCRIBES = ("name", "lat", "lon")


def parse(body: bytes, context: ParseContext) -> Parsed:
    """Read lots, counts or both. Raises FeedBroken when it is not version 1 of our format."""
    check_crs(context.crs)
    document = json_document(body)
    if not isinstance(document, dict) or document.get("parking") != _VERSION:
        raise FeedBroken(BreakReason.UNKNOWN_DOCUMENT, f'"parking": "{_VERSION}" is missing')
    lots = document.get("lots")
    if not isinstance(lots, list):
        raise FeedBroken(BreakReason.UNKNOWN_DOCUMENT, "no list of lots")
    harvest = Harvest()
    told = document.get("generated_at")
    generated_at = harvest.attempt_told("document", instant, told, "generated_at", context.received_at, None)
    if len(lots) > MAX_RECORDS:
        harvest.refuse("*", ProblemKind.TOO_LARGE, None, f"{len(lots)} records, {MAX_RECORDS} read")
    for position, entry in enumerate(lots[:MAX_RECORDS], 1):
        harvest.next_record()
        _read(entry, f"#{position}", generated_at, context, harvest)
    return harvest.parsed()


def _read(
    entry: Any, where: str, generated_at: datetime | None, context: ParseContext, harvest: Harvest
) -> None:
    if not isinstance(entry, dict):
        harvest.refuse(where, ProblemKind.BAD_VALUE, None, f"{shown(entry)} is no lot")
        return
    external_id = harvest.attempt(where, identifier, entry.get("id"))
    if external_id is None:
        return
    counts = entry.get("counts")
    if counts is not None and not isinstance(counts, list):
        harvest.refuse(external_id, ProblemKind.BAD_VALUE, "counts", f"{shown(counts)} is no list")
    groups = counts if isinstance(counts, list) else []
    if any(entry.get(field) is not None for field in _DESCRIBES):
        lot = harvest.attempt(external_id, _lot, entry, groups, external_id, context, harvest)
        harvest.keep_lot(lot)
    for group in groups:
        found = harvest.attempt(external_id, _count, group, external_id, generated_at, context)
        harvest.keep_count(found)


def _lot(
    entry: dict[str, Any], groups: list[Any], external_id: str, context: ParseContext, harvest: Harvest
) -> LotRecord:
    told = harvest.attempt_told
    name = text(entry.get("name"), "name")
    datum = entry.get("datum")
    found = place(
        number(entry.get("lat"), "lat"),
        number(entry.get("lon"), "lon"),
        context.crs if datum is None else _word(Datum, datum, "datum").value,
    )
    hours = told(external_id, osm_text, entry.get("opening_hours"))
    kind = told(external_id, lambda word: _word(LotKind, word, "kind"), entry.get("kind"))
    access = told(external_id, lambda word: _word(Access, word, "access"), entry.get("access"))
    return LotRecord(
        external_id=external_id,
        name=name,
        **found,
        spaces=_spaces(groups),
        kind=kind,
        access=access,
        address=told(external_id, text, entry.get("address"), "address"),
        operator_name=told(external_id, text, entry.get("operator"), "operator"),
        opening_hours=hours,
        hours_note=_note(entry, hours, external_id, harvest),
        max_height_cm=told(external_id, height_cm, entry.get("max_height_cm"), "max_height_cm"),
    )


def _note(entry: dict[str, Any], hours: str | None, external_id: str, harvest: Harvest) -> str | None:
    told = entry.get("hours_note")
    if told is None and hours is None and isinstance(entry.get("opening_hours"), str):
        told = " ".join(entry["opening_hours"].split())[:200]
    return harvest.attempt_told(external_id, text, told, "hours_note")


def _spaces(groups: list[Any]) -> dict[SpaceClass, int]:
    """The capacities by class; what is wrong with a group is told where its count is read."""
    spaces: dict[SpaceClass, int] = {}
    for group in groups:
        try:
            space_class = _word(SpaceClass, group["class"], "class")
            spaces.setdefault(space_class, whole(group["capacity"], "capacity"))
        except (Refused, TypeError, KeyError):
            continue
    return spaces


def _count(
    group: Any, external_id: str, generated_at: datetime | None, context: ParseContext
) -> CountRecord | None:
    if not isinstance(group, dict):
        raise Refused(ProblemKind.BAD_VALUE, "counts", f"{shown(group)} is no count")
    space_class = _word(SpaceClass, group.get("class"), "class")
    free = _unless_null(group, "free")
    occupied = _unless_null(group, "occupied")
    capacity = _unless_null(group, "capacity")
    if free is None and occupied is None:
        if capacity is None and not {"free", "occupied", "capacity"} & group.keys():
            raise Refused(ProblemKind.NO_COUNT, "counts", "neither free, occupied nor capacity")
        return None
    told = group.get("as_of")
    as_of = generated_at if told is None else instant(told, "as_of", context.received_at, None)
    if as_of is None:
        raise Refused(ProblemKind.MISSING_FIELD, "as_of")
    event_id = group.get("event_id")
    return count(
        external_id,
        as_of,
        space_class=space_class,
        free=free,
        occupied=occupied,
        capacity=capacity,
        event_id=None if event_id is None else identifier(event_id, "event_id"),
    )


def _unless_null(group: dict[str, Any], field: str) -> int | None:
    told = group.get(field)
    return None if told is None else whole(told, field)


def _word(words: type[W], told: Any, field: str) -> W:
    if told is None:
        raise Refused(ProblemKind.MISSING_FIELD, field)
    try:
        return words(told)
    except ValueError:
        raise Refused(ProblemKind.BAD_VALUE, field, f"{shown(told)} is not known") from None
