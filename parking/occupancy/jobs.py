"""What do the counts need done by itself? History told, sources handed over, old facts dropped."""

from __future__ import annotations

from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job
from parking.occupancy import service


def jobs(sessions: Sessions, clock: Clock) -> tuple[Job, ...]:
    """The jobs of the worker; each run opens its own units of work."""

    def fold_history() -> None:
        now = clock.now()
        done = 1
        while done:
            with unit_of_work(sessions) as uow:
                done = service.fold_history(uow.session, now)

    def hand_over_counters() -> None:
        with unit_of_work(sessions) as uow:
            service.hand_over_counters(uow.session, clock.now())

    def prune_facts() -> None:
        now = clock.now()
        done = 1
        while done:
            with unit_of_work(sessions) as uow:
                done = service.carry_counts(uow.session, now)
        with unit_of_work(sessions) as uow:
            service.prune_facts(uow.session, now)

    return (
        Job("fold_history", 60, fold_history, exclusive=True),
        Job("hand_over_counters", 5, hand_over_counters, exclusive=True),
        Job("prune_facts", 3600, prune_facts, exclusive=True),
    )
