"""Which lines does a reckoning show, so that they add up to the fee?"""

from __future__ import annotations

from parking.tariffs.rules import words
from parking.tariffs.rules.machine import Course, Machine
from parking.tariffs.rules.meter import Part
from parking.tariffs.rules.told import Line

__all__ = ["Line", "course_lines"]


def course_lines(machine: Machine, course: Course) -> list[Line]:
    """The lines of a course: its first and last cycle in detail, the others by their number."""
    lines: list[Line] = []
    free = machine.plan.free
    if free and not free.counted_back:
        lines.append(Line(words.DEDUCTED, 0, {"minutes": free.minutes}))
    of_cycles = [] if course.is_within_free and machine.per_stay else course.whole
    for place, (count, fee) in enumerate(of_cycles):
        if place == 0 and fee:
            lines += _parts(course.first)
        elif fee:
            lines.append(Line(words.WHOLE, count * fee, {"count": count, "cycle_fen": fee}))
    if course.is_within_free:
        if free and course.is_charged_time:
            lines.append(Line(words.WITHIN_FREE, 0, {"minutes": free.minutes}))
    else:
        lines += _parts(course.last)
    if course.taken_off:
        lines.append(Line(words.STAY_CAP, -course.taken_off, {"cap_fen": course.fee}))
    return lines or [Line(words.NOTHING, 0)]


def _parts(parts: list[Part]) -> list[Line]:
    """A cycle's lines; pieces that only midnight parts are told as one."""
    lines: list[Line] = []
    fee = counted = 0
    last = None
    for band, told, units, fen in parts:
        fee += fen
        if told is not None:
            if told is last:
                lines.pop()
                units += counted
            counted = units
            lines.append(told.line(units))
        elif band is not None:
            lines.append(Line(words.BAND_CAP, fen, band.cap_params))
        else:
            lines.append(Line(words.CYCLE_CAP, fen, {"cap_fen": fee}))
        last = told
    return lines
