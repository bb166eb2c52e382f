"""What must a sign at the entrance say of a tariff, sentence by sentence?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from parking.tariffs.rules import words
from parking.tariffs.rules.shape import written_day
from parking.tariffs.rules.tariff import (
    DAY_MINUTES,
    Band,
    Choice,
    CycleKind,
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
    """All that decides a fee: whose plan is which, and what holds for all of them once, at the end."""
    plans = [_plan_of(rules, choice) for choice in rules.choices]
    ends = [list(_whole_stay(plan)) for plan in plans]
    shared = [each for each in ends[0] if all(each in end for end in ends)]
    told = list[Sentence]()
    for choice, plan, end in zip(rules.choices, plans, ends, strict=True):
        told += _for_whom(choice, rules.choices)
        told += _plan(plan)
        own = [each for each in end if each not in shared]
        if own and len(plan.schedules) > 1:
            told.append(Sentence(words.ALL_DAYS, {}, True))
        told += own
    if len(plans) > 1 or len(plans[0].schedules) > 1:
        told.append(Sentence(words.FOR_ALL, {}, True))
    told += shared
    told += (Sentence(words.EXEMPTIONS[each], {}) for each in rules.exempt)
    if rules.monthly_fen is not None:
        told.append(Sentence(words.SIGN_MONTHLY, {"month_fen": rules.monthly_fen}))
    if rules.grace_minutes:
        told.append(Sentence(words.SIGN_GRACE, {"minutes": rules.grace_minutes}))
    told.append(Sentence(words.SIGN_SECONDS[rules.seconds], {}))
    return told


def _plan_of(rules: TariffRules, choice: Choice) -> Plan:
    plan = rules.plan(choice.plan)
    assert plan is not None
    return plan


def _for_whom(choice: Choice, choices: Sequence[Choice]) -> Iterator[Sentence]:
    if choice.is_for_all:
        others = [each for each in choices if each is not choice]
        text = words.FOR_OTHERS
        if not others:
            text = words.FOR_ALL
        elif all(each.vehicles and not each.zones and not each.stays for each in others):
            text = words.FOR_THE_REST
        elif all(each.zones and not each.vehicles and not each.stays for each in others):
            text = words.FOR_OTHER_ZONES
        yield Sentence(text, {}, True)
    for zone in choice.zones:
        yield Sentence(words.FOR_ZONE, {"zone": zone}, True)
    for vehicle in choice.vehicles:
        yield Sentence(words.VEHICLES[vehicle], {}, True)
    for stay in choice.stays:
        yield Sentence(words.STAYS[stay], {}, True)


def _plan(plan: Plan) -> Iterator[Sentence]:
    cycle = _cycle(plan)
    if plan.free:
        free = plan.free
        yield Sentence(words.SIGN_FREE[free.counted_back, free.inclusive], {"minutes": free.minutes})
        if plan.cycle.kind is not CycleKind.STAY:
            is_once = free.per is FreePer.STAY
            text = words.SIGN_FREE_ONCE if is_once else words.SIGN_FREE_AGAIN[plan.cycle.kind]
            yield Sentence(text, {} if is_once else cycle)
    for schedule in plan.schedules:
        if len(plan.schedules) > 1:
            yield from _days(schedule)
        for band in sorted(schedule.bands, key=lambda band: band.from_minute):
            yield from _band(band)
        if schedule.cap_fen is not None:
            yield Sentence(words.SIGN_CAP[plan.cycle.kind], cycle | {"cap_fen": schedule.cap_fen})


def _cycle(plan: Plan) -> dict[str, int | str]:
    """What tells when a cycle ends."""
    if plan.cycle.kind is CycleKind.ENTRY:
        return {"hours": plan.cycle.hours}
    return {"from": clock(plan.cycle.from_minute)} if plan.cycle.kind is CycleKind.DAY else {}


def _days(schedule: Schedule) -> Iterator[Sentence]:
    if schedule.is_for_any_day:
        yield Sentence(words.OTHER_DAYS, {}, True)
    for kind in schedule.types:
        yield Sentence(words.DAY_TYPES[kind], {}, True)
    for weekday in schedule.weekdays:
        yield Sentence(words.WEEKDAYS[weekday - 1], {}, True)
    for each in schedule.dates:
        params: dict[str, int | str] = {"first": written_day(each.first), "last": written_day(each.last)}
        is_dated = isinstance(each.first, date)
        yield Sentence(words.DATES if is_dated else words.DATES_EACH_YEAR, params, True)


def _band(band: Band) -> Iterator[Sentence]:
    hours: dict[str, int | str] = {"from": clock(band.from_minute), "until": clock(band.until_minute)}
    is_all_day = (band.until_minute - band.from_minute) % DAY_MINUTES == 0
    for text, params in _prices(band):
        yield Sentence(words.SIGN_ALL_DAY[text], params) if is_all_day else Sentence(text, hours | params)


def _prices(band: Band) -> Iterator[tuple[str, dict[str, int | str]]]:
    if not band.steps:
        yield words.SIGN_FREE_BAND, {}
    after = 0
    for step in band.steps:
        until, unit = step.until_minutes, step.unit_minutes
        price: dict[str, int | str] = {"flat_fen": step.fen}
        if unit is not None:
            price = {"minutes": unit, "unit_fen": step.fen}
        if until is not None:
            params: dict[str, int | str] = {"first": after + 1, "last": until}
            if unit in (None, until - after):
                yield words.SIGN_FLAT_UNTIL, params | {"flat_fen": step.fen}
            else:
                yield words.SIGN_UNIT_UNTIL, params | price
            after = until
        elif not after:
            yield words.SIGN_FLAT if unit is None else words.SIGN_UNIT, price
        elif not step.fen:
            yield words.SIGN_FREE_AFTER, {"after_minutes": after}
        else:
            text = words.SIGN_FLAT_AFTER if unit is None else words.SIGN_UNIT_AFTER
            yield text, price | {"after_minutes": after}
    if band.cap_fen is not None:
        yield words.SIGN_BAND_CAP, {"cap_fen": band.cap_fen}


def _whole_stay(plan: Plan) -> Iterator[Sentence]:
    """What holds over bands and days; a rule that never comes to bear is not told."""
    bands = {band for schedule in plan.schedules for band in schedule.bands if band.steps}
    if any(step.unit_minutes for band in bands for step in band.steps):
        yield Sentence(words.SIGN_BEGUN, {})
    if len(bands) > 1:
        yield Sentence(words.SIGN_CROSSING[plan.crossing], {})
    if plan.cycle.kind is not CycleKind.STAY:
        yield Sentence(words.SIGN_CYCLE[plan.cycle.kind], _cycle(plan))
    if plan.most_fen is not None:
        yield Sentence(words.SIGN_MOST, {"cap_fen": plan.most_fen})
