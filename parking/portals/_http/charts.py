"""Where do the lines of a day's course run? Geometry for an SVG that a template draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

WIDTH, HEIGHT = 340, 176
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 14, 22


@dataclass(frozen=True, slots=True)
class Point:
    """What holds from `at` on; `occupied` None where nobody knows."""

    at: datetime
    occupied: int | None
    capacity: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: its place in the drawing and its text."""

    place: float
    text: str


@dataclass(frozen=True, slots=True)
class StepChart:
    """Paths and ticks in the drawing's units. `gaps` are the spans (x, width) without a number."""

    occupied: str
    area: str
    capacity: str
    gaps: tuple[tuple[float, float], ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def step_chart(points: Sequence[Point], starts_at: datetime, step: timedelta, hours: int = 24) -> StepChart:
    """A step line of occupied against capacity from `starts_at` on; the axis begins at zero.

    A point holds for one step, or until the next point when that is nearer.
    """
    top = _ceiling(max((max(point.capacity, point.occupied or 0) for point in points), default=0))
    ends_at = starts_at + timedelta(hours=hours)

    def x(at: datetime) -> float:
        share = (at - starts_at) / (ends_at - starts_at)
        return round(LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT), 1)

    def y(value: int) -> float:
        return round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM), 1)

    spans = [
        (
            point,
            x(point.at),
            x(min(point.at + step, points[place + 1].at if place + 1 < len(points) else ends_at)),
        )
        for place, point in enumerate(points)
    ]
    runs = _runs(spans)
    return StepChart(
        occupied=" ".join(_line(run, y) for run in runs),
        area=" ".join(f"{_line(run, y)}V{y(0)}H{run[0][1]}Z" for run in runs),
        capacity=" ".join(
            f"{'M' if place == 0 else 'L'}{left},{y(point.capacity)}H{right}"
            for place, (point, left, right) in enumerate(spans)
        ),
        gaps=tuple((left, round(right - left, 1)) for point, left, right in spans if point.occupied is None),
        x_ticks=tuple(
            Tick(x(starts_at + timedelta(hours=hour)), f"{hour}:00") for hour in range(0, hours + 1, 6)
        ),
        y_ticks=tuple(Tick(y(value), str(value)) for value in (0, top // 2, top)),
    )


_Spans = list[tuple[Point, float, float]]


def _runs(spans: _Spans) -> list[_Spans]:
    """Known spans that touch, as one line each."""
    runs: list[_Spans] = []
    for span in spans:
        if span[0].occupied is None:
            continue
        if runs and runs[-1][-1][2] == span[1]:
            runs[-1].append(span)
        else:
            runs.append([span])
    return runs


def _line(run: _Spans, y) -> str:  # type: ignore[no-untyped-def] # a scale of the chart
    parts = []
    for place, (point, left, right) in enumerate(run):
        height = y(point.occupied)
        parts.append(f"M{left},{height}H{right}" if place == 0 else f"V{height}H{right}")
    return "".join(parts)


def _ceiling(value: int) -> int:
    """The end of an axis: an even number not below `value`, of two figures that mean something."""
    for unit in (2, 10, 20, 100, 200, 1000, 2000, 10_000):
        if value <= unit * 10:
            return max(unit, ceil(value / unit) * unit)
    return value + value % 2
