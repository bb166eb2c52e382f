"""How does a plan's fee grow with time? Units are counted by division; times are whole UTC seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from parking.tariffs.rules import words
from parking.tariffs.rules.localtime import LocalTime
from parking.tariffs.rules.tariff import Band, Crossing, CycleKind, Days, FreePer, Plan, clock

_DAY = 86_400
_NO_END = 1 << 60
_SEARCHED = 366 * _DAY


class MadeStep(NamedTuple):
    """A step in seconds; `unit` of a step without units is all of it. And how a line tells it."""

    until: int
    unit: int
    fen: int
    text: str
    params: dict[str, int | str]


@dataclass(slots=True, eq=False)
class MadeBand:
    """A band as the machine walks it; `steps` is empty where nothing is charged."""

    band: Band
    steps: tuple[MadeStep, ...]
    cap: int
    cap_params: dict[str, int | str]

    @classmethod
    def of(cls, band: Band) -> MadeBand:
        steps, begins = [], 0
        hours: dict[str, int | str] = {"from": clock(band.from_minute), "until": clock(band.until_minute)}
        for step in band.steps:
            until = _NO_END if step.until_minutes is None else step.until_minutes * 60
            unit = until - begins if step.unit_minutes is None else step.unit_minutes * 60
            told: dict[str, int | str]
            if step.unit_minutes is not None:
                text, told = words.UNITS, {"minutes": step.unit_minutes, "unit_fen": step.fen}
            elif step.until_minutes is not None:
                text, told = words.FLAT_UNTIL, {"minutes": step.until_minutes, "flat_fen": step.fen}
            else:
                text, told = words.FLAT, {"flat_fen": step.fen}
            steps.append(MadeStep(until, unit, step.fen, text, hours | told))
            begins = until
        cap = _NO_END if band.cap_fen is None else band.cap_fen
        return cls(band, tuple(steps), cap, hours | {"cap_fen": cap})


# A piece of a reckoning: a band, units of one of its steps, their fee. Without a step: what the band's cap
# takes off; without a band, what the cycle's does. A plain tuple, for there are many.
Part = tuple[MadeBand | None, MadeStep | None, int, int]


class Walk(NamedTuple):
    """A cycle up to an instant. The fee is next higher just after `rises`; -1: not in this cycle."""

    fee: int
    rises: int
    higher: int
    metered: int
    position: int


@dataclass(slots=True)
class Course:
    """What a stay costs and how: the cycles that ended, alike in a row, and the parts of first and last."""

    fee: int = 0
    rises: int = -1
    higher: int = 0
    first: list[Part] = field(default_factory=list)
    whole: list[list[int]] = field(default_factory=list)
    last: list[Part] = field(default_factory=list)
    is_within_free: bool = False
    is_charged_time: bool = False


class _DaySchedules(dict[int, int]):
    """The schedule of each date asked for so far."""

    def __init__(self, plan: Plan, calendar: Days) -> None:
        self._plan, self._calendar = plan, calendar

    def __missing__(self, day: int) -> int:
        on = date.fromordinal(day)
        schedules = self._plan.schedules
        found = next(place for place, each in enumerate(schedules) if each.holds(on, self._calendar))
        self[day] = found
        return found


class Machine:
    """A plan made ready for one zone; what a calendar says of days is asked per quote."""

    def __init__(self, plan: Plan, local: LocalTime, tick: int) -> None:
        self.plan, self.local, self.tick = plan, local, tick
        made: dict[Band, MadeBand] = {}
        self.tables: list[tuple[tuple[int, int, MadeBand], ...]] = []
        for schedule in plan.schedules:
            pieces = []
            for band in schedule.bands:
                each = made.setdefault(band, MadeBand.of(band))
                begins, ends = band.from_minute * 60, band.until_minute * 60
                if begins < ends:
                    pieces.append((begins, ends, each))
                else:
                    pieces.append((begins, _DAY, each))
                    if ends:
                        pieces.append((0, ends, each))
            self.tables.append(tuple(sorted(pieces, key=lambda piece: piece[0])))
        self.caps = [_NO_END if each.cap_fen is None else each.cap_fen for each in plan.schedules]
        self.most = _NO_END if plan.most_fen is None else plan.most_fen
        free = plan.free
        minutes = free.minutes * 60 if free else 0
        self.per_stay = free is not None and free.per is FreePer.STAY
        self.deducted = minutes if free and not free.counted_back else 0
        # Up to so many metered seconds all is free; -1: nothing is.
        self.within = minutes - (not free.inclusive) if free and free.counted_back else -1
        self.carries = plan.crossing is Crossing.CARRY
        self.restarts_steps = plan.crossing is Crossing.RESTART_STEPS
        # 0: cycles begin at a time of day.
        lengths = {CycleKind.ENTRY: plan.cycle.hours * 3600, CycleKind.STAY: _NO_END}
        self.cycle_length = lengths.get(plan.cycle.kind, 0)
        self.cycle_from = plan.cycle.from_minute * 60
        self._calendar: Days | None = None
        self._days: Callable[[int], int] = _first
        self.never_charges = not any(step.fen for band in made.values() for step in band.steps)

    def days(self, calendar: Days) -> Callable[[int], int]:
        """Which schedule a date (by its ordinal) has. A calendar is a value: each date is asked once."""
        if len(self.plan.schedules) == 1:
            return _first
        if calendar is not self._calendar:
            self._calendar, self._days = calendar, _DaySchedules(self.plan, calendar).__getitem__
        return self._days

    def cycle_end(self, begins: int, day: int) -> int:
        """When the cycle ends that begins then, on that date."""
        if self.cycle_length:
            return begins + self.cycle_length
        edge = self.local.at(day, self.cycle_from)
        return edge if edge > begins else self.local.at(day + 1, self.cycle_from)

    def pieces(
        self, begins: int, ends: int, day: int, schedule_of: Callable[[int], int]
    ) -> Iterator[tuple[int, int, MadeBand]]:
        """The bands that lie in [begins, ends), from a date on that holds `begins`, without end if asked."""
        local, tables = self.local, self.tables
        at = begins
        while True:
            midnight = local.midnight(day)
            is_plain = local.midnight(day + 1) - midnight == _DAY
            for _, last, band in tables[schedule_of(day)]:
                until = midnight + last if is_plain else local.at(day, last)
                if until <= at:
                    continue
                if until >= ends:
                    yield at, ends, band
                    return
                yield at, until, band
                at = until
            day += 1

    def walk(
        self,
        begins: int,
        ends: int,
        day: int,
        exit_at: int,
        position: int,
        schedule_of: Callable[[int], int],
        parts: list[Part],
    ) -> Walk:
        """The fee of [begins, exit_at] in the cycle [begins, ends), and when it is next higher.

        `position` is how far the steps have come: minus the seconds still free where those are deducted.
        """
        cycle_cap = self.caps[schedule_of(day)]
        before = now = metered = 0
        previous: MadeBand | None = None
        paid = begins
        # Where nothing is charged for a year, nobody looks further.
        horizon = begins + _SEARCHED + 2 * _DAY
        for at, until, band in self.pieces(begins, min(ends, horizon), day, schedule_of):
            if not band.steps:
                before, now, previous, paid = before + now, 0, band, at
                continue
            start = at
            if band is previous:
                start = paid if paid > at else at
            else:
                if self.carries and paid > at:
                    start = paid
                before, now, previous = before + now, 0, band
                if self.restarts_steps and position > 0:
                    position = 0
            if exit_at > at:
                metered += (exit_at if exit_at < until else until) - at
            elif before + now >= cycle_cap:
                break
            place = position + start - at
            position += until - at
            while start < until:
                if place < 0:
                    skipped = min(-place, until - start)
                    start += skipped
                    place += skipped
                    continue
                for step in band.steps:
                    if place < step.until:
                        break
                step_ends = start + step.until - place
                end = step_ends if step_ends < until else until
                first = start
                if start < exit_at:
                    units = -((start - (exit_at if exit_at < end else end)) // step.unit)
                    fen = units * step.fen
                    parts.append((band, step, units, fen))
                    now += fen
                    if now > band.cap:
                        parts.append((band, None, 0, band.cap - now))
                        now = band.cap
                    first = start + units * step.unit
                if exit_at <= first < end and step.fen and now < band.cap and before + now < cycle_cap:
                    fee = before + now
                    return Walk(
                        fee, first, min(before + min(now + step.fen, band.cap), cycle_cap), metered, position
                    )
                paid = start - ((start - end) // step.unit) * step.unit
                if paid > step_ends:
                    paid = step_ends
                place += end - start
                start = end
        fee = before + now
        if fee > cycle_cap:
            parts.append((None, None, 0, cycle_cap - fee))
            fee = cycle_cap
        return Walk(fee, -1, fee, metered, position)

    def course(
        self, entered: int, exit_at: int, schedule_of: Callable[[int], int], *, look_on: bool = True
    ) -> Course:
        """The whole stay [entered, exit_at] by this plan; `look_on`: and when it costs more."""
        course = Course()
        local, day = self.local, self.local.day_of(entered)
        begins, left = entered, self.deducted
        ends = self.cycle_end(begins, day)
        metered_before = total = 0
        known: dict[tuple[int, ...], tuple[int, int]] = {}
        while ends < exit_at:
            fee, metered, left_after, is_first = 0, 0, 0, begins == entered
            key = None if is_first or (self.per_stay and left) else self._key(begins, ends, day, schedule_of)
            if key is not None and key in known:
                fee, metered = known[key]
            else:
                walk = self.walk(
                    begins, ends, day, ends, -left, schedule_of, course.first if is_first else []
                )
                fee, metered = walk.fee, walk.metered
                left_after = max(0, -walk.position)
                if not self.per_stay and metered <= self.within:
                    fee = 0
                if key is not None:
                    known[key] = fee, metered
            metered_before += metered
            if is_first:
                course.whole.append([1, fee])
            elif len(course.whole) > 1 and course.whole[-1][1] == fee:
                course.whole[-1][0] += 1
            else:
                course.whole.append([1, fee])
            total += fee
            left = left_after if self.per_stay else self.deducted
            begins = ends
            while local.midnight(day + 1) <= begins:
                day += 1
            ends = self.cycle_end(begins, day)
        walk = self.walk(begins, ends, day, exit_at, -left, schedule_of, course.last)
        fee = walk.fee
        if (metered_before if self.per_stay else 0) + walk.metered <= self.within:
            course.is_within_free, course.is_charged_time = True, walk.metered > 0
            course.fee = 0 if self.per_stay else min(total, self.most)
            if look_on and self.per_stay:
                self._leave_free(course, entered, schedule_of)
            elif look_on and course.fee < self.most:
                self._look_on(course, entered, begins, day, total, 0, schedule_of)
            return course
        course.fee = min(total + fee, self.most)
        if not look_on or course.fee >= self.most or self.never_charges:
            return course
        if walk.rises >= 0:
            course.rises, course.higher = walk.rises, min(total + walk.higher, self.most)
        else:
            position = -max(0, -walk.position) if self.per_stay else -self.deducted
            self._look_on(course, entered, ends, day, total + fee, position, schedule_of)
        return course

    def _key(
        self, begins: int, ends: int, day: int, schedule_of: Callable[[int], int]
    ) -> tuple[int, ...] | None:
        """What tells a whole cycle's fee; nothing does where the clock is changed in it."""
        midnight = self.local.midnight
        start = after = midnight(day)
        schedules = []
        last = day
        while after < ends:
            schedules.append(schedule_of(last))
            last += 1
            after = midnight(last)
        return None if after - start != (last - day) * _DAY else (begins - start, *schedules)

    def _leave_free(self, course: Course, entered: int, schedule_of: Callable[[int], int]) -> None:
        """Where the whole stay is still free: when is it no more?"""
        day = self.local.day_of(entered)
        threshold = self._reached(entered, entered + _SEARCHED, day, schedule_of)
        if threshold is None:
            return
        after = (threshold // self.tick + 1) * self.tick
        then = self.course(entered, after, schedule_of)
        course.rises, course.higher = (threshold, then.fee) if then.fee else (then.rises, then.higher)

    def _reached(self, begins: int, ends: int, day: int, schedule_of: Callable[[int], int]) -> int | None:
        """When more has been metered than is free; None: not in [begins, ends)."""
        left = self.within
        for at, until, band in self.pieces(begins, min(ends, begins + _SEARCHED), day, schedule_of):
            if band.steps:
                if until - at > left:
                    return at + left
                left -= until - at
        return None

    def _look_on(
        self,
        course: Course,
        entered: int,
        begins: int,
        day: int,
        total: int,
        position: int,
        schedule_of: Callable[[int], int],
    ) -> None:
        """The first rise in the cycles that follow, as far as a stay may last."""
        local = self.local
        while begins < entered + _SEARCHED and not self.never_charges:
            while local.midnight(day + 1) <= begins:
                day += 1
            ends = self.cycle_end(begins, day)
            rises, until = -1, begins
            if self.within >= 0 and not self.per_stay:
                reached = self._reached(begins, ends, day, schedule_of)
                if reached is None:
                    begins = ends
                    continue
                rises, until = reached, (reached // self.tick + 1) * self.tick
            walk = self.walk(begins, ends, day, until, position, schedule_of, [])
            higher = walk.fee
            if not higher:
                rises, higher = walk.rises, walk.higher
            if rises >= 0:
                course.rises, course.higher = rises, min(total + higher, self.most)
                return
            position = -max(0, -walk.position) if self.per_stay else -self.deducted
            begins = ends


def _first(day: int) -> int:
    return 0
