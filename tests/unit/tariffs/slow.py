"""What does each minute of a stay cost, reckoned one minute after the other with nothing clever?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from parking.tariffs.rules.tariff import Band, Crossing, CycleKind, Days, FreePer, Plan

MINUTE = timedelta(minutes=1)


def furthest_shown(at: datetime, zone: ZoneInfo) -> tuple[date, int]:
    """The date, and the latest minute that its clock has shown so far."""
    here = at.astimezone(zone)
    past = [(at - MINUTE * back).astimezone(zone) for back in (range(181) if here.fold else range(1))]
    return here.date(), max(each.hour * 60 + each.minute for each in past if each.date() == here.date())


def band_at(plan: Plan, calendar: Days, on: date, minute: int) -> Band:
    schedule = next(each for each in plan.schedules if each.holds(on, calendar))
    for band in schedule.bands:
        if band.from_minute < band.until_minute:
            if band.from_minute <= minute < band.until_minute:
                return band
        elif minute >= band.from_minute or minute < band.until_minute:
            return band
    raise AssertionError("bands leave a gap")


def cycle_cap(plan: Plan, calendar: Days, on: date) -> float:
    cap = next(each for each in plan.schedules if each.holds(on, calendar)).cap_fen
    return float("inf") if cap is None else cap


def cycle_name(plan: Plan, entered: datetime, at: datetime, on: date, minute: int) -> object:
    if plan.cycle.kind is CycleKind.STAY:
        return None
    if plan.cycle.kind is CycleKind.ENTRY:
        return (at - entered) // timedelta(hours=plan.cycle.hours)
    return on if minute >= plan.cycle.from_minute else on - timedelta(days=1)


def fees(plan: Plan, zone_name: str, entered: datetime, calendar: Days) -> Iterator[int]:
    """The fee of a stay of 0, 1, 2 ... minutes from a whole minute on."""
    zone = ZoneInfo(zone_name)
    free = plan.free
    per_stay = free is not None and free.per is FreePer.STAY
    given = free.minutes if free and not free.counted_back else 0
    forgiven = free.minutes if free and free.counted_back else -1
    if free and free.counted_back and not free.inclusive:
        forgiven -= 1
    ended, stay_metered, at = 0.0, 0, entered
    cycle: object = "none yet"
    left = given
    occurrences: list[float] = []
    cap, metered, place, unit_left = 0.0, 0, 0, 0
    last: Band | None = None

    def cycle_fee() -> float:
        return 0 if not per_stay and metered <= forgiven else min(cap, sum(occurrences))

    yield 0
    while True:
        on, minute = furthest_shown(at, zone)
        name = cycle_name(plan, entered, at, on, minute)
        if name != cycle:
            ended += cycle_fee()
            cycle, cap, occurrences = name, cycle_cap(plan, calendar, on), []
            metered, place, unit_left, last = 0, 0, 0, None
            left = left if per_stay else given
        band = band_at(plan, calendar, on, minute)
        if band != last:
            occurrences.append(0)
            if plan.crossing is not Crossing.CARRY or not (last and last.steps and band.steps):
                unit_left = 0
            if plan.crossing is Crossing.RESTART_STEPS and band.steps:
                place = 0
            last = band
        if band.steps:
            metered += 1
            stay_metered += 1
            if left:
                left -= 1
            else:
                if unit_left == 0:
                    for step in band.steps:
                        if step.until_minutes is None or place < step.until_minutes:
                            break
                    rest = 10**9 if step.until_minutes is None else step.until_minutes - place
                    unit_left = rest if step.unit_minutes is None else min(rest, step.unit_minutes)
                    most = float("inf") if band.cap_fen is None else band.cap_fen
                    occurrences[-1] = min(most, occurrences[-1] + step.fen)
                unit_left -= 1
                place += 1
        at += MINUTE
        fee = ended + cycle_fee()
        if per_stay and stay_metered <= forgiven:
            fee = 0
        yield int(min(fee, float("inf") if plan.most_fen is None else plan.most_fen))
