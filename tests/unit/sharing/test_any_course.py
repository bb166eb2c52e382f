"""Whatever parties, drivers, gates and time do in whatever order: by the rules, and in the database."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.orm import Session

from tests.factories.city import a_city
from tests.unit.sharing.ruled_course import RuledCourse
from tests.unit.sharing.stored_course import StoredCourse

CALM = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "phases": (Phase.explicit, Phase.generate),
}
LONG = [pytest.mark.long, pytest.mark.timeout(7200)]


@pytest.mark.parametrize("runs", [15, pytest.param(2_000, marks=LONG)])
def test_by_the_rules_no_space_is_given_twice_and_money_adds_up(runs: int) -> None:
    run_state_machine_as_test(
        RuledCourse, settings=settings(max_examples=runs, stateful_step_count=50, **CALM)
    )


@pytest.mark.parametrize(("runs", "steps"), [(1, 25), pytest.param(200, 50, marks=LONG)])
def test_the_database_comes_to_what_the_paper_says(session: Session, runs: int, steps: int) -> None:
    a_city(session, sharing={"hourly_per_network": 100_000})
    run_state_machine_as_test(
        lambda: StoredCourse(session),
        settings=settings(max_examples=runs, stateful_step_count=steps, **CALM),
    )


def test_a_course_of_everything_comes_to_the_same_in_the_database(session: Session) -> None:
    """What chance brings seldom in a few runs: each kind of step once, whatever else is drawn."""
    a_city(session, sharing={"hourly_per_network": 100_000})
    course = StoredCourse(session)
    hours = "Mo-Su 20:00-08:00; PH off"
    steps: list[Callable[[], None]] = [
        course.nights_are_lent,
        # Two nights overstayed: the vehicle may not book. The exit was earlier: it may again.
        *[partial(course.stay, 0, 0, 20)] * 2,
        partial(course.book, [(0, 0)], 0, 2),
        partial(course.take_back, "earlier", 0, 200),
        partial(course.stay, 0, 1, 100),
        partial(course.take_back, "exit", 0, 1),
        partial(course.take_back, "visit", 0, 1),
        partial(course.stay, 1, 0, 20),
        partial(course.take_back, "entry", 1, 1),
        # A booking is taken back before the gate tells of the entry, another made by who is inside.
        partial(course.cancel_inside, 2, 0),
        partial(course.go, 2, None),
        partial(course.book_inside, 2, 0, 0),
        partial(course.go, 2, 20),
        partial(course.time_passes, 600),
        # The night is full, rests, and what is left of it opens again; others book elsewhere.
        partial(course.book, [(0, 0), (1, 0), (2, 0)], 0, 3),
        partial(course.come, 0, None),
        partial(course.parties_act, "rest", 0, 1, 0, hours),
        partial(course.time_passes, 60),
        partial(course.parties_act, "carry_on", 0, 1, 0, hours),
        partial(course.come, 2, 0),
        partial(course.parties_act, "agree", 5, 2, 6, hours),
        partial(course.book, [(1, 3), (1, 4)], 1, 2),
        partial(course.parties_act, "withdraw", 1, 1, 0, hours),
        partial(course.parties_act, "give_notice", 0, 2, 3, hours),
    ]
    for step in steps:
        step()
        course.holds()
        course.lends_what_the_paper_lends()
        course.books_what_the_paper_books()
    told = {key for each in course.paper.bookings for key in each.told}
    assert told >= {
        "booking_reminded",
        "booking_overstayed",
        "booking_suspended",
        "booking_suspension_lifted",
    }
    unbooked, met = [each.use for each in course.paper.visits if each.plate == 2 and each.use][:2]
    assert unbooked.booking is None and met.was_before and met.overstay == 20
    assert any(window.rests for window in course.paper.windows)
    course.teardown()
