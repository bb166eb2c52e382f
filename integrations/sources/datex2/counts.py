"""How many spaces are free or taken, in a status of the newer or of the older profile?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml.etree import _Element

from integrations.records import Harvest, Refused, count, identifier, instant, number, whole, zone_named
from integrations.sources.datex2.elements import path, value, xsi_type
from integrations.sources.datex2.lots import GROUPS
from parking.boundary.feeds import CountRecord, ParseContext, ProblemKind

_UNKNOWN = frozenset({"unknown", "statusUnknown"})


@dataclass(frozen=True, slots=True)
class StatusProfile:
    """The names that the two profiles give to the same things; paths are tuples of element names."""

    reference: str
    time: str
    free: tuple[str, ...]
    occupied: tuple[str, ...]
    capacity: tuple[str, ...]
    percentage: tuple[str, ...]
    statuses: tuple[str, ...]
    # The older profile's "percentage" is a fraction in practice: which one is meant is not certain.
    percentage_is_certain: bool


STATUS_PROFILES: Mapping[str, StatusProfile] = {
    "parkingRecordStatus": StatusProfile(
        reference="parkingRecordReference",
        time="parkingStatusOriginTime",
        free=("parkingOccupancy", "parkingNumberOfVacantSpaces"),
        occupied=("parkingOccupancy", "parkingNumberOfOccupiedSpaces"),
        capacity=("parkingOccupancy", "parkingNumberOfSpacesOverride"),
        percentage=("parkingOccupancy", "parkingOccupancy"),
        statuses=("parkingSiteStatus",),
        percentage_is_certain=True,
    ),
    "parkingFacilityStatus": StatusProfile(
        reference="parkingFacilityReference",
        time="parkingFacilityStatusTime",
        free=("totalNumberOfVacantParkingSpaces",),
        occupied=("totalNumberOfOccupiedParkingSpaces",),
        capacity=("totalParkingCapacityOverride",),
        percentage=("parkingFacilityOccupancy",),
        statuses=("parkingFacilityStatus",),
        percentage_is_certain=False,
    ),
}


def read_count(
    element: _Element, profile: StatusProfile, where: str, context: ParseContext, harvest: Harvest
) -> None:
    """Take one status into the harvest, or note there what is wrong. `where` names it so far."""
    if xsi_type(element) in GROUPS:
        return
    reference = element.find(path(profile.reference))
    told_id = reference.get("id") if reference is not None else None
    external_id = harvest.attempt(where, identifier, told_id, profile.reference)
    if external_id is not None:
        harvest.keep_count(harvest.attempt(external_id, _count, element, profile, external_id, context))


def _count(
    element: _Element, profile: StatusProfile, external_id: str, context: ParseContext
) -> CountRecord | None:
    if element.find(path("parkingStatusValidity")) is not None:
        raise Refused(ProblemKind.BAD_VALUE, "parkingStatusValidity", "a forecast or history, not now")
    if value(element, "blurredAvailability") in ("true", "1"):
        raise Refused(ProblemKind.NO_COUNT, "blurredAvailability", "the numbers are blurred on purpose")
    free = _told(element, profile.free)
    occupied = _told(element, profile.occupied)
    capacity = _told(element, profile.capacity)
    if free is None and occupied is None:
        told = value(element, *profile.percentage)
        if told is None and _says_unknown(element, profile):
            return None
        occupied = _occupied_by_share(told, capacity, profile)
    as_of = instant(
        value(element, profile.time), profile.time, context.received_at, zone_named(context.time_zone)
    )
    return count(external_id, as_of, free=free, occupied=occupied, capacity=capacity)


def _told(element: _Element, names: tuple[str, ...]) -> int | None:
    told = value(element, *names)
    return None if told is None else whole(told, names[-1])


def _says_unknown(element: _Element, profile: StatusProfile) -> bool:
    statuses = {status.text for name in profile.statuses for status in element.iterfind(path(name))}
    return bool(statuses & _UNKNOWN)


def _occupied_by_share(told: str | None, capacity: int | None, profile: StatusProfile) -> int | None:
    """Occupied spaces from a percentage, where both it and the capacity are certain."""
    field = profile.percentage[-1]
    if told is None:
        return None
    if not profile.percentage_is_certain or not capacity:
        raise Refused(ProblemKind.NO_COUNT, field, "a share alone gives no number")
    share = number(told, field)
    if not 0 <= share <= 100:
        raise Refused(ProblemKind.OUT_OF_RANGE, field, told[:20])
    if 0 < share <= 1:
        raise Refused(ProblemKind.BAD_VALUE, field, "a fraction or a percentage?")
    return round(share * capacity / 100)
