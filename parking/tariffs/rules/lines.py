"""Which lines does a reckoning show, so that they add up to the fee?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from parking.tariffs.rules import words
from parking.tariffs.rules.machine import Course, Machine
from parking.tariffs.rules.meter import Part

_NOTHING_TO_TELL: Mapping[str, int | str] = MappingProxyType({})


class Line(NamedTuple):
    """A part of a fee: `text` is a msgid; those of its `params` that end in `_fen` are money."""

    text: str
    fen: int
    params: Mapping[str, int | str] = _NOTHING_TO_TELL


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
    total = sum(line.fen for line in lines)
    if total > course.fee:
        lines.append(Line(words.STAY_CAP, course.fee - total, {"cap_fen": course.fee}))
    return lines or [Line(words.NOTHING, 0)]


def _parts(parts: list[Part]) -> list[Line]:
    """A cycle's lines; pieces that only midnight parts are told as one."""
    lines = []
    fee = 0
    place, number = 0, len(parts)
    while place < number:
        band, told, units, fen = parts[place]
        place += 1
        if told is not None:
            while place < number and parts[place][1] is told:
                units += parts[place][2]
                fen += parts[place][3]
                place += 1
        fee += fen
        if told is not None:
            lines.append(Line(told.text, fen, {**told.params, "units": units}))
        elif band is not None:
            lines.append(Line(words.BAND_CAP, fen, band.cap_params))
        else:
            lines.append(Line(words.CYCLE_CAP, fen, {"cap_fen": fee}))
    return lines
