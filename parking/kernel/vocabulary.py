"""Which words of the city's language are values? The enumerations that several features share.

Texts are stored as they stand here. Their names live with the pages, but for the names of space classes,
which features tell too.
"""

from __future__ import annotations

from enum import StrEnum

from parking.kernel.errors import N_


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


CAR_CLASSES = (SpaceClass.GENERAL, SpaceClass.MECHANICAL, SpaceClass.CIVIL_DEFENCE)
"""An ordinary car may use these without being a special car (charging, accessible) or another vehicle."""

SPACE_CLASS_NAMES: dict[SpaceClass, str] = {
    SpaceClass.GENERAL: N_("普通车位"),
    SpaceClass.ACCESSIBLE: N_("无障碍车位"),
    SpaceClass.CHARGING: N_("充电车位"),
    SpaceClass.MECHANICAL: N_("机械车位"),
    SpaceClass.CIVIL_DEFENCE: N_("人防车位"),
    SpaceClass.TRUCK: N_("货车车位"),
    SpaceClass.BUS: N_("大客车车位"),
    SpaceClass.MOTORCYCLE: N_("摩托车车位"),
    SpaceClass.E_BIKE: N_("电动自行车车位"),
    SpaceClass.BICYCLE: N_("自行车车位"),
}
"""The Chinese name of each class; English in the catalogue."""


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
    JUMP = "jump"
    REVERSED = "reversed"
    SUM_ABOVE_TOTAL = "sum_above_total"
    CLOCK_WRONG = "clock_wrong"
    RECORD_VANISHED = "record_vanished"
    ID_REPEATED = "id_repeated"


class Datum(StrEnum):
    """The datum in which a pair of coordinates was given."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class Direction(StrEnum):
    """Which way a vehicle passed."""

    ENTRY = "entry"
    EXIT = "exit"


class StayKind(StrEnum):
    """临停 / 月租 / 共享: how a vehicle stays."""

    CASUAL = "casual"
    MONTHLY = "monthly"
    SHARED = "shared"


class PlateColour(StrEnum):
    """The ground of a plate; one text in two colours is two vehicles."""

    BLUE = "blue"
    YELLOW = "yellow"
    BLACK = "black"
    WHITE = "white"
    GREEN = "green"
    YELLOW_GREEN = "yellow_green"
    UNKNOWN = "unknown"
