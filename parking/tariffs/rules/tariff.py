"""What is a tariff? Plans of priced bands over days, and whose stay goes by which. Plain data, whole fen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from parking.kernel.vocabulary import PlateColour, StayKind

DAY_MINUTES = 24 * 60


class VehicleClass(StrEnum):
    """What a vehicle is to a price list."""

    SMALL = "small"
    LARGE = "large"
    MOTORCYCLE = "motorcycle"
    NEW_ENERGY = "new_energy"
    NEW_ENERGY_LARGE = "new_energy_large"


class Exemption(StrEnum):
    """Why a vehicle may be let off, where the tariff says so."""

    MILITARY = "military"
    POLICE = "police"
    FIRE = "fire"
    AMBULANCE = "ambulance"
    RESCUE = "rescue"
    MUNICIPAL = "municipal"
    SANITATION = "sanitation"
    HEARSE = "hearse"
    CASH = "cash"
    DISABLED = "disabled"


class DayType(StrEnum):
    """Each day is exactly one of these; a make-up day (调休) is a workday."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


class CycleKind(StrEnum):
    """When free minutes, steps and caps begin anew: never, some hours from entry, or at a time of day."""

    STAY = "stay"
    ENTRY = "entry"
    DAY = "day"


class Crossing(StrEnum):
    """What a band's edge does to a running unit: it is cut, goes on as it was, or even the steps restart."""

    RESTART_UNIT = "restart_unit"
    CARRY = "carry"
    RESTART_STEPS = "restart_steps"


class FreePer(StrEnum):
    """How often the free minutes are given."""

    CYCLE = "cycle"
    STAY = "stay"


class CouponKind(StrEnum):
    """What a coupon takes off."""

    TARIFF = "tariff"
    MINUTES = "minutes"
    PER_CENT = "per_cent"
    AMOUNT = "amount"
    FREE = "free"


class Days(Protocol):
    """Which days are worked and which are public holidays, and of which years all of them are known.

    `parking.city.rules.Calendar` is one.
    """

    def is_workday(self, on: date) -> bool: ...

    def is_holiday(self, on: date) -> bool: ...

    def covers(self, year: int) -> bool: ...


@dataclass(frozen=True, slots=True)
class Step:
    """`fen` for each begun unit, up to that many charged minutes of the cycle; without a unit, once."""

    fen: int
    unit_minutes: int | None = None
    until_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """A time of day [from, until) in minutes, round midnight where until <= from; without steps it is free.

    A free band stops the clock of free minutes and steps. `cap_fen` is the most for one such time.
    """

    from_minute: int
    until_minute: int
    steps: tuple[Step, ...] = ()
    cap_fen: int | None = None


@dataclass(frozen=True, slots=True)
class DateRange:
    """Both ends included: two dates, or two (month, day) of every year, also round New Year."""

    first: date | tuple[int, int]
    last: date | tuple[int, int]

    def holds(self, on: date) -> bool:
        if isinstance(self.first, date) and isinstance(self.last, date):
            return self.first <= on <= self.last
        first, last, day = self.first, self.last, (on.month, on.day)
        assert isinstance(first, tuple) and isinstance(last, tuple)
        return first <= day <= last if first <= last else day >= first or day <= last


@dataclass(frozen=True, slots=True)
class Schedule:
    """The bands of the days that are of one of its types, weekdays (1 = Monday) or ranges; of any, if none.

    `cap_fen` is the most of a cycle that begins on such a day.
    """

    bands: tuple[Band, ...]
    types: tuple[DayType, ...] = ()
    weekdays: tuple[int, ...] = ()
    dates: tuple[DateRange, ...] = ()
    cap_fen: int | None = None

    @property
    def is_for_any_day(self) -> bool:
        return not (self.types or self.weekdays or self.dates)

    def holds(self, on: date, calendar: Days) -> bool:
        return (
            self.is_for_any_day
            or (bool(self.types) and day_type(on, calendar) in self.types)
            or on.isoweekday() in self.weekdays
            or any(each.holds(on) for each in self.dates)
        )


@dataclass(frozen=True, slots=True)
class Cycle:
    """`hours` count for ENTRY, `from_minute` for DAY: 0 is the calendar day, else a window's start."""

    kind: CycleKind = CycleKind.STAY
    hours: int = 24
    from_minute: int = 0


@dataclass(frozen=True, slots=True)
class Free:
    """The first charged minutes cost nothing.

    `counted_back`: a longer stay pays for them too; exactly so many minutes are then free if `inclusive`.
    """

    minutes: int
    inclusive: bool = True
    counted_back: bool = True
    per: FreePer = FreePer.CYCLE


@dataclass(frozen=True, slots=True)
class Plan:
    """How a stay is priced: the first schedule that holds a day is the day's; `most_fen` caps the stay."""

    name: str
    schedules: tuple[Schedule, ...]
    cycle: Cycle = Cycle()
    free: Free | None = None
    crossing: Crossing = Crossing.RESTART_UNIT
    most_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose stay goes by a plan; an empty list is any. Monthly stays are meant only where they are named."""

    plan: str
    vehicles: tuple[VehicleClass, ...] = ()
    zones: tuple[str, ...] = ()
    stays: tuple[StayKind, ...] = ()

    @property
    def is_for_all(self) -> bool:
        return not (self.vehicles or self.zones or self.stays)

    def holds(self, vehicle: VehicleClass, zone: str | None, stay: StayKind) -> bool:
        return (
            (not self.vehicles or vehicle in self.vehicles)
            and (not self.zones or zone in self.zones)
            and (stay in self.stays if self.stays else stay is not StayKind.MONTHLY)
        )


@dataclass(frozen=True)
class TariffRules:
    """A whole tariff: the first choice that holds names the plan. `seconds`: they count, else are cut off."""

    time_zone: str
    plans: tuple[Plan, ...]
    choices: tuple[Choice, ...]
    exempt: tuple[Exemption, ...] = ()
    grace_minutes: int = 0
    monthly_fen: int | None = None
    seconds: bool = False
    # What quotes make of the plans, once.
    made: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def plan(self, name: str) -> Plan | None:
        return next((plan for plan in self.plans if plan.name == name), None)


def clock(minute: int) -> str:
    """A minute of the day as people write it; 24:00 ends one."""
    return f"{minute // 60:02}:{minute % 60:02}"


def day_type(on: date, calendar: Days) -> DayType:
    """What a day is to a tariff: a holiday, else worked or not."""
    if calendar.is_holiday(on):
        return DayType.HOLIDAY
    return DayType.WORKDAY if calendar.is_workday(on) else DayType.WEEKEND


def vehicle_of(colour: PlateColour, *, is_motorcycle: bool = False) -> VehicleClass:
    """The class that a plate's colour tells; motorcycles share colours with cars and have to be told."""
    if is_motorcycle:
        return VehicleClass.MOTORCYCLE
    return _BY_COLOUR.get(colour, VehicleClass.SMALL)


_BY_COLOUR = {
    PlateColour.YELLOW: VehicleClass.LARGE,
    PlateColour.GREEN: VehicleClass.NEW_ENERGY,
    PlateColour.YELLOW_GREEN: VehicleClass.NEW_ENERGY_LARGE,
}
