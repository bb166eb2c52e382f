"""Which words of the city's language are values? The enumerations that several features share.

Texts are stored as they stand here; their Chinese and English names live with the pages.
"""

from __future__ import annotations

from enum import StrEnum


class LotKind(StrEnum):
    """Where a lot lies."""

    OFF_STREET = "off_street"
    ON_STREET = "on_street"


class LotType(StrEnum):
    """公共 / 配建 / 专用 / 临时."""

    PUBLIC = "public"
    ANCILLARY = "ancillary"
    DEDICATED = "dedicated"
    TEMPORARY = "temporary"


class SpaceClass(StrEnum):
    """The class of a space group; a counter is (lot, class)."""

    GENERAL = "general"
    ACCESSIBLE = "accessible"
    CHARGING = "charging"
    MECHANICAL = "mechanical"
    CIVIL_DEFENCE = "civil_defence"
    TRUCK = "truck"
    BUS = "bus"
    MOTORCYCLE = "motorcycle"
    E_BIKE = "e_bike"
    BICYCLE = "bicycle"


class Access(StrEnum):
    """权限: who may use a lot or a class."""

    PUBLIC = "public"
    CUSTOMERS = "customers"
    RESIDENTS = "residents"
    STAFF = "staff"
    PERMIT = "permit"


class Quality(StrEnum):
    """How far a public number can be relied on."""

    LIVE = "live"
    AGEING = "ageing"
    SUSPECT = "suspect"
    UNKNOWN = "unknown"


class Mark(StrEnum):
    """Why a number is not simply live."""

    HAND_SET = "hand_set"
    CLAMPED = "clamped"
    DRIFT = "drift"
    FROZEN = "frozen"
    ABOVE_CAPACITY = "above_capacity"
    CAPACITY_DIFFERS = "capacity_differs"
    NO_CAPACITY = "no_capacity"


class Datum(StrEnum):
    """The datum in which a pair of coordinates was given."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"
