"""Whatever parties, drivers, gates and time do in whatever order: by the rules, and in the database."""

from __future__ import annotations

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


@pytest.mark.parametrize("runs", [20, pytest.param(2_000, marks=LONG)])
def test_by_the_rules_no_space_is_given_twice_and_money_adds_up(runs: int) -> None:
    run_state_machine_as_test(
        RuledCourse, settings=settings(max_examples=runs, stateful_step_count=50, **CALM)
    )


@pytest.mark.parametrize(("runs", "steps"), [(2, 25), pytest.param(200, 50, marks=LONG)])
def test_the_database_comes_to_what_the_paper_says(session: Session, runs: int, steps: int) -> None:
    a_city(session, sharing={"hourly_per_network": 100_000})
    run_state_machine_as_test(
        lambda: StoredCourse(session),
        settings=settings(max_examples=runs, stateful_step_count=steps, **CALM),
    )
