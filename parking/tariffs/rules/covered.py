"""Which choices and days can never apply, because those before them take all that they name?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, lru_cache
from itertools import product

from parking.kernel.vocabulary import StayKind
from parking.tariffs.rules.shape import YEARS
from parking.tariffs.rules.tariff import Choice, DateRange, DayType, Schedule, VehicleClass

_FIRST, _LAST = date(YEARS[0], 1, 1).toordinal(), date(YEARS[1], 12, 31).toordinal()
_KINDS = list(product(VehicleClass, StayKind))


def hidden_choices(choices: Sequence[Choice]) -> Iterator[str]:
    """The places of choices, or of single values of them, that are never come to.

    Each zone has its set of vehicles and stays that are gone already; so has whatever is in no zone.
    """
    gone: dict[str | None, int] = {None: 0}
    for number, choice in enumerate(choices):
        place = f"choices[{number}]"
        if _is_gone(choice, gone):
            yield place
        else:
            alone: dict[str, list[Choice]] = {
                "vehicles": [replace(choice, vehicles=(each,)) for each in choice.vehicles],
                "zones": [replace(choice, zones=(each,)) for each in choice.zones],
                "stays": [replace(choice, stays=(each,)) for each in choice.stays],
            }
            for key, listed in alone.items():
                for at, one in enumerate(listed):
                    if _is_gone(one, gone):
                        yield f"{place}.{key}[{at}]"
        mask = _mask(choice)
        zones: Iterable[str | None] = choice.zones or list(gone)
        for zone in zones:
            gone[zone] = gone.get(zone, gone[None]) | mask


def _is_gone(choice: Choice, gone: dict[str | None, int]) -> bool:
    mask = _mask(choice)
    # Somebody may always be in a zone that no choice names.
    return not any(mask & ~gone.get(zone, gone[None]) for zone in choice.zones or (None,))


def _mask(choice: Choice) -> int:
    """The vehicles and stays of a choice, a bit each, whatever the zone."""
    zone = choice.zones[0] if choice.zones else None
    held = (choice.holds(vehicle, zone, stay) for vehicle, stay in _KINDS)
    return sum(1 << bit for bit, holds in enumerate(held) if holds)


def hidden_schedules(schedules: Sequence[Schedule]) -> Iterator[tuple[int, str]]:
    """The number of a schedule that no day is left for, or of whose list one value is never come to.

    Any date may be of any type: which one it is, is the calendar's to say.
    """
    types, dates = set(DayType), _all()
    for number, told in enumerate(schedules):
        if not types or not dates:
            yield number, ""
            continue
        held = _dates(told)
        if not told.is_for_any_day and not types & {*told.types} and not dates & held:
            yield number, ""
        else:
            alone: dict[str, list[Schedule]] = {
                "days": [Schedule((), types=(each,)) for each in told.types],
                "weekdays": [Schedule((), weekdays=(each,)) for each in told.weekdays],
                "dates": [Schedule((), dates=(each,)) for each in told.dates],
            }
            for key, listed in alone.items():
                for at, one in enumerate(listed):
                    if not types & {*one.types} and not dates & _dates(one):
                        yield number, f"{key}[{at}]"
        types -= {*told.types}
        dates &= ~held


def _dates(told: Schedule) -> int:
    """The dates of a schedule's weekdays and ranges, a bit for each that may be."""
    found = 0
    for weekday in told.weekdays:
        found |= _weekday(weekday)
    for each in told.dates:
        found |= _range(each)
    return found


@cache
def _all() -> int:
    return (1 << (_LAST - _FIRST + 1)) - 1


@cache
def _weekday(weekday: int) -> int:
    first = (weekday - date.fromordinal(_FIRST).isoweekday()) % 7
    return sum(1 << at for at in range(first, _LAST - _FIRST + 1, 7))


def _run(first: int, last: int) -> int:
    """The dates between two ordinals, both included, as far as they may be."""
    first, last = max(first, _FIRST), min(last, _LAST)
    return ((1 << (last - first + 1)) - 1) << (first - _FIRST) if first <= last else 0


def _range(told: DateRange) -> int:
    first, last = told.first, told.last
    if isinstance(first, date) and isinstance(last, date):
        return _run(first.toordinal(), last.toordinal())
    assert isinstance(first, tuple) and isinstance(last, tuple)
    return _yearly(first, last)


@lru_cache(maxsize=64)
def _yearly(first: tuple[int, int], last: tuple[int, int]) -> int:
    """A range of every year, maybe round New Year."""
    found = 0
    for year in range(YEARS[0], YEARS[1] + 1):
        begins, ends = _on(year, first, (3, 1)), _on(year, last, (2, 28))
        if first <= last:
            found |= _run(begins, ends)
        else:
            found |= _run(_on(year, (1, 1)), ends) | _run(begins, _on(year, (12, 31)))
    return found


def _on(year: int, told: tuple[int, int], instead: tuple[int, int] = (1, 1)) -> int:
    """`instead` is for 29 February, where there is none."""
    try:
        return date(year, *told).toordinal()
    except ValueError:
        return date(year, *instead).toordinal()
