"""How do lots and counts look in DATEX II v2: ParkingTable, and the older ParkingFacilityTable?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from parking.entrypoints.simulator.documents.reading import Reading, Tally

_D2 = "http://datex2.eu/schema/2/2_0"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
# None is the default namespace; the stubs know only text.
_NAMESPACES: Any = {None: _D2, "xsi": _XSI}
_TYPE = f"{{{_XSI}}}type"
_ORGANISATION = "CN-320699"


def table(slug: str, readings: Sequence[Reading], at: datetime, *, generic: bool) -> bytes:
    """ParkingTable: the lots."""
    root, publication = _publication("ParkingTablePublication", at, generic)
    _header(publication)
    lots = _add(publication, "parkingTable", id=slug, version="1")
    _add(lots, "parkingTableVersionTime", _time(at))
    for reading in readings:
        lot = reading.lot
        record = _add(lots, "parkingRecord", {_TYPE: "UrbanParkingSite"}, id=lot.external_id, version="1")
        _value(_add(record, "parkingName"), lot.name)
        _add(record, "parkingRecordVersionTime", _time(at))
        _add(record, "parkingNumberOfSpaces", str(reading.general.capacity))
        location = _add(record, "parkingLocation", {_TYPE: "Point"})
        point = _add(_add(location, "pointByCoordinates"), "pointCoordinates")
        _degrees(point, reading)
        _opening_times(record, lot.opening_hours)
        _add(record, "urbanParkingSiteType", "onStreetParking" if lot.on_street else "offStreetParking")
    return _bytes(root)


def status(slug: str, readings: Sequence[Reading], at: datetime, *, generic: bool) -> bytes:
    """ParkingStatus: the counts of the lots of `table`."""
    root, publication = _publication("ParkingStatusPublication", at, generic)
    _add(publication, "parkingTableReference", id=slug, version="1", targetClass="ParkingTable")
    _header(publication)
    for reading in readings:
        record = _add(publication, "parkingRecordStatus", {_TYPE: "ParkingSiteStatus"})
        reference = {"id": reading.lot.external_id, "version": "1", "targetClass": "ParkingRecord"}
        _add(record, "parkingRecordReference", reference)
        _add(record, "parkingStatusOriginTime", _time(reading.as_of))
        occupancy = _add(record, "parkingOccupancy")
        _add(occupancy, "parkingNumberOfSpacesOverride", str(reading.general.capacity))
        _add(occupancy, "parkingNumberOfVacantSpaces", str(reading.general.free))
        _add(occupancy, "parkingNumberOfOccupiedSpaces", str(reading.general.occupied))
        _add(record, "parkingSiteStatus", _word(reading.general))
        _add(record, "parkingSiteOpeningStatus", "openingTimesInForce")
    return _bytes(root)


def facility_table(slug: str, readings: Sequence[Reading], at: datetime, *, generic: bool) -> bytes:
    """ParkingFacilityTable, as cities serve it that began before ParkingTable was made."""
    root, publication = _publication("ParkingFacilityTablePublication", at, generic)
    _header(publication)
    lots = _add(publication, "parkingFacilityTable", id=slug, version="1")
    _add(lots, "parkingFacilityTableVersionTime", _time(at))
    for reading in readings:
        lot = reading.lot
        record = _add(lots, "parkingFacility", id=lot.external_id, version="1.0")
        _value(_add(record, "parkingFacilityName"), lot.name)
        _add(record, "parkingFacilityRecordVersionTime", _time(at))
        _add(record, "totalParkingCapacity", str(reading.general.capacity))
        location = _add(record, "facilityLocation", {_TYPE: "Area"})
        _degrees(_add(location, "locationForDisplay"), reading)
        if lot.max_height_cm:
            vehicles = _add(record, "characteristicsOfPermittedVehicles")
            height = _add(vehicles, "heightCharacteristic")
            _add(height, "comparisonOperator", "lessThanOrEqualTo")
            _add(height, "vehicleHeight", f"{lot.max_height_cm / 100:.2f}")
        _add(_add(record, "owner"), "contactName", lot.operator)
    return _bytes(root)


def facility_status(slug: str, readings: Sequence[Reading], at: datetime, *, generic: bool) -> bytes:
    """ParkingFacilityTableStatus: the counts of the lots of `facility_table`."""
    root, publication = _publication("ParkingFacilityTableStatusPublication", at, generic)
    _header(publication)
    reference = {"targetClass": "ParkingFacilityTable", "version": "1", "id": slug}
    _add(publication, "parkingFacilityTableReference", reference)
    for reading in readings:
        record = _add(publication, "parkingFacilityStatus")
        lot = {"targetClass": "ParkingFacility", "version": "1.0", "id": reading.lot.external_id}
        _add(record, "parkingFacilityReference", lot)
        _add(record, "parkingFacilityStatus", _word(reading.general))
        _add(record, "parkingFacilityStatus", "open")
        _add(record, "parkingFacilityStatusTime", _time(reading.as_of))
        _add(record, "totalNumberOfOccupiedParkingSpaces", str(reading.general.occupied))
        _add(record, "totalNumberOfVacantParkingSpaces", str(reading.general.free))
    return _bytes(root)


def _publication(name: str, at: datetime, generic: bool) -> tuple[etree._Element, etree._Element]:
    """The document's root, and the element that holds what the publication `name` tells."""
    root = etree.Element(f"{{{_D2}}}d2LogicalModel", nsmap=_NAMESPACES)
    root.set("modelBaseVersion", "2")
    supplier = _add(_add(root, "exchange"), "supplierIdentification")
    _organisation(supplier)
    payload = _add(root, "payloadPublication", {_TYPE: "GenericPublication" if generic else name}, lang="zh")
    _add(payload, "publicationTime", _time(at))
    _organisation(_add(payload, "publicationCreator"))
    if not generic:
        return root, payload
    _add(payload, "genericPublicationName", name)
    extension = _add(payload, "genericPublicationExtension")
    return root, _add(extension, name[0].lower() + name[1:])


