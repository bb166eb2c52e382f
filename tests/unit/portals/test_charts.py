"""Does a step chart say what its numbers say?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from parking.portals._http.charts import Point, step_chart

MIDNIGHT = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
SLOT = timedelta(minutes=15)


def points(*occupied: int | None, capacity: int = 100) -> list[Point]:
    return [Point(MIDNIGHT + SLOT * place, each, capacity) for place, each in enumerate(occupied)]


def test_the_axis_begins_at_zero_and_ends_above_capacity() -> None:
    chart = step_chart(points(10, 20), MIDNIGHT, SLOT)
    assert [tick.text for tick in chart.y_ticks] == ["0", "50", "100"]
    assert chart.y_ticks[0].place == chart.bottom
    assert chart.y_ticks[-1].place == chart.top
    assert [tick.text for tick in chart.x_ticks] == ["0:00", "6:00", "12:00", "18:00", "24:00"]


def test_a_line_steps_at_each_slot() -> None:
    chart = step_chart(points(0, 100), MIDNIGHT, SLOT)
    assert chart.occupied == f"M34.0,{chart.bottom:.1f}H37.1V{chart.top:.1f}H40.2"


def test_a_slot_without_a_number_is_a_gap_and_no_line() -> None:
    chart = step_chart(points(50, None, 60), MIDNIGHT, SLOT)
    assert len(chart.gaps) == 1
    assert chart.occupied.count("M") == 2


def test_a_missing_slot_breaks_the_line_too() -> None:
    told = [each for place, each in enumerate(points(50, 55, 60)) if place != 1]
    assert step_chart(told, MIDNIGHT, SLOT).occupied.count("M") == 2


def test_a_lot_told_to_be_fuller_than_it_is_stays_in_the_picture() -> None:
    chart = step_chart(points(130), MIDNIGHT, SLOT)
    assert chart.y_ticks[-1].text == "140"
