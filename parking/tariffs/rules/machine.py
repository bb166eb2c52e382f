"""How does a plan's fee grow with the stay, cycle by cycle?"""

from __future__ import annotations

from dataclasses import dataclass, field

from parking.tariffs.rules.localtime import LocalTime
from parking.tariffs.rules.meter import Meter, Part
from parking.tariffs.rules.ready import DAY, NO_END, SEARCHED
from parking.tariffs.rules.tariff import Days, FreePer, Plan


@dataclass(slots=True)
class Course:
    """What a stay costs and how: the cycles that ended, alike in a row, and the parts of first and last.

    The fee is next `higher` just after `rises`; -1: it never rises.
    """

    fee: int = 0
    rises: int = -1
    higher: int = 0
    first: list[Part] = field(default_factory=list)
    whole: list[list[int]] = field(default_factory=list)
    last: list[Part] = field(default_factory=list)
    is_within_free: bool = False
    is_charged_time: bool = False
    # By the most that a stay costs.
    taken_off: int = 0


class Machine:
    """A plan made ready for one zone and calendar."""

    def __init__(self, plan: Plan, local: LocalTime, calendar: Days, tick: int) -> None:
        self.plan, self.local, self.calendar, self.tick = plan, local, calendar, tick
        self.meter = Meter(plan, local, calendar, tick)
        self.laid = self.meter.laid
        self.cycle_end = self.laid.cycle_end
        self.most = NO_END if plan.most_fen is None else plan.most_fen
        self.per_stay = plan.free is not None and plan.free.per is FreePer.STAY

    def course(self, entered: int, exit_at: int, *, look_on: bool = True) -> Course:
        """The whole stay [entered, exit_at] by this plan; `look_on`: and when it costs more."""
        meter, day = self.meter, self.local.day_of(entered)
        stay_free = meter.free_until(entered, entered + SEARCHED, day) if self.per_stay else -1
        if exit_at <= stay_free and meter.counted_back:
            return self._free_stay(entered, exit_at, day, stay_free, look_on)
        course = Course()
        begins, ends, total = entered, self.cycle_end(entered, day), 0
        if ends < exit_at:
            begins, ends, day, total = self._whole_cycles(course, entered, ends, day, exit_at, stay_free)
        free_until = self._free_until(begins, ends, day, stay_free)
        if exit_at <= free_until and meter.counted_back:
            course.is_within_free = True
            course.is_charged_time = self._is_charged_time(begins, exit_at, day)
        fee, rises, higher = meter.fee(begins, ends, day, free_until, exit_at, course.last)
        course.fee = total + fee
        if course.fee >= self.most:
            course.fee, course.taken_off = self.most, course.fee - self.most
        elif look_on and not self.laid.never_charges:
            if rises < 0:
                rises, higher = self._later_rise(ends, entered + SEARCHED, day, stay_free)
                total += fee
            course.rises, course.higher = rises, min(total + higher, self.most)
        return course

    def _free_until(self, begins: int, ends: int, day: int, stay_free: int) -> int:
        """Free minutes are each cycle's, or the stay's; those counted back are over once they are passed."""
        if not self.per_stay:
            return self.meter.free_until(begins, ends, day)
        return -1 if self.meter.counted_back else stay_free

    def _whole_cycles(
        self, course: Course, entered: int, ends: int, day: int, exit_at: int, stay_free: int
    ) -> tuple[int, int, int, int]:
        """The cycles that end before the exit: the next one's begin, end and date, and what they cost."""
        begins, total = entered, 0
        known: dict[tuple[int, ...], int] = {}
        midnight, whole = self.local.midnight, course.whole
        while ends < exit_at:
            is_first = begins == entered
            key = None if is_first or begins < stay_free else self._key(begins, ends, day)
            fee = None if key is None else known.get(key)
            if fee is None:
                free_until = self._free_until(begins, ends, day, stay_free)
                parts = course.first if is_first else []
                fee, _, _ = self.meter.fee(begins, ends, day, free_until, ends, parts)
                if key is not None:
                    known[key] = fee
            if len(whole) > 1 and whole[-1][1] == fee:
                whole[-1][0] += 1
            else:
                whole.append([1, fee])
            total += fee
            begins = ends
            while midnight(day + 1) <= begins:
                day += 1
            ends = self.cycle_end(begins, day)
        return begins, ends, day, total

    def _key(self, begins: int, ends: int, day: int) -> tuple[int, ...] | None:
        """What tells a whole cycle's fee; nothing does where the clock is changed in it."""
        midnight, laid = self.local.midnight, self.laid
        start = after = midnight(day)
        schedules = []
        last = day
        while after < ends:
            schedules.append(laid[last][0])
            last += 1
            after = midnight(last)
        return None if after - start != (last - day) * DAY else (begins - start, *schedules)

    def _free_stay(self, entered: int, exit_at: int, day: int, stay_free: int, look_on: bool) -> Course:
        """Where the whole stay is still free: when is it no more?"""
        course = Course(is_within_free=True, is_charged_time=self._is_charged_time(entered, exit_at, day))
        if look_on and stay_free < NO_END:
            then = self.course(entered, (stay_free // self.tick + 1) * self.tick)
            paid_at_once = then.fee > 0
            course.rises = stay_free if paid_at_once else then.rises
            course.higher = then.fee if paid_at_once else then.higher
        return course

    def _later_rise(self, begins: int, until: int, day: int, stay_free: int) -> tuple[int, int]:
        """When a cycle that follows first costs something, and how much; -1: none does."""
        while begins < until:
            while self.local.midnight(day + 1) <= begins:
                day += 1
            ends = self.cycle_end(begins, day)
            free_until = self._free_until(begins, ends, day, stay_free)
            _, rises, higher = self.meter.fee(begins, ends, day, free_until, begins, [])
            if rises >= 0:
                return rises, higher
            begins = ends
        return -1, 0

    def _is_charged_time(self, begins: int, exit_at: int, day: int) -> bool:
        """Whether any of [begins, exit_at) lies where something is charged."""
        pieces = self.laid.pieces(begins, exit_at, day)
        return exit_at > begins and any(band.steps for _, _, band in pieces)
