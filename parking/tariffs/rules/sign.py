"""What must a sign at the entrance say of a tariff, sentence by sentence?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import permutations
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
            if band.cap_fen is not None and not (_is_all_day(band) and schedule.cap_fen == band.cap_fen):
                yield _band_cap(band, band.cap_fen, plan)
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
    for text, params in _prices(band):
        if _is_all_day(band):
            yield Sentence(words.SIGN_ALL_DAY[text], params)
        else:
            yield Sentence(text, _hours(band) | params)


def _band_cap(band: Band, cap_fen: int, plan: Plan) -> Sentence:
    """It is that of a cycle: where one ends within the band, there is another one after it."""
    params, edge = _hours(band) | {"cap_fen": cap_fen}, plan.cycle.from_minute
    if _is_all_day(band):
        return Sentence(words.SIGN_CAP[plan.cycle.kind], _cycle(plan) | {"cap_fen": cap_fen})
    into, length = ((minute - band.from_minute) % DAY_MINUTES for minute in (edge, band.until_minute))
    if plan.cycle.kind is CycleKind.DAY and 0 < into < length:
        return Sentence(words.SIGN_BAND_CAP_TWICE, params | {"again": clock(edge)})
    return Sentence(words.SIGN_BAND_CAP, params)


def _hours(band: Band) -> dict[str, int | str]:
    return {"from": clock(band.from_minute), "until": clock(band.until_minute)}


def _is_all_day(band: Band) -> bool:
    return (band.until_minute - band.from_minute) % DAY_MINUTES == 0


def _prices(band: Band) -> Iterator[tuple[str, dict[str, int | str]]]:
    if not any(step.fen for step in band.steps):
        yield words.SIGN_FREE_BAND, {}
        return
    after = 0
    for step in band.steps:
        until, unit = step.until_minutes, step.unit_minutes
        price: dict[str, int | str] = {"flat_fen": step.fen}
        if unit is not None:
            price = {"minutes": unit, "unit_fen": step.fen}
        if until is not None:
            params: dict[str, int | str] = {"first": after + 1, "last": until}
            if not step.fen:
                yield words.SIGN_FREE_UNTIL, params
            elif unit in (None, until - after):
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


def _whole_stay(plan: Plan) -> Iterator[Sentence]:
    """What holds over bands and days; a rule that never comes to bear is not told."""
    bands = {band for schedule in plan.schedules for band in schedule.bands if band.steps}
    if any(step.unit_minutes for band in bands for step in band.steps):
        yield Sentence(words.SIGN_BEGUN, {})
    if len(bands) > 1 and any(len(schedule.bands) > 1 for schedule in plan.schedules):
        yield Sentence(words.SIGN_CROSSING[plan.crossing], {})
    if plan.cycle.kind is not CycleKind.STAY:
        yield Sentence(words.SIGN_CYCLE[plan.cycle.kind], _cycle(plan))
    if plan.cycle.kind is CycleKind.ENTRY and any(
        band.cap_fen is not None and not _is_all_day(band) for band in bands
    ):
        yield Sentence(words.SIGN_BAND_CAP_ANEW, {})
    if plan.cycle.kind is not CycleKind.DAY or plan.cycle.from_minute:
        yield from _over_midnight(plan)
    if plan.most_fen is not None:
        yield Sentence(words.SIGN_MOST, {"cap_fen": plan.most_fen})


def _over_midnight(plan: Plan) -> Iterator[Sentence]:
    """What of one day holds on another one of other prices, where no cycle ends between them."""
    pairs = ((_at_end(here), _at_begin(there)) for here, there in permutations(plan.schedules, 2))
    meeting = [pair for pair in pairs if pair[0] != pair[1] and all(band.steps for band in pair)]
    if meeting:
        yield Sentence(words.SIGN_MIDNIGHT[plan.crossing], {})
    if any(band.cap_fen is not None for pair in meeting for band in pair):
        yield Sentence(words.SIGN_MIDNIGHT_CAP, {})
    if len({schedule.cap_fen for schedule in plan.schedules}) > 1:
        yield Sentence(words.SIGN_WHOSE_CAP[plan.cycle.kind], {})


def _at_end(schedule: Schedule) -> Band:
    return next(band for band in schedule.bands if band.until_minute == DAY_MINUTES or _goes_round(band))


def _at_begin(schedule: Schedule) -> Band:
    return next(band for band in schedule.bands if band.from_minute == 0 or _goes_round(band))


def _goes_round(band: Band) -> bool:
    return band.until_minute <= band.from_minute
