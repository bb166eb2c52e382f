"""What does a stay cost by a tariff, line by line, and when does it cost more?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from parking.kernel.vocabulary import StayKind
from parking.tariffs.rules import words
from parking.tariffs.rules.errors import CouponUnknown, StayEndsBeforeItBegins, StayTooLong
from parking.tariffs.rules.lines import Line, course_lines
from parking.tariffs.rules.localtime import local_time
from parking.tariffs.rules.machine import Course, Machine
from parking.tariffs.rules.tariff import CouponKind, Days, Exemption, TariffRules, VehicleClass

LONGEST_DAYS = 366
_LONGEST = LONGEST_DAYS * 86_400


@dataclass(frozen=True, slots=True)
class Coupon:
    """`value` is fen, minutes or per cent; `plan` names the plan that it grants instead.

    ValueError for a value below nothing or more than all.
    """

    kind: CouponKind
    value: int = 0
    plan: str = ""

    def __post_init__(self) -> None:
        if self.value < 0 or (self.kind is CouponKind.PER_CENT and self.value > 100):
            raise ValueError("a coupon takes off something between nothing and all")


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay [entered_at, until_at] (aware) and what the price depends on.

    `paid_at`: the fee up to then is settled, and the tariff's grace runs from it.
    """

    entered_at: datetime
    until_at: datetime
    vehicle: VehicleClass = VehicleClass.SMALL
    kind: StayKind = StayKind.CASUAL
    zone: str | None = None
    exemption: Exemption | None = None
    coupons: tuple[Coupon, ...] = ()
    paid_at: datetime | None = None


class Quote(NamedTuple):
    """The fee is the sum of its lines; a stay that lasts to `next_change_at` costs `next_fee_fen`.

    Both are None where the fee does not change within the longest stay of 366 days.
    """

    fee_fen: int
    lines: tuple[Line, ...]
    next_change_at: datetime | None
    next_fee_fen: int | None


# The fee, its lines, when it is higher (-1: never) and what it is then.
_Reckoned = tuple[int, list[Line], int, int]


def quote(rules: TariffRules, stay: Stay, calendar: Days) -> Quote:
    """The fee of a stay, which never falls as the stay grows. Times are cut to the minute unless seconds
    count.

    Raises StayEndsBeforeItBegins, StayTooLong (over 366 days), CouponUnknown; ValueError for a naive time.
    """
    entered_at, until_at, paid_at = stay.entered_at, stay.until_at, stay.paid_at
    if entered_at.tzinfo is None or until_at.tzinfo is None or (paid_at and paid_at.tzinfo is None):
        raise ValueError("a stay's times know their zone")
    from_s, until_s = entered_at.timestamp(), until_at.timestamp()
    if until_s < from_s:
        raise StayEndsBeforeItBegins
    if until_s - from_s > _LONGEST:
        raise StayTooLong(days=LONGEST_DAYS)
    if stay.exemption is not None and stay.exemption in rules.exempt:
        return _nothing(words.EXEMPT)
    name = plan_of(rules, stay)
    if name is None:
        return _nothing(words.MONTHLY)
    tick = 1 if rules.seconds else 60
    entered, exit_at = int(from_s) // tick * tick, int(until_s) // tick * tick
    machine = machine_of(rules, name, calendar)
    if stay.coupons or paid_at:
        settled = int(paid_at.timestamp()) // tick * tick if paid_at else exit_at
        reckon = _Discounted(machine, entered, stay.coupons)
        found = _with_grace(reckon, settled, exit_at, rules.grace_minutes * 60)
    else:
        found = _reckon(machine, entered, exit_at)
    fee, lines, next_at, next_fee = found
    known_from, known_until = machine.laid.known
    if not known_from <= entered <= exit_at <= known_until:
        lines += _unknown_days(machine, entered, exit_at)
    if not 0 <= next_at <= entered + _LONGEST:
        return Quote(fee, tuple(lines), None, None)
    return Quote(fee, tuple(lines), datetime.fromtimestamp(next_at, UTC), next_fee)


