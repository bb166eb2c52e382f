"""How does a tariff read as APDS (ISO/TS 5206-1) rate tables? What they cannot say is told, not dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from parking.kernel.errors import N_
from parking.kernel.vocabulary import StayKind
from parking.tariffs.rules import apds_whose
from parking.tariffs.rules.apds_days import Left, instant, valid, validity
from parking.tariffs.rules.apds_whose import groups, qualifications
from parking.tariffs.rules.tariff import (
    DAY_MINUTES,
    Band,
    Choice,
    Crossing,
    CycleKind,
    FreePer,
    Plan,
    Schedule,
    Step,
    TariffRules,
    clock,
)

__all__ = ["Apds", "Left", "Published", "apds_of"]

CURRENCY = "CNY"
COUNTED_BACK = N_("%(minutes)s 分钟以内免费、超过的从头计费：APDS 的费率线只能累加，这里写的是超过以后的价格")
FREE_PER_STAY = N_("免费时间只给一次：APDS 在每次重置后、在每张费率表里都会再给")
CARRIED = N_("跨时段时级数或计费单位接着算：APDS 的每张费率表从头算起")
CYCLE_FROM_ENTRY = N_("从进场起每 %(hours)s 小时重新计算：APDS 只能在固定时刻重置，这里的 resetTime 无意义")
NO_RESET = N_("一次停车中从不重新计算：APDS 要求写 resetTime，这里的值无意义")
CAP_ACROSS = N_("一个计费周期最高 %(cap_fen)s，跨几个时段：APDS 的最高收费只属于一张费率表")
STAY_CAP_ACROSS = N_("一次停车总共最高 %(cap_fen)s：APDS 的最高收费只属于一张费率表")
ZONES = N_("路段 %(zones)s：APDS 在使用权（RightSpecification）里写地点，这里写成资格中的用户组")
GRACE = N_("付费后 %(minutes)s 分钟内离场：APDS 没有这一项")
SECONDS = N_("停车时间精确到秒：APDS 没有这一项")


@dataclass(frozen=True, slots=True)
class Published:
    """A published version: in force on [from_on, until_on) in its own zone."""

    tariff_id: str
    name: str
    number: int
    from_on: date
    until_on: date | None
    rules: TariffRules


@dataclass(frozen=True, slots=True)
class Apds:
    """Rate tables and for whom each is, in the order of trial; `left` is what they cannot say."""

    tables: list[dict[str, Any]] = field(default_factory=list)
    eligibilities: list[dict[str, Any]] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


def apds_of(told: Published) -> Apds:
    """RateTable, RateLineCollection and RateLine of each band; RateEligibility of each choice and exemption.

    Amounts are in yuan, as APDS wants them; ids are of the tariff, their version is the version's number.
    """
    made, rules = Apds(), told.rules
    for exemption in rules.exempt:
        _eligible(made, told, f"exempt.{exemption}", [{"freeToPark": True} | groups([exemption])], None)
    tables = {plan.name: _tables(plan, told, made) for plan in rules.plans}
    for number, choice in apds_whose.of_months(rules.choices):
        _choice(made, told, f"choices[{number}]", choice, tables)
    _monthly(told, made)
    for number, choice in apds_whose.of_others(rules.choices):
        _choice(made, told, f"choices[{number}]", choice, tables)
    if rules.grace_minutes:
        made.left.append(Left("grace_minutes", "grace", GRACE, {"minutes": rules.grace_minutes}))
    if rules.seconds:
        made.left.append(Left("seconds", "seconds", SECONDS))
    seen = {(each.place, each.code): each for each in made.left}
    return Apds(made.tables, made.eligibilities, list(seen.values()))


def _choice(
    made: Apds, told: Published, place: str, choice: Choice, tables: dict[str, list[dict[str, Any]]]
) -> None:
    if choice.zones:
        made.left.append(Left(f"{place}.zones", "zones", ZONES, {"zones": ", ".join(choice.zones)}))
    for table in tables[choice.plan]:
        _eligible(made, told, place, qualifications(choice), table, ", ".join(choice.zones))


def _identity(told: Published, *parts: str) -> dict[str, Any]:
    return {"id": ":".join((told.tariff_id, *parts)), "version": told.number}


def _name(*parts: str) -> list[dict[str, str]]:
    return [{"language": "zh", "string": " ".join(part for part in parts if part)}]


def _tables(plan: Plan, told: Published, made: Apds) -> list[dict[str, Any]]:
    """A table for each band of each schedule: only tables know days and hours."""
    place = f"plans.{plan.name}"
    _plan_left(plan, place, made.left)
    tables = []
    for number, schedule in enumerate(plan.schedules):
        where = f"{place}.schedules[{number}]"
        if schedule.cap_fen is not None and len(_charged([schedule])) > 1:
            params = {"cap_fen": schedule.cap_fen}
            made.left.append(Left(f"{where}.cap_fen", "cap_across_bands", CAP_ACROSS, dict(params)))
        for at, band in enumerate(schedule.bands):
            holds = validity(
                plan.schedules,
                number,
                band,
                (told.from_on, told.until_on),
                told.rules.time_zone,
                made.left,
                f"{where}.bands[{at}]",
            )
            identity = _identity(told, plan.name, str(number), str(at))
            hours = f"{clock(band.from_minute)}–{clock(band.until_minute)}"
            name = _name(told.name, plan.name, hours)
            collection = _collection(plan, schedule, band, identity, told)
            tables.append(_table(identity, name, "hourly", holds, collection))
    made.tables.extend(tables)
    return tables


def _table(
    identity: dict[str, Any],
    name: list[dict[str, str]],
    rate_type: str,
    holds: dict[str, Any],
    collection: dict[str, Any],
) -> dict[str, Any]:
    period = holds["validityTimeSpecification"]
    return {
        **identity,
        "rateTableName": name,
        "availability": "public",
        "rateType": rate_type,
        "validity": holds,
        # The schema asks for these two names beside `validity`, where the same is said.
        "validityStart": period["overallStartTime"],
        "activeTimes": period.get("validPeriods", []),
        "rateLineCollections": [collection],
    }


def _plan_left(plan: Plan, place: str, left: list[Left]) -> None:
    """What of a plan has no room in a rate table."""
    charged, free = _charged(plan.schedules), plan.free
    if free and free.counted_back:
        left.append(Left(f"{place}.free", "free_counted_back", COUNTED_BACK, {"minutes": free.minutes}))
    is_once = free and free.per is FreePer.STAY and plan.cycle.kind is not CycleKind.STAY
    if is_once or (free and not free.counted_back and len(charged) > 1):
        left.append(Left(f"{place}.free.per", "free_per_stay", FREE_PER_STAY))
    goes_on = {Crossing.CARRY: True, Crossing.RESTART_UNIT: any(len(band.steps) > 1 for band in charged)}
    if len(charged) > 1 and goes_on.get(plan.crossing):
        left.append(Left(f"{place}.crossing", "carried_over", CARRIED))
    if plan.cycle.kind is CycleKind.ENTRY:
        hours: dict[str, int | str] = {"hours": plan.cycle.hours}
        left.append(Left(f"{place}.cycle", "cycle_from_entry", CYCLE_FROM_ENTRY, hours))
    elif plan.cycle.kind is CycleKind.STAY and charged:
        left.append(Left(f"{place}.cycle", "no_reset", NO_RESET))
    if plan.most_fen is not None and not (len(charged) == 1 and plan.cycle.kind is CycleKind.STAY):
        left.append(Left(f"{place}.most_fen", "stay_cap", STAY_CAP_ACROSS, {"cap_fen": plan.most_fen}))


def _charged(schedules: Sequence[Schedule]) -> set[Band]:
    return {band for schedule in schedules for band in schedule.bands if band.steps}


def _collection(
    plan: Plan, schedule: Schedule, band: Band, identity: dict[str, Any], told: Published
) -> dict[str, Any]:
    caps = [band.cap_fen] if band.cap_fen is not None else []
    if schedule.cap_fen is not None and band.steps and len(_charged([schedule])) == 1:
        caps.append(schedule.cap_fen)
    is_only = bool(band.steps) and len(_charged(plan.schedules)) == 1
    if plan.most_fen is not None and is_only and plan.cycle.kind is CycleKind.STAY:
        caps.append(plan.most_fen)
    reset = plan.cycle.from_minute if plan.cycle.kind is CycleKind.DAY else band.from_minute
    made = _lines_together(told, identity, clock(reset % DAY_MINUTES), _lines(plan, band, identity))
    if caps:
        made["maxValueCollection"] = {"currencyType": CURRENCY, "currencyValue": min(caps) / 100}
    return made


def _lines_together(
    told: Published, identity: dict[str, Any], reset: str, lines: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        **identity,
        "collectionSequence": 1,
        "applicableCurrency": CURRENCY,
        "resetTime": reset,
        "validStart": instant(told.from_on, told.rules.time_zone),
        # Counted from the begin of the stay, not of an event.
        "relativeTimes": False,
        # A parking fee is told with its tax, as consumers pay it.
        "taxIncluded": True,
        "rateLines": lines,
    }


def _lines(plan: Plan, band: Band, identity: dict[str, Any]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    begins = 0
    if band.steps and plan.free and not plan.free.counted_back:
        begins = plan.free.minutes
        lines.append(_line(Step(0, None, begins), 0, 0))
    deducted = begins
    for step in band.steps or (Step(0),):
        lines.append(_line(step, begins, deducted))
        begins = deducted + (step.until_minutes or 0)
    for number, line in enumerate(lines, 1):
        line |= {"id": f"{identity['id']}:{number}", "version": identity["version"], "sequence": number}
    return lines


def _line(step: Step, begins: int, deducted: int) -> dict[str, Any]:
    """One step; `deducted` minutes are free before the first of them counts."""
    line: dict[str, Any] = {"value": step.fen / 100, "durationStart": _duration(begins)}
    ends = None if step.until_minutes is None else deducted + step.until_minutes
    if ends is not None:
        line["durationEnd"] = _duration(ends)
    if step.unit_minutes is not None:
        period = {"incrementPeriod": f"PT{step.unit_minutes}M", "usageCondition": "unlimited"}
        return line | {"rateLineType": "incrementingRate"} | period
    if ends is None and not begins:
        return {"value": step.fen / 100, "rateLineType": "flatRate", "usageCondition": "once"}
    if ends is not None:
        line["incrementPeriod"] = f"PT{ends - begins}M"
    return line | {"rateLineType": "flatRateTier", "usageCondition": "once"}


def _duration(minutes: int) -> str:
    """hh:mm, or dd:hh:mm from a day on."""
    days, rest = divmod(minutes, DAY_MINUTES)
    return f"{days:02}:{clock(rest)}" if days else clock(rest)


def _eligible(
    made: Apds,
    told: Published,
    place: str,
    qualifications: list[dict[str, Any]],
    table: dict[str, Any] | None,
    named: str = "",
) -> None:
    """For whom a table is; without one, who pays nothing. The first that fits counts."""
    identity = _identity(told, "for", str(len(made.eligibilities) + 1))
    eligibility: dict[str, Any] = {**identity, "eligibilityName": _name(place, named)}
    if qualifications:
        eligibility["qualifications"] = qualifications
    entry: dict[str, Any] = {**identity, "priority": len(made.eligibilities) + 1, "combinable": False}
    entry["eligibility"] = eligibility
    if table is not None:
        entry["rateTable"] = {"id": table["id"], "version": told.number, "className": "RateTable"}
    made.eligibilities.append(entry)


def _monthly(told: Published, made: Apds) -> None:
    """What a month costs; a stay of one costs no more, as far as no choice has a price for it."""
    fen, month = told.rules.monthly_fen, groups([StayKind.MONTHLY])
    has_price = any(not (each.vehicles or each.zones) for _, each in apds_whose.of_months(told.rules.choices))
    if fen is None:
        if not has_price:
            _eligible(made, told, "monthly", [{"freeToPark": True} | month], None)
        return
    identity = _identity(told, "monthly")
    line = {"sequence": 1, "rateLineType": "flatRate", "value": fen / 100, "incrementPeriod": "P1M"}
    collection = _lines_together(told, identity, "00:00", [{**identity, **line}])
    holds = valid((told.from_on, told.until_on), told.rules.time_zone)
    table = _table(identity, _name(told.name, "月租"), "contract", holds, collection)
    made.tables.append(table)
    if not has_price:
        _eligible(made, told, "monthly_fen", [month], table)
