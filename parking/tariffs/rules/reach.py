"""How much charged time can a cycle hold, and how much before a band of it ends? Whole minutes."""

from __future__ import annotations

from itertools import accumulate

from parking.tariffs.rules.quotes import LONGEST_DAYS
from parking.tariffs.rules.tariff import DAY_MINUTES, Band, Crossing, CycleKind, FreePer, Plan

# From the day's begin, how many of its first minutes are charged.
_Charged = list[int]


class Reach:
    """What the cycles of a plan can hold, if days of its schedules may follow one another in any order.

    On the day that a clock is put back there is an hour more, but nobody means that by a price.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan, kind = plan, plan.cycle.kind
        stay = LONGEST_DAYS * DAY_MINUTES
        self._length = {CycleKind.ENTRY: plan.cycle.hours * 60, CycleKind.DAY: DAY_MINUTES}.get(kind, stay)
        self._days = [_charged(each.bands) for each in plan.schedules]
        self._fullest = max((day[-1] for day in self._days), default=0)
        # By their number, the most charged minutes that the last minutes of a day hold.
        self._evenings = [
            max((day[-1] - day[DAY_MINUTES - last] for day in self._days), default=0)
            for last in range(DAY_MINUTES + 1)
        ]

    def cycle(self) -> int:
        """The most charged minutes of a cycle; of the longest stay, where there are no cycles."""
        return max((self._in_band(number, band, self._length) for number, band in self._bands()), default=0)

    def free(self) -> int:
        """The charged minutes that free ones are taken from at most: of a cycle, or of the longest stay."""
        if self._plan.free and self._plan.free.per is FreePer.STAY:
            return self._fullest * LONGEST_DAYS
        return self.cycle()

    def steps(self, schedule: int, band: Band) -> int:
        """How many charged minutes the steps of a band, of the schedule of that number, count at most."""
        plan, free = self._plan, self._plan.free
        reached = self._in_band(schedule, band, self._length)
        is_once = free and free.per is FreePer.STAY and plan.cycle.kind is not CycleKind.STAY
        if free and not free.counted_back and not is_once:
            reached -= free.minutes
        if plan.crossing is not Crossing.RESTART_STEPS or _is_whole_day(band):
            return reached
        return min(reached, max(end - begins for begins, end in self._runs(band)))

    def _bands(self) -> list[tuple[int, Band]]:
        listed = enumerate(self._plan.schedules)
        return [(number, band) for number, each in listed for band in each.bands if band.steps]

    def _in_band(self, schedule: int, band: Band, length: int) -> int:
        """The most charged minutes from a cycle's begin to an end of the band in it."""
        cycle = self._plan.cycle
        ends = {end % DAY_MINUTES or DAY_MINUTES for _, end in self._runs(band)} | _midnight(band)
        if cycle.kind is not CycleKind.DAY:
            return max(self._before(schedule, end, length) for end in ends)
        return max(
            self._before(schedule, end, (end - cycle.from_minute - 1) % DAY_MINUTES + 1) for end in ends
        )

    def _runs(self, band: Band) -> list[tuple[int, int]]:
        """[from, until) of the band without a break, cut where a day's cycle ends; some end after 24:00."""
        begins = band.from_minute
        ends = begins + ((band.until_minute - begins) % DAY_MINUTES or DAY_MINUTES)
        cycle = self._plan.cycle
        if cycle.kind is CycleKind.DAY:
            for edge in (cycle.from_minute, cycle.from_minute + DAY_MINUTES):
                if begins < edge < ends:
                    return [(begins, edge), (edge, ends)]
        return [(begins, ends)]

    def _before(self, schedule: int, minute: int, length: int) -> int:
        """The most charged ones of so many minutes before a minute of a day of that schedule."""
        day = self._days[schedule]
        if length <= minute:
            return day[minute] - day[minute - length]
        days, evening = divmod(length - minute, DAY_MINUTES)
        return day[minute] + days * self._fullest + self._evenings[evening]


def _charged(bands: tuple[Band, ...]) -> _Charged:
    minutes = [0] * DAY_MINUTES
    for band in bands:
        if band.steps:
            length = (band.until_minute - band.from_minute) % DAY_MINUTES or DAY_MINUTES
            for minute in range(band.from_minute, band.from_minute + length):
                minutes[minute % DAY_MINUTES] = 1
    return list(accumulate(minutes, initial=0))


def _is_whole_day(band: Band) -> bool:
    return (band.until_minute - band.from_minute) % DAY_MINUTES == 0


def _midnight(band: Band) -> set[int]:
    """A band that goes on over midnight may find another day's bands there."""
    return {DAY_MINUTES} if band.until_minute <= band.from_minute else set()
