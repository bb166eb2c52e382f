"""What must a sign at the entrance say of a tariff, sentence by sentence?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from parking.tariffs.rules import words
from parking.tariffs.rules.shape import written_day
from parking.tariffs.rules.tariff import (
    Band,
    Choice,
    CycleKind,
    Free,
    FreePer,
    Plan,
    Schedule,
    TariffRules,
    clock,
)


class Sentence(NamedTuple):
    """`text` is a msgid; those of its `params` that end in `_fen` are money. A heading opens what follows."""

    text: str
    params: dict[str, int | str]
    is_heading: bool = False


def describe(rules: TariffRules) -> list[Sentence]:
    """All that decides a fee, plan by plan in the order of the choices, then what holds for all of them."""
    told = list[Sentence]()
    for choice in rules.choices:
        plan = rules.plan(choice.plan)
        assert plan is not None
        told += _for_whom(choice, is_only=len(rules.choices) == 1)
        told += _plan(plan)
    told += (Sentence(words.EXEMPTIONS[each], {}) for each in rules.exempt)
    if rules.monthly_fen is not None:
        told.append(Sentence(words.SIGN_MONTHLY, {"month_fen": rules.monthly_fen}))
    if rules.grace_minutes:
        told.append(Sentence(words.SIGN_GRACE, {"minutes": rules.grace_minutes}))
    told.append(Sentence(words.SIGN_SECONDS[rules.seconds], {}))
    return told


def _for_whom(choice: Choice, *, is_only: bool) -> Iterator[Sentence]:
    if choice.is_for_all:
        yield Sentence(words.FOR_ALL if is_only else words.FOR_THE_REST, {}, True)
    for zone in choice.zones:
        yield Sentence(words.FOR_ZONE, {"zone": zone}, True)
    for vehicle in choice.vehicles:
        yield Sentence(words.VEHICLES[vehicle], {}, True)
    for stay in choice.stays:
        yield Sentence(words.STAYS[stay], {}, True)


def _plan(plan: Plan) -> Iterator[Sentence]:
    if plan.free:
        yield from _free(plan.free, plan.cycle.kind)
    for schedule in plan.schedules:
        if len(plan.schedules) > 1:
            yield from _days(schedule)
        for band in sorted(schedule.bands, key=lambda band: band.from_minute):
            yield from _band(band)
        if schedule.cap_fen is not None:
            cycle = plan.cycle
            params: dict[str, int | str] = {"cap_fen": schedule.cap_fen}
            if cycle.kind is CycleKind.ENTRY:
                params["hours"] = cycle.hours
            elif cycle.kind is CycleKind.DAY:
                params["from"] = clock(cycle.from_minute)
            yield Sentence(words.SIGN_CAP[cycle.kind], params)
    yield from _whole_stay(plan)


def _free(free: Free, cycle: CycleKind) -> Iterator[Sentence]:
    yield Sentence(words.SIGN_FREE[free.counted_back, free.inclusive], {"minutes": free.minutes})
    if cycle is not CycleKind.STAY:
        yield Sentence(words.SIGN_FREE_PER[FreePer(free.per)], {})


def _days(schedule: Schedule) -> Iterator[Sentence]:
    if schedule.is_for_any_day:
        yield Sentence(words.OTHER_DAYS, {}, True)
    for kind in schedule.types:
        yield Sentence(words.DAY_TYPES[kind], {}, True)
    for weekday in schedule.weekdays:
        yield Sentence(words.WEEKDAYS[weekday - 1], {}, True)
    for each in schedule.dates:
        params: dict[str, int | str] = {"first": written_day(each.first), "last": written_day(each.last)}
        yield Sentence(words.DATES, params, True)


def _band(band: Band) -> Iterator[Sentence]:
    hours: dict[str, int | str] = {"from": clock(band.from_minute), "until": clock(band.until_minute)}
    if not band.steps:
        yield Sentence(words.SIGN_FREE_BAND, hours)
    after = 0
    for step in band.steps:
        params = hours | {"flat_fen" if step.unit_minutes is None else "unit_fen": step.fen}
        is_flat = step.unit_minutes is None
        if step.unit_minutes is not None:
            params["minutes"] = step.unit_minutes
        if step.until_minutes is not None:
            params["until_minutes"] = after = step.until_minutes
            yield Sentence(words.SIGN_FLAT_UNTIL if is_flat else words.SIGN_UNIT_UNTIL, params)
        elif after:
            params["after_minutes"] = after
            yield Sentence(words.SIGN_FLAT_AFTER if is_flat else words.SIGN_UNIT_AFTER, params)
        else:
            yield Sentence(words.SIGN_FLAT if is_flat else words.SIGN_UNIT, params)
    if band.cap_fen is not None:
        yield Sentence(words.SIGN_BAND_CAP, hours | {"cap_fen": band.cap_fen})


def _whole_stay(plan: Plan) -> Iterator[Sentence]:
    """What holds over bands and days; a rule that never comes to bear is not told."""
    bands = {band for schedule in plan.schedules for band in schedule.bands if band.steps}
    if any(step.unit_minutes for band in bands for step in band.steps):
        yield Sentence(words.SIGN_BEGUN, {})
    if len(bands) > 1:
        yield Sentence(words.SIGN_CROSSING[plan.crossing], {})
    cycle = plan.cycle
    if cycle.kind is CycleKind.ENTRY:
        yield Sentence(words.SIGN_CYCLE["entry"], {"hours": cycle.hours})
    elif cycle.kind is CycleKind.DAY:
        yield Sentence(words.SIGN_CYCLE["day"], {"from": clock(cycle.from_minute)})
    if plan.most_fen is not None:
        yield Sentence(words.SIGN_MOST, {"cap_fen": plan.most_fen})