def _organisation(parent: etree._Element) -> None:
    # The country list of DATEX II v2 is Europe's; the rest of the world is "other".
    _add(parent, "country", "other")
    _add(parent, "nationalIdentifier", _ORGANISATION)


def _header(parent: etree._Element) -> None:
    header = _add(parent, "headerInformation")
    _add(header, "confidentiality", "noRestriction")
    _add(header, "informationStatus", "real")


def _value(parent: etree._Element, text: str) -> None:
    _add(_add(parent, "values"), "value", text, lang="zh")


def _degrees(parent: etree._Element, reading: Reading) -> None:
    _add(parent, "latitude", f"{reading.lot.lat:.6f}")
    _add(parent, "longitude", f"{reading.lot.lon:.6f}")


def _opening_times(record: etree._Element, told: str) -> None:
    """The same hours every day; what is not so simple is left out, as most feeds leave it."""
    daily = re.fullmatch(r"Mo-Su (\d\d:\d\d)-(\d\d:\d\d)", "Mo-Su 00:00-00:00" if told == "24/7" else told)
    if daily is None:
        return
    validity = _add(_add(record, "openingTimes"), "validity")
    _add(validity, "validityStatus", "definedByValidityTimeSpec")
    specification = _add(validity, "validityTimeSpecification")
    _add(specification, "overallStartTime", "2024-01-01T00:00:00+08:00")
    hours = _add(_add(specification, "validPeriod"), "recurringTimePeriodOfDay", {_TYPE: "TimePeriodByHour"})
    _add(hours, "startTimeOfPeriod", f"{daily[1]}:00")
    _add(hours, "endTimeOfPeriod", f"{daily[2]}:00")


def _word(tally: Tally) -> str:
    if tally.free <= 0:
        return "full"
    return "almostFull" if tally.free < tally.capacity * 0.05 else "spacesAvailable"


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _add(parent: etree._Element, tag: str, *told: str | dict[str, str], **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_D2}}}{tag}")
    for part in (*told, attributes):
        if isinstance(part, str):
            element.text = part
        else:
            for name, value in part.items():
                element.set(name, value)
    return element


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
