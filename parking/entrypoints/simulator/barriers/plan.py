"""Which vehicles cross a lot's barriers on a day? Pure: the same lot, day and seed give the same crossings.

A day has vehicles of its own: the first come at three in the morning, the last leave by six the next. In
between the lot holds some of both days, so that it is empty at no hour because of the plan. A simulator that
is started again tells the same story; what it missed meanwhile it replays as its devices would.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from zlib import crc32

from parking.entrypoints.simulator.barriers.crossing import ZONE, Crossing, Leads, vehicle
from parking.entrypoints.simulator.course import DEFAULT_SEED, Course, occupied_at

DAY_BEGINS = time(3)
_STEP = timedelta(minutes=2)
_AROUND = tuple(timedelta(minutes=minutes) for minutes in (-4, 0, 4))
_SHORTEST_STAY = timedelta(minutes=6)
# As a day's vehicles come in its first hours, those of the day before leave in its last.
_CHANGES_IN = timedelta(hours=3)
# More than a lot sees in a day: neighbouring days share no vehicle.
_VEHICLES_OF_A_DAY = 10_000


@dataclass(frozen=True, slots=True)
class Planned:
    """A crossing and which of the lot's gates of its direction sees it (a running choice)."""

    crossing: Crossing
    lane: int


@dataclass(slots=True)
class _Stay:
    number: int
    entered_at: datetime


def days_of(at: datetime) -> tuple[date, ...]:
    """The planned days whose vehicles may be in a lot at an instant: one, and while they change two."""
    wall = at.astimezone(ZONE)
    day = wall.date() - timedelta(days=1) if wall.time() < DAY_BEGINS else wall.date()
    return (day - timedelta(days=1), day) if at < beginning(day) + _CHANGES_IN else (day,)


def beginning(day: date) -> datetime:
    """When a planned day begins."""
    return datetime.combine(day, DAY_BEGINS, ZONE)


def crossings(
    lot_code: str, capacity: int, course: Course, day: date, *, seed: int = DEFAULT_SEED
) -> list[Planned]:
    """All crossings of a day, in order of time; the lot holds 0..capacity vehicles at any instant."""
    random = Random(f"{seed}/{lot_code}/{day}")  # noqa: S311 - a story, not a secret
    first_vehicle = (crc32(lot_code.encode()) + day.toordinal() * _VEHICLES_OF_A_DAY) % 400_000
    inside: list[_Stay] = []
    planned: list[Planned] = []
    stays = 0
    start, end = beginning(day), beginning(day + timedelta(days=1)) + _CHANGES_IN
    # Numbers run on from day to day, as a device's own do.
    number = day.toordinal() % 3650 * 10_000

    def cross(at: datetime, stay: _Stay, leads: Leads) -> None:
        nonlocal number
        number += 1
        name = f"{lot_code}-{day:%y%m%d}-{stay.number:05d}"
        came_at = stay.entered_at if leads is Leads.EXIT else None
        seen = Crossing(number, at, leads, vehicle(first_vehicle + stay.number), name, came_at)
        planned.append(Planned(seen, random.randrange(1000)))

    step = start
    while step < end:
        following = step + _STEP
        wanted = _wanted(lot_code, capacity, course, following, start, end, seed)
        leaving, coming = _moves(random, len(inside), wanted, capacity)
        instants = sorted(
            step + random.random() * (_STEP - timedelta(seconds=1)) for _ in range(leaving + coming)
        )
        for at in instants:
            if leaving and (gone := _chosen(random, inside, at, coming == 0)) is not None:
                leaving -= 1
                cross(at, inside.pop(gone), Leads.EXIT)
            elif coming:
                coming -= 1
                stays += 1
                inside.append(_Stay(stays, at))
                cross(at, inside[-1], Leads.ENTRY)
        step = following
    return planned


@dataclass(slots=True)
class Story:
    """What crosses a lot's barriers as time goes on; each crossing is told once."""

    lot_code: str
    capacity: int
    course: Course
    seed: int
    _untold: dict[date, deque[Planned]] = field(default_factory=dict)

    def passed(self, now: datetime) -> list[Planned]:
        """What crossed since the last call, in order of time; the first tells all of the days of `now`."""
        days = days_of(now)
        for day in days:
            if day not in self._untold:
                plan = crossings(self.lot_code, self.capacity, self.course, day, seed=self.seed)
                self._untold[day] = deque(plan)
        passed: list[Planned] = []
        for untold in self._untold.values():
            while untold and untold[0].crossing.at <= now:
                passed.append(untold.popleft())
        self._untold = {day: untold for day, untold in self._untold.items() if day in days}
        return sorted(passed, key=lambda planned: planned.crossing.at)


def _wanted(
    code: str, capacity: int, course: Course, at: datetime, start: datetime, end: datetime, seed: int
) -> int:
    share = min(1.0, (at - start) / _CHANGES_IN, (end - at) / _CHANGES_IN)
    # What comes and goes within a minute is left out: each of its waves would be a vehicle.
    calm = [
        occupied_at(code, capacity, course, at + timedelta(minutes=shift), seed=seed) for shift in (-4, 0, 4)
    ]
    return round(sum(calm) / 3 * share)


def _moves(random: Random, inside: int, wanted: int, capacity: int) -> tuple[int, int]:
    """How many leave and how many come within a step: the difference, and some who change places."""
    change = 1 if inside and random.random() < 0.25 + inside / 400 else 0
    leaving = max(inside - wanted, 0) + change
    coming = min(max(wanted - inside, 0) + change, capacity - inside)
    return leaving, coming


def _chosen(random: Random, inside: Sequence[_Stay], at: datetime, any_of_them: bool) -> int | None:
    """Who leaves: somebody who has stayed a while, those that came first more likely."""
    able = [n for n, stay in enumerate(inside) if any_of_them or at - stay.entered_at >= _SHORTEST_STAY]
    if not able:
        return None
    return able[int(len(able) * random.random() ** 1.6)]
