"""How would each dialect say the same thing? One row in, a document of each format out, faults included."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from csv import DictWriter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from io import StringIO
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest

from integrations.registry import SOURCE_ADAPTERS
from parking.boundary.feeds import ParseContext, Parsed

NOW = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
AS_OF = "2026-11-21T00:29:41Z"


def row(number: int, **faults: Any) -> dict[str, Any]:
    """A lot with its count; `faults` replace values, None leaves one out."""
    good = {
        "id": f"Q{number:03}",
        "name": f"第{number}停车场",
        "lat": 32.05 + number / 1000,
        "lon": 120.60 + number / 1000,
        "total": 100 + number,
        "free": 10 + number,
        "as_of": AS_OF,
    }
    return good | faults


ROWS = [row(number) for number in range(1, 6)]


@dataclass(frozen=True)
class Dialect:
    """A format: how rows become its lots and its counts, and whether each count has its own time."""

    name: str
    lots: Callable[[Sequence[dict[str, Any]]], str]
    counts: Callable[[Sequence[dict[str, Any]]], str]
    own_times: bool = True
    is_json: bool = False
    ends_visibly: bool = True

    def __str__(self) -> str:
        return self.name


def _tag(name: str, value: object) -> str:
    return "" if value is None else f"<p:{name}>{escape(str(value))}</p:{name}>"


def _attribute(value: object) -> str:
    return "" if value is None else f" id={quoteattr(str(value))}"


def _datex2(publication: str, inner: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><p:d2LogicalModel xmlns:p="http://datex2.eu/schema/2/2_0"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" modelBaseVersion="2">'
        '<p:payloadPublication xsi:type="p:GenericPublication"><p:genericPublicationExtension>'
        f"<p:{publication}>"
        f"{inner}</p:{publication}></p:genericPublicationExtension></p:payloadPublication></p:d2LogicalModel>"
    )


def _name(tag: str, value: object) -> str:
    return "" if value is None else f"<p:{tag}><p:values>{_tag('value', value)}</p:values></p:{tag}>"


def _records(rows: Sequence[dict[str, Any]]) -> str:
    inner = "".join(
        f"<p:parkingRecord{_attribute(r['id'])}>{_name('parkingName', r['name'])}"
        f"{_tag('parkingNumberOfSpaces', r['total'])}"
        "<p:parkingLocation><p:pointByCoordinates><p:pointCoordinates>"
        f"{_tag('latitude', r['lat'])}{_tag('longitude', r['lon'])}"
        "</p:pointCoordinates></p:pointByCoordinates></p:parkingLocation></p:parkingRecord>"
        for r in rows
    )
    return _datex2("parkingTablePublication", f"<p:parkingTable>{inner}</p:parkingTable>")


def _statuses(rows: Sequence[dict[str, Any]]) -> str:
    inner = "".join(
        f"<p:parkingRecordStatus><p:parkingRecordReference{_attribute(r['id'])}/>"
        f"{_tag('parkingStatusOriginTime', r['as_of'])}"
        f"<p:parkingOccupancy>{_tag('parkingNumberOfVacantSpaces', r['free'])}</p:parkingOccupancy>"
        "</p:parkingRecordStatus>"
        for r in rows
    )
    return _datex2("parkingStatusPublication", inner)


def _facilities(rows: Sequence[dict[str, Any]]) -> str:
    inner = "".join(
        f"<p:parkingFacility{_attribute(r['id'])}>{_name('parkingFacilityName', r['name'])}"
        f"{_tag('totalParkingCapacity', r['total'])}<p:facilityLocation><p:locationForDisplay>"
        f"{_tag('latitude', r['lat'])}{_tag('longitude', r['lon'])}"
        "</p:locationForDisplay></p:facilityLocation></p:parkingFacility>"
        for r in rows
    )
    return _datex2(
        "parkingFacilityTablePublication", f"<p:parkingFacilityTable>{inner}</p:parkingFacilityTable>"
    )


def _facility_statuses(rows: Sequence[dict[str, Any]]) -> str:
    inner = "".join(
        f"<p:parkingFacilityStatus><p:parkingFacilityReference{_attribute(r['id'])}/>"
        "<p:parkingFacilityStatus>open</p:parkingFacilityStatus>"
        f"{_tag('parkingFacilityStatusTime', r['as_of'])}"
        f"{_tag('totalNumberOfVacantParkingSpaces', r['free'])}</p:parkingFacilityStatus>"
        for r in rows
    )
    return _datex2("parkingFacilityTableStatusPublication", inner)


def _without_none(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value is not None}


def _city(rows: Sequence[dict[str, Any]]) -> str:
    lots = [
        _without_none(
            {
                "id": r["id"],
                "name": r["name"],
                "coords": _without_none({"lat": r["lat"], "lng": r["lon"]}),
                "total": r["total"],
                "free": r["free"],
                "state": "many",
            }
        )
        for r in rows
    ]
    as_of = next((r["as_of"] for r in rows), AS_OF)
    return json.dumps(_without_none({"last_updated": as_of and str(as_of).removesuffix("Z"), "lots": lots}))


def _plain_lots(rows: Sequence[dict[str, Any]]) -> str:
    lots = [
        {key: r[key] for key in ("id", "name", "lat", "lon") if r[key] is not None}
        | {"counts": [{"class": "general", "capacity": r["total"]}]}
        for r in rows
    ]
    return json.dumps({"parking": "1", "lots": lots})


def _plain_counts(rows: Sequence[dict[str, Any]]) -> str:
    lots = [
        _without_none({"id": r["id"]})
        | {"counts": [_without_none({"class": "general", "free": r["free"], "as_of": r["as_of"]})]}
        for r in rows
    ]
    return json.dumps({"parking": "1", "lots": lots})


def _rows(rows: Sequence[dict[str, Any]], what: str) -> str:
    return json.dumps({"data": {"park": [_without_none({"what": what, **r}) for r in rows]}})


def _elements(rows: Sequence[dict[str, Any]], what: str) -> str:
    lots = "".join(
        f"<p:Lot{_attribute(r['id'])}><p:what>{what}</p:what>"
        f"{''.join(_tag(key, r[key]) for key in r if key != 'id')}</p:Lot>"
        for r in rows
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><p:City xmlns:p="urn:x"><p:Lots>{lots}</p:Lots></p:City>'


def _lines(rows: Sequence[dict[str, Any]], what: str) -> str:
    text = StringIO()
    table = DictWriter(text, ["what", *row(0)])
    table.writeheader()
    table.writerows({"what": what, **r} for r in rows)
    return text.getvalue()


def _mapped(
    name: str, build: Callable[[Sequence[dict[str, Any]], str], str], **traits: bool
) -> tuple[str, Dialect]:
    return (
        f"mapped:{name}",
        Dialect(f"mapped, {name}", partial(build, what="lot"), partial(build, what="count"), **traits),
    )


_MAPPED = """version = 1
[document]
format = "{format}"
[lots]
records = "{records}"
id = "{id}"
name = "name"
lat = "lat"
lon = "lon"
spaces = "total"
where = [{{ path = "what", is = ["lot"] }}]
[counts]
records = "{records}"
id = "{id}"
time = "as_of"
where = [{{ path = "what", is = ["count"] }}]
[[counts.counters]]
free = "free"
"""
# By what stands behind the adapter's name in DIALECTS.
MAPPINGS = {
    "json": _MAPPED.format(format="json", records="data.park.*", id="id"),
    "xml": _MAPPED.format(format="xml", records="City.Lots.Lot.*", id="@id"),
    "csv": _MAPPED.format(format="csv", records="*", id="id"),
}

DIALECTS = (
    ("datex2", Dialect("datex2, newer profile", _records, _statuses)),
    ("datex2", Dialect("datex2, older profile", _facilities, _facility_statuses)),
    ("parkapi_v1", Dialect("parkapi_v1", _city, _city, own_times=False, is_json=True)),
    ("plain", Dialect("plain", _plain_lots, _plain_counts, is_json=True)),
    _mapped("json", _rows, is_json=True),
    _mapped("xml", _elements),
    _mapped("csv", _lines, ends_visibly=False),
)
# Each adapter, and the mapped one once for each kind of document.
ADAPTERS = tuple(dict.fromkeys(name for name, _ in DIALECTS))

every_dialect = pytest.mark.parametrize(("adapter", "dialect"), DIALECTS, ids=str)


def parse(
    adapter: str,
    document: str | bytes,
    *,
    now: datetime = NOW,
    crs: str = "wgs84",
    mapping: str | None = None,
) -> Parsed:
    """What an adapter reads in a document that came at `now`; behind ":" stands how it is mapped."""
    body = document.encode() if isinstance(document, str) else document
    name, _, which = adapter.partition(":")
    context = ParseContext(now, crs=crs, mapping=mapping or MAPPINGS.get(which))
    return SOURCE_ADAPTERS[name].parse(body, context)
