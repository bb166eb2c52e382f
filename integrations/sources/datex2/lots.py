"""What is a lot, in a parkingRecord of the newer profile or a parkingFacility of the older one?"""

from __future__ import annotations

from dataclasses import dataclass

from lxml.etree import _Element

from integrations.places import Placed, place
from integrations.records import Harvest, Refused, height_cm, identifier, number, text, whole
from integrations.sources.datex2.elements import multilingual, path, value, xsi_type
from integrations.sources.datex2.opening import note, opening_hours
from parking.boundary.feeds import LotRecord, ParseContext, ProblemKind
from parking.kernel.vocabulary import LotKind, SpaceClass

# Sums of lots, not lots.
GROUPS = frozenset({"GroupOfParkingSites", "GroupOfParkingSitesStatus"})
_COORDINATES = (
    path("pointByCoordinates", "pointCoordinates"),
    path("locationForDisplay"),
    ".//" + path("pointByCoordinates", "pointCoordinates"),
    ".//" + path("locationForDisplay"),
)
_SITE_TYPES = {"onStreetParking": LotKind.ON_STREET, "offStreetParking": LotKind.OFF_STREET}
_BUILT = frozenset(
    {
        "multiStorey",
        "underground",
        "undergroundAndMultistorey",
        "automatedParkingGarage",
        "nested",
        "coveredParking",
    }
)


@dataclass(frozen=True, slots=True)
class Profile:
    """The names that the two profiles give to the same things."""

    name: str
    spaces: str
    location: str
    layout: str


PROFILES = {
    "parkingRecord": Profile("parkingName", "parkingNumberOfSpaces", "parkingLocation", "parkingLayout"),
    "parkingFacility": Profile(
        "parkingFacilityName", "totalParkingCapacity", "facilityLocation", "parkingFacilityLayout"
    ),
}


def read_lot(
    element: _Element, profile: Profile, where: str, context: ParseContext, harvest: Harvest
) -> None:
    """Take one static record into the harvest, or note there what is wrong. `where` names it so far."""
    if xsi_type(element) in GROUPS:
        return
    external_id = harvest.attempt(where, identifier, element.get("id"))
    if external_id is not None:
        harvest.keep_lot(harvest.attempt(external_id, _lot, element, profile, external_id, context, harvest))


def _lot(
    element: _Element, profile: Profile, external_id: str, context: ParseContext, harvest: Harvest
) -> LotRecord:
    name = text(multilingual(element, profile.name), profile.name)
    spaces = whole(value(element, profile.spaces), profile.spaces)
    found = _place(element, profile, context)
    if spaces == 0:
        harvest.refuse(external_id, ProblemKind.PLACEHOLDER, profile.spaces, "a lot of no spaces")
    hours, hours_note = _hours(element, external_id, context, harvest)
    return LotRecord(
        external_id=external_id,
        name=name,
        **found,
        # The total includes the spaces that are assigned to somebody, and the live numbers count them with
        # the others: to tell them again as classes of their own would count them twice.
        spaces={SpaceClass.GENERAL: spaces} if spaces else {},
        kind=_kind(element, profile),
        address=harvest.attempt_told(external_id, text, _address(element), "parkingSiteAddress"),
        operator_name=_operator(element, external_id, harvest),
        opening_hours=hours,
        hours_note=hours_note,
        max_height_cm=harvest.attempt(external_id, _height, element),
    )


def _place(element: _Element, profile: Profile, context: ParseContext) -> Placed:
    location = element.find(path(profile.location))
    for way in _COORDINATES if location is not None else ():
        point = location.find(way) if location is not None else None
        if point is not None:
            return place(
                number(value(point, "latitude"), "latitude"),
                number(value(point, "longitude"), "longitude"),
                context.crs,
                "latitude",
            )
    raise Refused(ProblemKind.MISSING_FIELD, profile.location)


def _kind(element: _Element, profile: Profile) -> LotKind | None:
    told = _SITE_TYPES.get(value(element, "urbanParkingSiteType") or "")
    if told is None and value(element, profile.layout) in _BUILT:
        return LotKind.OFF_STREET
    return told


def _hours(
    element: _Element, external_id: str, context: ParseContext, harvest: Harvest
) -> tuple[str | None, str | None]:
    times = element.find(path("openingTimes"))
    if times is None or len(times) == 0:
        return None, None
    hours = opening_hours(times, context.received_at)
    if hours is not None:
        return hours, None
    words = note(times)
    harvest.refuse(external_id, ProblemKind.UNPARSED_HOURS, "openingTimes", (words or "")[:60])
    return None, words


def _height(element: _Element) -> int | None:
    """The clearance in centimetres: vehicles lower than a height in metres are permitted."""
    for permitted in ("characteristicsOfPermittedVehicles", "onlyAssignedParking"):
        for limit in element.iterfind(f"{path(permitted)}//{{*}}heightCharacteristic"):
            if value(limit, "comparisonOperator") in ("lessThan", "lessThanOrEqualTo"):
                metres = number(value(limit, "vehicleHeight"), "vehicleHeight")
                return height_cm(round(metres * 100), "vehicleHeight")
    return None


def _address(element: _Element) -> str | None:
    site = element.find(path("parkingSiteAddress"))
    if site is None:
        return None
    street = " ".join(
        filter(None, (value(site, "contactDetailsStreet"), value(site, "contactDetailsHouseNumber")))
    )
    city = multilingual(site, "contactDetailsCity") or value(site, "contactDetailsCity")
    town = " ".join(filter(None, (value(site, "contactDetailsPostcode"), city)))
    return ", ".join(filter(None, (street, town))) or None


def _operator(element: _Element, external_id: str, harvest: Harvest) -> str | None:
    """The operating organisation. Owners are others, and names of contact persons are not read at all."""
    operator = element.find(path("operator"))
    if operator is None:
        return None
    name = multilingual(operator, "contactOrganisationName") or value(operator, "contactOrganisationName")
    return harvest.attempt_told(external_id, text, name, "operator")
