"""How is a tariff read from its document and written back? The shape; `checks` says what contradicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from parking.kernel.vocabulary import StayKind
from parking.tariffs.rules import checks
from parking.tariffs.rules.errors import TariffInvalid
from parking.tariffs.rules.localtime import local_time
from parking.tariffs.rules.shape import Node, Problems, written_day
from parking.tariffs.rules.tariff import (
    DAY_MINUTES,
    Band,
    Choice,
    Crossing,
    Cycle,
    CycleKind,
    DateRange,
    DayType,
    Exemption,
    Free,
    FreePer,
    Plan,
    Schedule,
    Step,
    TariffRules,
    VehicleClass,
    clock,
)

MOST_FEN = 10_000_000
_MOST_MINUTES = 366 * DAY_MINUTES
_MOST_ZONES, _MOST_PLANS = 5_000, 100
# What the machine that reckons calls its own zone: another fee on another machine.
_NOBODYS_ZONES = ("localtime", "posixrules")


def read(document: Mapping[str, Any]) -> TariffRules:
    """The tariff that a document tells. Raises TariffInvalid with every problem and its place in it."""
    problems = Problems()
    keys = ("time_zone", "seconds", "grace_minutes", "monthly_fen", "exempt", "choices", "plans")
    root = Node(document, "", keys, problems)
    zone = root.text("time_zone")
    try:
        if zone:
            local_time("" if zone in _NOBODYS_ZONES else zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        root.tell("time_zone", "no_zone")
    seconds = root.yes("seconds", default=False)
    grace = root.number("grace_minutes", 0, DAY_MINUTES) or 0
    monthly = root.number("monthly_fen", 0, MOST_FEN)
    exempt = root.each_of("exempt", Exemption)
    listed = root.values.get("plans")
    plans: tuple[Plan, ...] = ()
    if listed is None:
        root.tell("plans", "missing")
    elif not isinstance(listed, Mapping):
        Node(listed, "plans", (), problems)
    elif not listed:
        root.tell("plans", "empty")
    elif len(listed) > _MOST_PLANS:
        root.tell("plans", "too_many", most=_MOST_PLANS)
    else:
        plans = tuple(_plan(str(name), value, problems) for name, value in listed.items())
    if root.has("choices") or len(plans) != 1:
        choices = tuple(
            _choice(value, f"choices[{number}]", problems)
            for number, value in enumerate(root.items("choices"))
        )
        if plans:
            checks.choices(choices, plans, problems)
    else:
        choices = (Choice(plans[0].name),)
    if problems:
        raise TariffInvalid(problems=problems)
    return TariffRules(zone, plans, choices, exempt, grace, monthly, seconds)


def _choice(value: object, place: str, problems: Problems) -> Choice:
    node = Node(value, place, ("plan", "vehicles", "zones", "stays"), problems)
    return Choice(
        node.text("plan"),
        node.each_of("vehicles", VehicleClass),
        node.texts("zones", _MOST_ZONES),
        node.each_of("stays", StayKind),
    )


def _plan(name: str, value: object, problems: Problems) -> Plan:
    place = f"plans.{name}"
    problems.add_unstorable(place, name)
    node = Node(value, place, ("cycle", "free", "crossing", "most_fen", "schedules"), problems)
    cycle, free = Cycle(), None
    if node.has("cycle"):
        cycle = _cycle(Node(node.values["cycle"], f"{place}.cycle", ("kind", "hours", "from"), problems))
    if node.has("free"):
        keys = ("minutes", "inclusive", "counted_back", "per")
        free = _free(Node(node.values["free"], f"{place}.free", keys, problems))
    crossing = node.one_of("crossing", Crossing, Crossing.RESTART_UNIT)
    most = node.number("most_fen", 1, MOST_FEN)
    schedules = tuple(
        _schedule(each, f"{place}.schedules[{number}]", problems)
        for number, each in enumerate(node.items("schedules"))
    )
    plan = Plan(name, schedules, cycle, free, crossing, most)
    checks.plan(plan, place, problems)
    return plan


def _cycle(node: Node) -> Cycle:
    if not node.has("kind"):
        node.tell("kind", "missing")
    kind = node.one_of("kind", CycleKind, CycleKind.STAY)
    for key, wanted in (("hours", CycleKind.ENTRY), ("from", CycleKind.DAY)):
        if node.has(key) and node.has("kind") and kind is not wanted:
            node.tell(key, "has_no_meaning")
    hours = node.number("hours", 1, 7 * 24) or 24
    return Cycle(kind, hours, node.minute("from", "00:00") % DAY_MINUTES)


def _free(node: Node) -> Free:
    counted_back = node.yes("counted_back", default=True)
    inclusive = node.yes("inclusive", default=True)
    if not inclusive and not counted_back:
        node.tell("inclusive", "has_no_meaning")
    minutes = node.needed_number("minutes", 1, _MOST_MINUTES)
    return Free(minutes, inclusive, counted_back, node.one_of("per", FreePer, FreePer.CYCLE))


def _schedule(value: object, place: str, problems: Problems) -> Schedule:
    node = Node(value, place, ("days", "weekdays", "dates", "cap_fen", "bands"), problems)
    types = node.each_of("days", DayType)
    weekdays: list[int] = []
    for number, each in enumerate(node.items("weekdays")):
        if not isinstance(each, int) or isinstance(each, bool) or not 1 <= each <= 7:
            node.tell(f"weekdays[{number}]", "out_of_range", least=1, most=7)
        elif each in weekdays:
            node.tell(f"weekdays[{number}]", "twice")
        else:
            weekdays.append(each)
    ranges = (
        _range(Node(each, f"{place}.dates[{number}]", ("from", "until"), problems))
        for number, each in enumerate(node.items("dates"))
    )
    dates = tuple(each for each in ranges if each)
    cap = node.number("cap_fen", 1, MOST_FEN)
    bands = tuple(
        _band(each, f"{place}.bands[{number}]", problems) for number, each in enumerate(node.items("bands"))
    )
    return Schedule(bands, types, tuple(weekdays), dates, cap)


def _range(node: Node) -> DateRange | None:
    first, last = node.day("from"), node.day("until")
    if first is None or last is None:
        return None
    if isinstance(first, date) != isinstance(last, date):
        node.tell("until", "mixed_dates")
        return None
    if isinstance(first, date) and isinstance(last, date) and last < first:
        node.tell("until", "ends_before_it_begins")
    return DateRange(first, last)


def _band(value: object, place: str, problems: Problems) -> Band:
    node = Node(value, place, ("from", "until", "steps", "cap_fen"), problems)
    begins, ends = node.minute("from") % DAY_MINUTES, node.minute("until")
    steps = []
    for number, each in enumerate(node.items("steps")):
        keys = ("fen", "unit_minutes", "until_minutes")
        step = Node(each, f"{place}.steps[{number}]", keys, problems)
        steps.append(
            Step(
                step.needed_number("fen", 0, MOST_FEN),
                step.number("unit_minutes", 1, _MOST_MINUTES),
                step.number("until_minutes", 1, _MOST_MINUTES),
            )
        )
    return Band(begins, ends or DAY_MINUTES, tuple(steps), node.number("cap_fen", 1, MOST_FEN))


def write(rules: TariffRules) -> dict[str, Any]:
    """The document of a tariff: `read` makes the same of it. What is as ever is left out."""
    document: dict[str, Any] = {"time_zone": rules.time_zone}
    _put(document, seconds=rules.seconds, grace_minutes=rules.grace_minutes)
    if rules.monthly_fen is not None:
        document["monthly_fen"] = rules.monthly_fen
    _put(document, exempt=_texts(rules.exempt))
    if len(rules.plans) != 1 or rules.choices != (Choice(rules.plans[0].name),):
        document["choices"] = [_written_choice(choice) for choice in rules.choices]
    document["plans"] = {plan.name: _written_plan(plan) for plan in rules.plans}
    return document


def _put(document: dict[str, Any], **values: Any) -> None:
    """What is nothing is left out."""
    document.update((key, value) for key, value in values.items() if value)


def _texts(values: tuple[Any, ...]) -> list[str]:
    return [str(value) for value in values]


def _written_choice(choice: Choice) -> dict[str, Any]:
    written: dict[str, Any] = {"plan": choice.plan}
    stays = _texts(choice.stays)
    _put(written, vehicles=_texts(choice.vehicles), zones=list(choice.zones), stays=stays)
    return written


def _written_plan(plan: Plan) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if plan.cycle.kind is CycleKind.ENTRY:
        written["cycle"] = {"kind": "entry", "hours": plan.cycle.hours}
    elif plan.cycle.kind is CycleKind.DAY:
        written["cycle"] = {"kind": "day", "from": clock(plan.cycle.from_minute)}
    if plan.free:
        written["free"] = {"minutes": plan.free.minutes}
        if not plan.free.counted_back:
            written["free"]["counted_back"] = False
        if not plan.free.inclusive:
            written["free"]["inclusive"] = False
        if plan.free.per is not FreePer.CYCLE:
            written["free"]["per"] = str(plan.free.per)
    if plan.crossing is not Crossing.RESTART_UNIT:
        written["crossing"] = str(plan.crossing)
    _put(written, most_fen=plan.most_fen)
    written["schedules"] = [_written_schedule(schedule) for schedule in plan.schedules]
    return written


def _written_schedule(schedule: Schedule) -> dict[str, Any]:
    written: dict[str, Any] = {}
    dates = [{"from": written_day(each.first), "until": written_day(each.last)} for each in schedule.dates]
    _put(written, days=_texts(schedule.types), weekdays=list(schedule.weekdays), dates=dates)
    _put(written, cap_fen=schedule.cap_fen)
    written["bands"] = [_written_band(band) for band in schedule.bands]
    return written


def _written_band(band: Band) -> dict[str, Any]:
    written: dict[str, Any] = {"from": clock(band.from_minute), "until": clock(band.until_minute)}
    _put(written, cap_fen=band.cap_fen)
    if band.steps:
        written["steps"] = [_written_step(step) for step in band.steps]
    return written


def _written_step(step: Step) -> dict[str, Any]:
    written: dict[str, Any] = {"fen": step.fen}
    _put(written, unit_minutes=step.unit_minutes, until_minutes=step.until_minutes)
    return written
