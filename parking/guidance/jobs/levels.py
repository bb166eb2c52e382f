"""When is the service level written down? The running day often, each that may still change now and then."""

from __future__ import annotations

from parking.guidance.service.levels import days_to_write, write_level_day
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job, one_by_one

_QUARTER_S, _HOUR_S = 900, 3600
# Yesterday's last quarter is told after midnight.
_RUNNING = 2
# Longer than any city keeps its facts: what lies before them is refused day by day.
_KEPT = 32


def level_jobs(sessions: Sessions, clock: Clock) -> tuple[Job, ...]:
    """The jobs of the worker; each day has a unit of work of its own."""

    def write(number: int) -> None:
        with unit_of_work(sessions) as uow:
            days = days_to_write(uow.session, clock.now(), number)
        one_by_one(sessions, days, lambda session, on: write_level_day(session, on, clock.now()))

    return (
        Job("write_levels", _QUARTER_S, lambda: write(_RUNNING), exclusive=True),
        Job("rewrite_levels", 6 * _HOUR_S, lambda: write(_KEPT), exclusive=True),
    )
