"""Which records does a DATEX II document hold? Their values are read in `lots` and `counts`."""

from __future__ import annotations

from lxml.etree import _Element

from integrations.documents import local_name, xml_elements
from integrations.places import check_crs
from integrations.records import MAX_RECORDS, Harvest
from integrations.sources.datex2.counts import STATUS_PROFILES, read_count
from integrations.sources.datex2.elements import xsi_type
from integrations.sources.datex2.lots import PROFILES, read_lot
from parking.boundary.feeds import BreakReason, FeedBroken, ParseContext, Parsed, ProblemKind

_NAMESPACE = "http://datex2.eu/schema/2/"
_ROOT = "d2LogicalModel"
_PAYLOAD = "payloadPublication"
_PUBLICATIONS = frozenset(
    {
        "parkingTablePublication",
        "parkingStatusPublication",
        "parkingFacilityTablePublication",
        "parkingFacilityTableStatusPublication",
    }
)
_STARTED = (_ROOT, _PAYLOAD, *sorted(_PUBLICATIONS))
_ENDED = (*PROFILES, *STATUS_PROFILES)


def parse(body: bytes, context: ParseContext) -> Parsed:
    """Read a table, a status or both. Raises FeedBroken when the document is not DATEX II 2 about parking."""
    check_crs(context.crs)
    harvest = Harvest()
    version_known = parking_known = False
    records = 0
    for event, element in xml_elements(body, _STARTED, _ENDED):
        name = local_name(element)
        if event == "start":
            version_known = version_known or (name == _ROOT and _is_version_2(element))
            parking_known = parking_known or _is_about_parking(name, element)
        elif not _is_a_status_word(element):
            records += 1
            if records <= MAX_RECORDS:
                harvest.next_record()
                _read(name, element, f"#{records}", context, harvest)
    if not version_known:
        raise FeedBroken(BreakReason.UNKNOWN_DOCUMENT, "not DATEX II version 2")
    if not parking_known:
        raise FeedBroken(BreakReason.UNKNOWN_DOCUMENT, "no publication about parking")
    if records > MAX_RECORDS:
        harvest.refuse("*", ProblemKind.TOO_LARGE, None, f"{records} records, {MAX_RECORDS} read")
    return harvest.parsed()


def _read(name: str, element: _Element, where: str, context: ParseContext, harvest: Harvest) -> None:
    if name in PROFILES:
        read_lot(element, PROFILES[name], where, context, harvest)
    else:
        read_count(element, STATUS_PROFILES[name], where, context, harvest)


def _is_version_2(root: _Element) -> bool:
    return str(root.tag).startswith("{" + _NAMESPACE) or root.get("modelBaseVersion") == "2"


def _is_about_parking(name: str, element: _Element) -> bool:
    told = xsi_type(element)
    return name in _PUBLICATIONS or (name == _PAYLOAD and told[:1].lower() + told[1:] in _PUBLICATIONS)


def _is_a_status_word(element: _Element) -> bool:
    """The older profile gives a status record and the words inside it the same name."""
    parent = element.getparent()
    return parent is not None and local_name(parent) == local_name(element)
