"""Which rules of a tariff contradict each other? Each with its place and the reason."""

from __future__ import annotations

from collections.abc import Sequence

from parking.tariffs.rules.shape import Problems
from parking.tariffs.rules.tariff import DAY_MINUTES, Band, Choice, CycleKind, Plan, Schedule, Step, clock


def choices(listed: Sequence[Choice], plans: Sequence[Plan], problems: Problems) -> None:
    """Every choice names a plan; the last, and no other, is for all that are left."""
    names = {plan.name for plan in plans}
    for number, choice in enumerate(listed):
        if choice.plan and choice.plan not in names:
            problems.add(f"choices[{number}].plan", "no_such_plan")
        if choice.is_for_all and number + 1 < len(listed):
            problems.add(f"choices[{number}]", "hides_the_rest")
    if not listed:
        problems.add("choices", "missing")
    elif not listed[-1].is_for_all:
        problems.add(f"choices[{len(listed) - 1}]", "leaves_some_out")


def plan(told: Plan, place: str, problems: Problems) -> None:
    """A plan's schedules cover every day, its caps can be reached and its free minutes passed."""
    if not told.schedules:
        problems.add(f"{place}.schedules", "empty")
        return
    cycle = told.cycle
    minutes = {CycleKind.ENTRY: cycle.hours * 60, CycleKind.DAY: DAY_MINUTES}.get(cycle.kind)
    # On the day that a clock is put back a day is longer, but nobody means that by a step.
    if told.free and minutes and told.free.minutes >= minutes and told.free.per == "cycle":
        problems.add(f"{place}.free.minutes", "never_reached", minutes=minutes)
    for number, each in enumerate(told.schedules):
        where = f"{place}.schedules[{number}]"
        if each.is_for_any_day and number + 1 < len(told.schedules):
            problems.add(where, "hides_the_rest")
        _schedule(each, where, minutes, problems)
        dearest = _dearest(each.bands)
        if told.most_fen is not None and told.most_fen < dearest:
            problems.add(f"{place}.most_fen", "cap_below_unit", unit_fen=dearest)
    if not told.schedules[-1].is_for_any_day:
        problems.add(f"{place}.schedules[{len(told.schedules) - 1}]", "leaves_some_out")


def _dearest(bands: Sequence[Band]) -> int:
    """The price of the dearest unit."""
    return max((step.fen for band in bands for step in band.steps), default=0)


def _schedule(told: Schedule, place: str, minutes: int | None, problems: Problems) -> None:
    if not told.bands:
        problems.add(f"{place}.bands", "empty")
        return
    dearest = _dearest(told.bands)
    if told.cap_fen is not None and told.cap_fen < dearest:
        problems.add(f"{place}.cap_fen", "cap_below_unit", unit_fen=dearest)
    _round_the_clock(told.bands, place, problems)
    for number, band in enumerate(told.bands):
        where = f"{place}.bands[{number}]"
        if band.cap_fen is not None:
            _band_cap(band, band.cap_fen, told.cap_fen, where, problems)
        _steps(band.steps, f"{where}.steps", minutes, problems)


def _band_cap(band: Band, cap_fen: int, cycle_fen: int | None, where: str, problems: Problems) -> None:
    dearest = _dearest([band])
    if not band.steps:
        problems.add(f"{where}.cap_fen", "has_no_meaning")
    elif cap_fen < dearest:
        problems.add(f"{where}.cap_fen", "cap_below_unit", unit_fen=dearest)
    if cycle_fen is not None and cap_fen > cycle_fen:
        problems.add(f"{where}.cap_fen", "cap_above_longer_cap", cap_fen=cycle_fen)


def _round_the_clock(bands: Sequence[Band], place: str, problems: Problems) -> None:
    """Each band ends where the next of the day begins, the last where the first does."""
    order = sorted(range(len(bands)), key=lambda number: bands[number].from_minute)
    for here, there in zip(order, order[1:] + order[:1], strict=True):
        band, begins = bands[here], bands[there].from_minute
        length = (band.until_minute - band.from_minute) % DAY_MINUTES or DAY_MINUTES
        room = (begins - band.from_minute) % DAY_MINUTES
        if room == 0:
            # The same begin, or the one band of a day.
            room = DAY_MINUTES if here == there or there == order[0] else 0
        where = f"{place}.bands[{here}].until"
        if length > room:
            problems.add(where, "overlap", **{"from": clock(begins)})
        elif length < room:
            problems.add(where, "gap", **{"from": clock(begins)})


def _steps(steps: Sequence[Step], place: str, minutes: int | None, problems: Problems) -> None:
    """Each step but the last ends later than the one before, in whole units, and within the cycle."""
    begins = 0
    for number, step in enumerate(steps):
        where = f"{place}[{number}]"
        until = step.until_minutes
        if minutes is not None and begins >= minutes:
            problems.add(where, "never_reached", minutes=minutes)
        if number + 1 == len(steps):
            if until is not None:
                problems.add(f"{where}.until_minutes", "nothing_follows")
        elif until is None:
            problems.add(f"{where}.until_minutes", "never_ends")
            return
        elif until <= begins:
            problems.add(f"{where}.until_minutes", "not_later", minutes=begins)
        elif step.unit_minutes and (until - begins) % step.unit_minutes:
            problems.add(f"{where}.unit_minutes", "not_whole_units", minutes=until - begins)
        begins = until or begins
