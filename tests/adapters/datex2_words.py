"""What does a DATEX II document look like, in both profiles?"""

from datetime import UTC, datetime

from integrations.registry import SOURCE_ADAPTERS
from parking.boundary.feeds import ParseContext, Parsed, ProblemKind

NOW = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)


TABLE, STATUS = "parkingTablePublication", "parkingStatusPublication"


FACILITIES, FACILITY_STATUS = "parkingFacilityTablePublication", "parkingFacilityTableStatusPublication"


def document(publication: str, inner: str, root: str = 'xmlns="http://datex2.eu/schema/2/2_0"') -> str:
    return (
        f'<d2LogicalModel {root} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<payloadPublication xsi:type="GenericPublication"><genericPublicationExtension>'
        f"<{publication}>{inner}</{publication}></genericPublicationExtension></payloadPublication></d2LogicalModel>"
    )


def parse(text: str, zone: str = "Asia/Shanghai", crs: str = "wgs84") -> Parsed:
    return SOURCE_ADAPTERS["datex2"].parse(text.encode(), ParseContext(NOW, zone, crs))


def record(extra: str = "", spaces: str = "120", kind: str = "UrbanParkingSite") -> str:
    return (
        f'<parkingRecord id="P1" xsi:type="{kind}">'
        "<parkingName><values><value>East</value></values></parkingName>"
        f"<parkingNumberOfSpaces>{spaces}</parkingNumberOfSpaces><parkingLocation><locationForDisplay>"
        "<latitude>32.06</latitude><longitude>120.62</longitude></locationForDisplay></parkingLocation>"
        f"{extra}</parkingRecord>"
    )


def facility(extra: str = "", lat: str = "32.06", lon: str = "120.62") -> str:
    return (
        '<parkingFacility id="P1">'
        "<parkingFacilityName><values><value>East</value></values></parkingFacilityName>"
        "<totalParkingCapacity>120</totalParkingCapacity><facilityLocation><locationForDisplay>"
        f"<latitude>{lat}</latitude><longitude>{lon}</longitude></locationForDisplay></facilityLocation>{extra}"
        "</parkingFacility>"
    )


def status(occupancy: str, extra: str = "", time: str = "2026-11-21T08:29:00+08:00") -> str:
    return document(
        STATUS,
        '<parkingRecordStatus><parkingRecordReference id="P1"/>'
        f"<parkingStatusOriginTime>{time}</parkingStatusOriginTime>"
        f"<parkingOccupancy>{occupancy}</parkingOccupancy>{extra}</parkingRecordStatus>",
    )


def facility_status(inner: str, time: str = "2026-11-21T08:29:00+08:00") -> str:
    return document(
        FACILITY_STATUS,
        '<parkingFacilityStatus><parkingFacilityReference id="P1"/>'
        f"<parkingFacilityStatusTime>{time}</parkingFacilityStatusTime>{inner}</parkingFacilityStatus>",
    )


def only_problem(parsed: Parsed) -> tuple[ProblemKind, str | None]:
    (problem,) = parsed.problems
    assert problem.record == "P1"
    return problem.kind, problem.field
