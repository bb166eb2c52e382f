"""What does the time of one cycle cost? Units are counted by division; times are whole UTC seconds."""

from __future__ import annotations

from parking.tariffs.rules.localtime import LocalTime
from parking.tariffs.rules.ready import NO_END, Laid, MadeBand
from parking.tariffs.rules.tariff import Crossing, Days, Plan
from parking.tariffs.rules.told import Told

# A piece of a reckoning: a band, units of one of its steps, their fee. Without a step: what the band's cap
# takes off; without a band, what the cycle's does. Plain tuples here and below, for there are many.
Part = tuple[MadeBand | None, Told | None, int, int]
# A fee; it is next higher just after that instant, and then so much. -1: not in this cycle.
Fee = tuple[int, int, int]


class Meter:
    """A plan made ready for one zone, calendar and tick (the seconds that count as one)."""

    def __init__(self, plan: Plan, local: LocalTime, calendar: Days, tick: int) -> None:
        self.laid, self.tick = Laid(plan, local, calendar), tick
        self.caps = [NO_END if each.cap_fen is None else each.cap_fen for each in plan.schedules]
        free = plan.free
        self.counted_back = free is not None and free.counted_back
        # Up to so many metered seconds are free; -1: none, not even a stay of no length.
        self._free = free.minutes * 60 - (not free.inclusive) if free else -1
        self._carries = plan.crossing is Crossing.CARRY
        self._restarts_steps = plan.crossing is Crossing.RESTART_STEPS

    def free_until(self, begins: int, ends: int, day: int) -> int:
        """Up to when what is metered from `begins` on is free; NO_END: it is not used up in [begins, ends).

        -1 where nothing is free.
        """
        left = self._free
        if left < 0:
            return -1
        for at, until, band in self.laid.pieces(begins, ends, day):
            if band.steps:
                if until - at > left:
                    return at + left
                left -= until - at
        return NO_END

    def fee(self, begins: int, ends: int, day: int, free_until: int, exit_at: int, parts: list[Part]) -> Fee:
        """The fee of [begins, exit_at] in the cycle [begins, ends) that begins on that date."""
        cap = self.caps[self.laid[day][0]]
        if free_until >= ends:
            return 0, -1, 0
        if not self.counted_back:
            return self._charge(max(begins, free_until), ends, day, exit_at, cap, parts)
        if exit_at > free_until:
            return self._charge(begins, ends, day, exit_at, cap, parts)
        after = (free_until // self.tick + 1) * self.tick
        fee, rises, higher = self._charge(begins, ends, day, after, cap, [])
        return (0, free_until, fee) if fee else (0, rises, higher)

    def _charge(self, begins: int, ends: int, day: int, exit_at: int, cap: int, parts: list[Part]) -> Fee:
        """Units begin in no time that a unit before has paid for."""
        before = now = position = 0
        paid, previous = begins, None
        for at, until, band in self.laid.pieces(begins, ends, day):
            is_new, previous = band is not previous, band
            if not band.steps:
                paid = at
                continue
            if is_new:
                before, now = before + now, 0
                if self._restarts_steps:
                    position = 0
            start = paid if paid > at and (self._carries or not is_new) else at
            place = position + start - at
            position += until - at
            while start < until:
                for limit, unit, fen, told in band.steps:  # noqa: B007
                    if place < limit:
                        break
                step_ends = start + limit - place
                end = step_ends if step_ends < until else until
                units = -((start - end) // unit)
                paid = start + units * unit
                if exit_at < end:
                    units = -((start - exit_at) // unit) if start < exit_at else 0
                if units:
                    units_fen = units * fen
                    parts.append((band, told, units, units_fen))
                    now += units_fen
                    if now > band.cap:
                        parts.append((band, None, 0, band.cap - now))
                        now = band.cap
                if exit_at < end:
                    first = start + units * unit
                    if before + now >= cap:
                        return _capped(before + now, cap, parts)
                    if first < end and fen and now < band.cap:
                        return before + now, first, min(before + min(now + fen, band.cap), cap)
                if paid > step_ends:
                    paid = step_ends
                place += end - start
                start = end
        return _capped(before + now, cap, parts)


def _capped(fee: int, cap: int, parts: list[Part]) -> Fee:
    if fee > cap:
        parts.append((None, None, 0, cap - fee))
        fee = cap
    return fee, -1, fee
