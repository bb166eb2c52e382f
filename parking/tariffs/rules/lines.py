"""Which lines does a reckoning show, so that they add up to the fee?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from parking.tariffs.rules import words
from parking.tariffs.rules.machine import Course, Machine, Part
from parking.tariffs.rules.tariff import Band


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a fee: `text` is a msgid; those of its `params` that end in `_fen` are money."""

    text: str
    fen: int
    params: Mapping[str, int | str] = field(default_factory=dict)


def clock(minute: int) -> str:
    """A minute of the day as people write it; 24:00 ends one."""
    return f"{minute // 60:02}:{minute % 60:02}"


_CLOCK = [clock(minute) for minute in range(24 * 60 + 1)]


def hours(band: Band) -> dict[str, int | str]:
    """The places `from` and `until` of a sentence."""
    return {"from": _CLOCK[band.from_minute], "until": _CLOCK[band.until_minute]}


def course_lines(machine: Machine, course: Course) -> list[Line]:
    """The lines of a course: its first and last cycle in detail, the others by their number."""
    lines: list[Line] = []
    free = machine.plan.free
    if free and not free.counted_back:
        lines.append(Line(words.DEDUCTED, 0, {"minutes": free.minutes}))
    if course.is_within_free and machine.per_stay:
        return [_within_free(machine)]
    for place, (count, fee) in enumerate(course.whole):
        if place == 0 and fee:
            lines += _parts(course.first)
        elif fee:
            lines.append(Line(words.WHOLE, count * fee, {"count": count, "cycle_fen": fee}))
    if course.is_within_free:
        lines.append(_within_free(machine))
    else:
        lines += _parts(course.last)
    total = sum(line.fen for line in lines)
    if total > course.fee:
        lines.append(Line(words.STAY_CAP, course.fee - total, {"cap_fen": course.fee}))
    return lines or [Line(words.NOTHING, 0)]


def _within_free(machine: Machine) -> Line:
    assert machine.plan.free is not None
    return Line(words.WITHIN_FREE, 0, {"minutes": machine.plan.free.minutes})


def _parts(parts: list[Part]) -> list[Line]:
    """A cycle's lines; pieces that only midnight parts are told as one."""
    lines = []
    fee = 0
    place, number = 0, len(parts)
    while place < number:
        band, step, units, fen = parts[place]
        place += 1
        if step is not None:
            while place < number and parts[place].step is step and parts[place].band is band:
                units += parts[place].units
                fen += parts[place].fen
                place += 1
        fee += fen
        if band is None:
            lines.append(Line(words.CYCLE_CAP, fen, {"cap_fen": fee}))
        elif step is None:
            lines.append(Line(words.BAND_CAP, fen, hours(band.band) | {"cap_fen": band.cap}))
        elif not step.is_flat:
            place_words = {"units": units, "minutes": step.unit // 60, "unit_fen": step.fen}
            lines.append(Line(words.UNITS, fen, hours(band.band) | place_words))
        elif step.until < 1 << 59:
            told = {"minutes": step.until // 60, "flat_fen": step.fen}
            lines.append(Line(words.FLAT_UNTIL, fen, hours(band.band) | told))
        else:
            lines.append(Line(words.FLAT, fen, hours(band.band) | {"flat_fen": step.fen}))
    return lines