def _reckon(machine: Machine, entered: int, exit_at: int) -> _Reckoned:
    course = machine.course(entered, exit_at)
    next_at = -1 if course.rises < 0 else (course.rises // machine.tick + 1) * machine.tick
    return course.fee, course_lines(machine, course), next_at, course.higher


def _with_grace(reckon: _Discounted, settled: int, exit_at: int, grace: int) -> _Reckoned:
    """Who leaves in time owes what was due when they paid."""
    if not reckon.entered <= settled < exit_at <= settled + grace:
        return reckon.until(exit_at)
    fee, lines, _, _ = reckon.until(settled)
    late = settled + grace + reckon.tick
    late_fee, _, next_at, next_fee = reckon.until(late)
    return (fee, lines, late, late_fee) if late_fee > fee else (fee, lines, next_at, next_fee)


def _unknown_days(machine: Machine, entered: int, exit_at: int) -> list[Line]:
    """A year whose holidays nobody told is priced by weekdays: whoever reads the fee has to know."""
    local, ends = machine.local, max(entered, exit_at - 1)
    first, last = (date.fromordinal(local.day_of(at)).year for at in (entered, ends))
    unknown = [year for year in range(first, last + 1) if not machine.calendar.covers(year)]
    if not unknown:
        begins, after = (local.midnight(date(year, 1, 1).toordinal()) for year in (first, last + 1))
        machine.laid.known = begins, after
    return [Line(words.DAYS_UNKNOWN, 0, {"year": year}) for year in unknown]


def _nothing(text: str) -> Quote:
    return Quote(0, (Line(text, 0),), None, None)


def plan_of(rules: TariffRules, stay: Stay) -> str | None:
    """The plan's name; None for a monthly stay that no choice speaks of."""
    for coupon in stay.coupons:
        if coupon.kind is CouponKind.TARIFF:
            if rules.plan(coupon.plan) is None:
                raise CouponUnknown
            return coupon.plan
    for choice in rules.choices:
        if choice.holds(stay.vehicle, stay.zone, stay.kind):
            return choice.plan
    return None


def machine_of(rules: TariffRules, name: str, calendar: Days) -> Machine:
    """A plan made ready, once for as long as the same calendar is asked."""
    machine = rules.made.get(name)
    if machine is None or machine.calendar is not calendar:
        plan = rules.plan(name)
        assert plan is not None
        machine = Machine(plan, local_time(rules.time_zone), calendar, 1 if rules.seconds else 60)
        rules.made[name] = machine
    return machine


class _Discounted:
    """One stay by one plan with its coupons, up to any instant.

    They come off in one order, whatever theirs: minutes, per cent, amounts, all.
    """

    def __init__(self, machine: Machine, entered: int, coupons: tuple[Coupon, ...]) -> None:
        self.machine, self.entered, self.tick, self.coupons = machine, entered, machine.tick, coupons
        self.minutes = sum(each.value for each in coupons if each.kind is CouponKind.MINUTES)

    def until(self, exit_at: int) -> _Reckoned:
        if not self.coupons:
            return _reckon(self.machine, self.entered, exit_at)
        late = self.minutes * 60
        shown = max(self.entered, exit_at - late)
        course = self.machine.course(self.entered, shown)
        fee, lines = course.fee, course_lines(self.machine, course)
        if late:
            lines.append(Line(words.COUPON_MINUTES, 0, {"minutes": self.minutes}))
        if any(each.kind is CouponKind.TARIFF for each in self.coupons):
            lines.append(Line(words.COUPON_TARIFF, 0))
        off = self._discounts(fee)
        fee += sum(line.fen for line in off)
        at = self._first_above(course, fee, shown)
        if at < 0:
            return fee, lines + off, -1, fee
        return fee, lines + off, at + late, self._discounted(at)

    def _first_above(self, course: Course, fee: int, shown: int) -> int:
        """When the fee less the coupons is first above what it is, by halving: it never falls. -1: never."""
        late = (self.entered + _LONGEST) // self.tick
        if course.rises < 0 or self._discounted(late * self.tick) <= fee:
            return -1
        early, late = max(shown, course.rises) // self.tick, min(late, course.rises // self.tick + 1)
        if self._discounted(late * self.tick) <= fee:
            early, late = late, (self.entered + _LONGEST) // self.tick
        while late - early > 1:
            middle = (early + late) // 2
            if self._discounted(middle * self.tick) > fee:
                late = middle
            else:
                early = middle
        return late * self.tick

    def _discounted(self, exit_at: int) -> int:
        fee = self.machine.course(self.entered, exit_at, look_on=False).fee
        return fee + sum(line.fen for line in self._discounts(fee))

    def _discounts(self, fee: int) -> list[Line]:
        lines = []
        for each in self.coupons:
            if each.kind is CouponKind.PER_CENT:
                # A part of a fen is the driver's.
                off = -(-fee * each.value // 100)
                lines.append(Line(words.COUPON_PER_CENT, -off, {"per_cent": each.value}))
                fee -= off
        for each in self.coupons:
            if each.kind is CouponKind.AMOUNT:
                off = min(fee, each.value)
                lines.append(Line(words.COUPON_AMOUNT, -off, {"amount_fen": each.value}))
                fee -= off
        if any(each.kind is CouponKind.FREE for each in self.coupons):
            lines.append(Line(words.COUPON_FREE, -fee))
        return lines
