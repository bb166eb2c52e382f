"""How does a fee grow with the stay: the rows of a table, and the lines of a chart of the same numbers?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parking.portals._http.charts import Tick

WIDTH, HEIGHT = 420, 230
LEFT, RIGHT, TOP, BOTTOM = 42, 10, 12, 26
_STEPS_FEN = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)

Rises = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class FeeRow:
    """Stays of `first` to `last` minutes cost `fen`; `present_fen` by the version in force, if any."""

    first: int
    last: int
    fen: int
    present_fen: int | None

    @property
    def change_fen(self) -> int | None:
        return None if self.present_fen is None else self.fen - self.present_fen


@dataclass(frozen=True, slots=True)
class FeeChart:
    """Paths and ticks in the drawing's units; `present` is empty where there is nothing to compare with."""

    drawn: str
    present: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def fee_rows(rises: Rises, present: Rises | None, minutes: int) -> list[FeeRow]:
    """Each stretch of stays up to `minutes` long that costs the same by both."""
    begins = sorted({minute for minute, _ in (*rises, *(present or ())) if minute <= minutes})
    ends = [*(minute - 1 for minute in begins[1:]), minutes]
    return [
        FeeRow(first, last, _at(rises, first), _at(present, first) if present is not None else None)
        for first, last in zip(begins, ends, strict=True)
    ]


def _at(rises: Rises, minute: int) -> int:
    return next((fen for begins, fen in reversed(rises) if begins <= minute), 0)


def fee_chart(rows: Sequence[FeeRow], minutes: int) -> FeeChart:
    """The fees of these rows as step lines; the axis of money begins at nothing."""
    dearest = max((max(row.fen, row.present_fen or 0) for row in rows), default=0)
    step = next((each for each in _STEPS_FEN if each * 5 >= dearest), -(-dearest // 500) * 100)
    top = max(step, -(-dearest // step) * step)

    def x(minute: int) -> float:
        return round(LEFT + minute / minutes * (WIDTH - LEFT - RIGHT), 1)

    def y(fen: int) -> float:
        return round(HEIGHT - BOTTOM - fen / top * (HEIGHT - TOP - BOTTOM), 1)

    def line(points: Iterator[tuple[float, float, float]]) -> str:
        parts = [
            f"{'M' if not at else 'V'}{f'{left},' if not at else ''}{height}H{right}"
            for at, (left, right, height) in enumerate(points)
        ]
        return "".join(parts)

    ends = [x(row.first) for row in rows[1:]] + [x(minutes)]
    return FeeChart(
        drawn=line((x(row.first), end, y(row.fen)) for row, end in zip(rows, ends, strict=True)),
        present=line(
            (x(row.first), end, y(row.present_fen))
            for row, end in zip(rows, ends, strict=True)
            if row.present_fen is not None
        ),
        x_ticks=tuple(Tick(x(hour * 60), str(hour)) for hour in range(0, minutes // 60 + 1, 4)),
        y_ticks=tuple(Tick(y(fen), f"{fen / 100:g}") for fen in range(0, top + 1, step)),
    )
