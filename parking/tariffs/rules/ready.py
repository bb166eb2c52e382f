"""Which band is when: a plan's bands in whole seconds, laid over the dates of a zone?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from parking.tariffs.rules import words
from parking.tariffs.rules.localtime import LocalTime
from parking.tariffs.rules.tariff import Band, CycleKind, Days, Plan, Step, clock
from parking.tariffs.rules.told import Told

DAY = 86_400
NO_END = 1 << 60
# No stay is longer; where nothing is charged for so long, nobody looks further.
SEARCHED = 368 * DAY
_KEPT_DAYS = 2_000


# Up to which second of the charged time, for each begun unit of so many seconds, so many fen. A plain tuple,
# for it is taken apart at every turn; a step without a unit is one unit.
MadeStep = tuple[int, int, int, Told]


class MadeBand:
    """A band as it is reckoned with; `steps` is empty where nothing is charged."""

    __slots__ = ("cap", "cap_params", "steps")

    def __init__(self, band: Band) -> None:
        hours: dict[str, int | str] = {"from": clock(band.from_minute), "until": clock(band.until_minute)}
        begins, steps = 0, []
        for step in band.steps:
            until = NO_END if step.until_minutes is None else step.until_minutes * 60
            unit = until - begins if step.unit_minutes is None else step.unit_minutes * 60
            steps.append((until, unit, step.fen, _told(step, hours)))
            begins = until
        self.steps: tuple[MadeStep, ...] = tuple(steps)
        self.cap = NO_END if band.cap_fen is None else band.cap_fen
        self.cap_params = hours | {"cap_fen": self.cap}


def _told(step: Step, hours: dict[str, int | str]) -> Told:
    if step.unit_minutes is not None:
        params = hours | {"minutes": step.unit_minutes, "unit_fen": step.fen}
        return Told(words.UNITS, step.fen, params)
    if step.until_minutes is not None:
        params = hours | {"minutes": step.until_minutes, "flat_fen": step.fen}
        return Told(words.FLAT_UNTIL, step.fen, params)
    return Told(words.FLAT, step.fen, hours | {"flat_fen": step.fen})


class _Date(NamedTuple):
    """A date's schedule by its place, and its bands in order, each with the instant when it ends."""

    schedule: int
    bands: tuple[tuple[int, MadeBand], ...]


class Laid(dict[int, _Date]):
    """The dates asked for so far, by their ordinals. A calendar is a value: each date is asked once."""

    def __init__(self, plan: Plan, local: LocalTime, calendar: Days) -> None:
        self.plan, self.local, self.calendar = plan, local, calendar
        made: dict[Band, MadeBand] = {}
        self._tables: list[list[tuple[int, MadeBand]]] = []
        for schedule in plan.schedules:
            ends = []
            for band in schedule.bands:
                each = made.setdefault(band, MadeBand(band))
                ends.append((band.until_minute * 60, each))
                if band.until_minute <= band.from_minute:
                    ends.append((DAY, each))
            self._tables.append(sorted(ends, key=lambda end: end[0]))
        self.never_charges = not any(step.fen for band in made for step in band.steps)
        # Years in a row whose days are all known, as far as anybody asked; ever, where no kind of day counts.
        asks = any(each.types for each in plan.schedules)
        self.known = (0, 0) if asks else (-NO_END, NO_END)
        self.only_band = next(iter(made.values())) if len(made) == 1 else None
        # 0: cycles begin at a time of day.
        lengths = {CycleKind.ENTRY: plan.cycle.hours * 3600, CycleKind.STAY: SEARCHED}
        self._cycle_length = lengths.get(plan.cycle.kind, 0)
        self._cycle_from = plan.cycle.from_minute * 60

    def __missing__(self, day: int) -> _Date:
        if len(self) > _KEPT_DAYS:
            self.clear()
        number = self._schedule(day)
        table = self._tables[number]
        # The band in which a day of several ends is told with the next day's, where it goes on there.
        if len(table) > 1 and self._tables[self._schedule(day + 1)][0][1] is table[-1][1]:
            table = table[:-1]
        found = self[day] = _Date(number, tuple((self.local.at(day, ends), band) for ends, band in table))
        return found

    def _schedule(self, day: int) -> int:
        on = date.fromordinal(day)
        schedules = enumerate(self.plan.schedules)
        return next(place for place, each in schedules if each.holds(on, self.calendar))

    def cycle_end(self, begins: int, day: int) -> int:
        """When the cycle ends that begins then, on that date."""
        if self._cycle_length:
            return begins + self._cycle_length
        edge = self.local.at(day, self._cycle_from)
        return edge if edge > begins else self.local.at(day + 1, self._cycle_from)

    def pieces(self, begins: int, ends: int, day: int) -> Iterator[tuple[int, int, MadeBand]]:
        """The bands in [begins, ends), some cut at midnight; the date is that of `begins` or earlier."""
        if self.only_band is not None:
            yield begins, ends, self.only_band
            return
        at = begins
        while True:
            for until, band in self[day][1]:
                if until <= at:
                    continue
                if until >= ends:
                    yield at, ends, band
                    return
                yield at, until, band
                at = until
            day += 1
