"""Are the simulated days believable: repeatable, within bounds, unlike by hour and day, and alive?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.entrypoints.simulator.city import connected_counters
from parking.entrypoints.simulator.course import Course, occupied_at

CITY = timezone(timedelta(hours=8))
FRIDAY = datetime(2026, 11, 20, tzinfo=CITY)
SUNDAY = datetime(2026, 11, 22, tzinfo=CITY)
MOMENTS = st.integers(1_700_000_000, 1_900_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))


def _share(course: Course, day: datetime, hour: float) -> float:
    """The mean of fifty lots of a course."""
    at = day + timedelta(hours=hour)
    return mean(occupied_at(f"T-{n}", 200, course, at) for n in range(50)) / 200


@given(st.sampled_from(Course), MOMENTS, st.integers(0, 3000), st.text(max_size=8), st.integers())
def test_there_are_never_fewer_than_none_nor_more_than_fit(
    course: Course, at: datetime, capacity: int, code: str, seed: int
) -> None:
    assert 0 <= occupied_at(code, capacity, course, at, seed=seed) <= capacity


@given(st.sampled_from(Course), MOMENTS)
def test_the_same_question_has_the_same_answer_in_any_time_zone(course: Course, at: datetime) -> None:
    assert occupied_at("A", 300, course, at) == occupied_at("A", 300, course.value, at.astimezone(CITY))


@pytest.mark.parametrize(
    ("course", "fuller", "emptier"),
    [
        (Course.OFFICE, (FRIDAY, 10.5), (FRIDAY, 3)),
        (Course.OFFICE, (FRIDAY, 10.5), (SUNDAY, 10.5)),
        (Course.ESTATE, (FRIDAY, 3), (FRIDAY, 11)),
        (Course.HOSPITAL, (FRIDAY, 10), (FRIDAY, 20)),
        (Course.MALL, (SUNDAY, 15), (FRIDAY, 10)),
        (Course.SCHOOL, (FRIDAY, 9.5), (FRIDAY, 18)),
        (Course.MARKET, (FRIDAY, 7), (FRIDAY, 13)),
        (Course.TOURIST, (SUNDAY, 11), (FRIDAY, 11)),
        (Course.LOGISTICS, (FRIDAY, 2), (FRIDAY, 10)),
        (Course.STATION, (SUNDAY, 17), (FRIDAY, 3)),
        (Course.ON_STREET, (FRIDAY, 10), (FRIDAY, 3)),
    ],
)
def test_a_course_is_fuller_at_its_own_hours(
    course: Course, fuller: tuple[datetime, float], emptier: tuple[datetime, float]
) -> None:
    assert _share(course, *fuller) > _share(course, *emptier) + 0.1


@pytest.mark.parametrize("hour", [3, 9, 15, 21])
def test_most_counts_move_within_a_minute_by_day_and_night(hour: int) -> None:
    at = FRIDAY + timedelta(hours=hour)
    counters = [counter for counter in connected_counters() if counter.space_class == "general"]

    def counts(instant: datetime) -> list[int]:
        return [
            occupied_at(counter.lot_code, counter.capacity, counter.course, instant) for counter in counters
        ]

    moved = sum(a != b for a, b in zip(counts(at), counts(at + timedelta(minutes=1)), strict=True))
    assert moved > len(counters) / 2


@pytest.mark.parametrize("course", Course)
def test_a_day_has_no_leaps_not_even_at_midnight(course: Course) -> None:
    day = [occupied_at("A", 400, course, FRIDAY + timedelta(minutes=n)) for n in range(0, 3 * 1440, 3)]
    assert max(abs(a - b) for a, b in pairwise(day)) < 40


def test_another_seed_is_another_day() -> None:
    def day(seed: int) -> list[int]:
        return [occupied_at("A", 300, "mall", FRIDAY + timedelta(hours=n), seed=seed) for n in range(24)]

    assert day(1) != day(2)


def test_a_time_without_a_zone_and_an_unknown_course_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        occupied_at("A", 10, "mall", datetime(2026, 11, 20))  # noqa: DTZ001
    with pytest.raises(ValueError, match="disco"):
        occupied_at("A", 10, "disco", FRIDAY)
