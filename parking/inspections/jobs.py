"""What do inspections need done by itself? Overdue findings asked for, months scored, old forms forgotten."""

from __future__ import annotations

from parking.inspections import service
from parking.kernel.actors import SYSTEM
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job, one_by_one

_HOUR_S = 3600


def jobs(sessions: Sessions, clock: Clock, complained: service.Complained | None = None) -> tuple[Job, ...]:
    """The jobs of the worker; each finding and each month has a unit of work of its own.

    `complained` tells what confirmed complaints cost each lot.
    """

    def escalate_findings() -> None:
        with unit_of_work(sessions) as uow:
            late = service.overdue_ids(uow.session, clock.now())
        one_by_one(sessions, late, lambda session, each: service.escalate(session, SYSTEM, each, clock.now()))

    def reckon_scores() -> None:
        with unit_of_work(sessions) as uow:
            months = service.months_to_reckon(uow.session, clock.now())
        one_by_one(
            sessions,
            months,
            lambda session, each: service.reckon_month(
                session, SYSTEM, each, clock.now(), complained=complained
            ),
        )

    def prune_sendings() -> None:
        with unit_of_work(sessions) as uow:
            service.prune_sendings(uow.session, clock.now())

    return (
        Job("escalate_findings", _HOUR_S, escalate_findings, exclusive=True),
        Job("reckon_scores", 6 * _HOUR_S, reckon_scores, exclusive=True),
        Job("prune_sendings", 24 * _HOUR_S, prune_sendings),
    )
