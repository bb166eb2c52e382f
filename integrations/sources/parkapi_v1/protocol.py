"""What does a ParkAPI v1 document say of each lot, and of its free spaces?

Its times have no offset and are UTC by the format's own definition; the recorded feeds keep to it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from integrations.documents import json_document
from integrations.hours import osm_text
from integrations.places import check_crs, place
from integrations.records import (
    MAX_RECORDS,
    Harvest,
    Refused,
    count,
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
from parking.kernel.vocabulary import LotKind, SpaceClass

# The state replaces the number: with these, scrapers write any "free" or none.
_WITHOUT_COUNT = frozenset({"nodata", "unknown", "closed"})
_WITH_COUNT = frozenset({"open", "many", "few", "full"})
_KINDS = {
    "parkhaus": LotKind.OFF_STREET,
    "tiefgarage": LotKind.OFF_STREET,
    "parkplatz": LotKind.OFF_STREET,
    "straßenparkplatz": LotKind.ON_STREET,
}


def parse(body: bytes, context: ParseContext) -> Parsed:
    """Read the one document of a city. Raises FeedBroken when it is not ParkAPI v1."""
    check_crs(context.crs)
    document = json_document(body)
    lots = document.get("lots") if isinstance(document, dict) else None
    if not isinstance(lots, list):
        raise FeedBroken(BreakReason.UNKNOWN_DOCUMENT, "no list of lots")
    harvest = Harvest()
    as_of = harvest.attempt(
        "document", instant, document.get("last_updated"), "last_updated", context.received_at, UTC
    )
    if len(lots) > MAX_RECORDS:
        harvest.refuse("*", ProblemKind.TOO_LARGE, None, f"{len(lots)} records, {MAX_RECORDS} read")
    for position, entry in enumerate(lots[:MAX_RECORDS], 1):
        harvest.next_record()
        _read(entry, f"#{position}", as_of, context, harvest)
    return harvest.parsed()


def _read(entry: Any, where: str, as_of: datetime | None, context: ParseContext, harvest: Harvest) -> None:
    if not isinstance(entry, dict):
        harvest.refuse(where, ProblemKind.BAD_VALUE, None, f"{shown(entry)} is no lot")
        return
    external_id = harvest.attempt(where, identifier, entry.get("id"))
    if external_id is None:
        return
    harvest.keep_lot(harvest.attempt(external_id, _lot, entry, external_id, context, harvest))
    if as_of is not None:
        harvest.keep_count(harvest.attempt(external_id, _count, entry, external_id, as_of))


def _lot(entry: dict[str, Any], external_id: str, context: ParseContext, harvest: Harvest) -> LotRecord:
    name = text(entry.get("name"), "name")
    spaces = {SpaceClass.GENERAL: whole(entry.get("total"), "total")}
    # Beside the total, not within it: real feeds tell lots of total 0 with one space for disabled drivers.
    accessible = harvest.attempt_told(external_id, whole, entry.get("total:disabled"), "total:disabled")
    if accessible:
        spaces[SpaceClass.ACCESSIBLE] = accessible
    if not any(spaces.values()):
        harvest.refuse(external_id, ProblemKind.PLACEHOLDER, "total", "a lot of no spaces")
        spaces = {}
    coordinates = entry.get("coords")
    if not isinstance(coordinates, dict):
        raise Refused(ProblemKind.MISSING_FIELD, "coords")
    found = place(
        number(coordinates.get("lat"), "coords.lat"),
        number(coordinates.get("lng"), "coords.lng"),
        context.crs,
        "coords",
    )
    hours, note = _hours(entry.get("opening_hours"), external_id, harvest)
    return LotRecord(
        external_id=external_id,
        name=name,
        **found,
        spaces=spaces,
        kind=_KINDS.get(str(entry.get("lot_type")).lower()),
        address=harvest.attempt_told(external_id, text, entry.get("address"), "address"),
        opening_hours=hours,
        hours_note=note,
    )


def _hours(told: Any, external_id: str, harvest: Harvest) -> tuple[str | None, str | None]:
    hours = harvest.attempt_told(external_id, osm_text, told)
    if told is None or told == "" or hours is not None:
        return hours, None
    return None, " ".join(told.split())[:200] if isinstance(told, str) else None


def _count(entry: dict[str, Any], external_id: str, as_of: datetime) -> CountRecord | None:
    told = entry.get("state")
    state = told if isinstance(told, str) else ""
    if state in _WITHOUT_COUNT:
        return None
    if state not in _WITH_COUNT:
        raise Refused(ProblemKind.BAD_VALUE, "state", f"{shown(told)} is no state")
    if entry.get("free") is None:
        raise Refused(ProblemKind.NO_COUNT, "free", f"state {state} without a number")
    free = whole(entry.get("free"), "free")
    told_total = entry.get("total")
    capacity = whole(told_total, "total") if told_total is not None else None
    if free == 0 and capacity == 0:
        raise Refused(ProblemKind.PLACEHOLDER, "free", "nothing of nothing")
    return count(external_id, as_of, free=free, capacity=capacity)
