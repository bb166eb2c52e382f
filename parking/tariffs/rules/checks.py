"""Which rules of a tariff contradict each other? Each with its place and the reason."""

from __future__ import annotations

from collections.abc import Sequence

from parking.tariffs.rules.covered import hidden_choices, hidden_schedules
from parking.tariffs.rules.reach import Reach
from parking.tariffs.rules.shape import Problems
from parking.tariffs.rules.tariff import DAY_MINUTES, Band, Choice, Plan, Schedule, Step, clock


def choices(listed: Sequence[Choice], plans: Sequence[Plan], problems: Problems) -> None:
    """Every choice names a plan and is come to; the last, and no other, is for all that are left."""
    names = {plan.name for plan in plans}
    is_hidden = False
    for number, choice in enumerate(listed):
        if choice.plan and choice.plan not in names:
            problems.add(f"choices[{number}].plan", "no_such_plan")
        if choice.is_for_all and number + 1 < len(listed):
            problems.add(f"choices[{number}]", "hides_the_rest")
            is_hidden = True
    if not listed:
        problems.add("choices", "missing")
    elif not listed[-1].is_for_all:
        problems.add(f"choices[{len(listed) - 1}]", "leaves_some_out")
    if not is_hidden and not problems.is_wrong("choices"):
        for place in hidden_choices(listed):
            problems.add(place, "never_applies")


def plan(told: Plan, place: str, problems: Problems) -> None:
    """A plan's schedules cover every day, its caps can be reached and its free minutes passed.

    Where a value is wrong, and read as its default, nothing is said that rests on it.
    """
    is_sound = not problems.is_wrong(place)
    if not told.schedules:
        if is_sound:
            problems.add(f"{place}.schedules", "empty")
        return
    if is_sound:
        _days(told.schedules, f"{place}.schedules", problems)
    dearest = _dearest([band for each in told.schedules for band in each.bands])
    most = told.most_fen
    if most is not None and most < dearest:
        problems.add(f"{place}.most_fen", "cap_below_unit", unit_fen=dearest)
        most = None
    for number, each in enumerate(told.schedules):
        _schedule(each, f"{place}.schedules[{number}]", most, problems)
    if is_sound:
        _reached(told, place, problems)


def _days(schedules: Sequence[Schedule], place: str, problems: Problems) -> None:
    is_hidden = False
    for number, each in enumerate(schedules[:-1]):
        if each.is_for_any_day:
            problems.add(f"{place}[{number}]", "hides_the_rest")
            is_hidden = True
    if not schedules[-1].is_for_any_day:
        problems.add(f"{place}[{len(schedules) - 1}]", "leaves_some_out")
    if not is_hidden:
        for number, value in hidden_schedules(schedules):
            problems.add(f"{place}[{number}].{value}".rstrip("."), "never_applies")


def _dearest(bands: Sequence[Band]) -> int:
    """The price of the dearest unit."""
    return max((step.fen for band in bands for step in band.steps), default=0)


def _schedule(told: Schedule, place: str, most_fen: int | None, problems: Problems) -> None:
    if not told.bands:
        if not problems.is_wrong(f"{place}.bands"):
            problems.add(f"{place}.bands", "empty")
        return
    dearest = _dearest(told.bands)
    if told.cap_fen is not None and told.cap_fen < dearest:
        problems.add(f"{place}.cap_fen", "cap_below_unit", unit_fen=dearest)
    elif told.cap_fen is not None:
        _longer_cap(told.cap_fen, most_fen, place, problems)
    is_sound = not problems.is_wrong(f"{place}.bands")
    if is_sound:
        _round_the_clock(told.bands, place, problems)
    for number, band in enumerate(told.bands):
        where = f"{place}.bands[{number}]"
        if band.cap_fen is not None:
            _band_cap(band, band.cap_fen, most_fen if told.cap_fen is None else told.cap_fen, where, problems)
        if is_sound or not problems.is_wrong(f"{where}.steps"):
            _steps(band.steps, f"{where}.steps", problems)


def _band_cap(band: Band, cap_fen: int, longer_fen: int | None, where: str, problems: Problems) -> None:
    dearest = _dearest([band])
    if not band.steps:
        if not problems.is_wrong(f"{where}.steps"):
            problems.add(f"{where}.cap_fen", "has_no_meaning")
    elif cap_fen < dearest:
        problems.add(f"{where}.cap_fen", "cap_below_unit", unit_fen=dearest)
    _longer_cap(cap_fen, longer_fen, where, problems)


def _longer_cap(cap_fen: int, longer_fen: int | None, where: str, problems: Problems) -> None:
    """A cap above that of a longer time never comes to bear."""
    if longer_fen is not None and cap_fen > longer_fen:
        problems.add(f"{where}.cap_fen", "cap_above_longer_cap", cap_fen=longer_fen)


def _reached(told: Plan, place: str, problems: Problems) -> None:
    """Some cycle holds more charged time than is free, and than the steps before a step take."""
    reach, free = Reach(told), told.free
    minutes = reach.free()
    # Exactly so many are charged where they do not count as free themselves.
    if free and minutes and free.minutes >= minutes + (free.counted_back and not free.inclusive):
        problems.add(f"{place}.free.minutes", "never_reached", minutes=minutes)
        return
    for number, each in enumerate(told.schedules):
        for at, band in enumerate(each.bands):
            minutes = reach.steps(number, band) if len(band.steps) > 1 else 0
            for step, before in enumerate(band.steps[:-1]):
                if before.until_minutes is not None and before.until_minutes >= minutes:
                    where = f"{place}.schedules[{number}].bands[{at}].steps[{step + 1}]"
                    problems.add(where, "never_reached", minutes=minutes)
                    break


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


def _steps(steps: Sequence[Step], place: str, problems: Problems) -> None:
    """Each step but the last ends later than the one before, in whole units."""
    begins = 0
    for number, step in enumerate(steps):
        where = f"{place}[{number}]"
        until = step.until_minutes
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
