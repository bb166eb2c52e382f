"""What do complaints need done by themselves? Reminders before the due day, personal data erased in time."""

from __future__ import annotations

from parking.complaints import service
from parking.kernel.actors import SYSTEM
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job, one_by_one

_HOUR_S = 3600


def jobs(sessions: Sessions, clock: Clock) -> tuple[Job, ...]:
    """The jobs of the worker; each complaint has a unit of work of its own."""

    def remind_complaints() -> None:
        with unit_of_work(sessions) as uow:
            due = service.due_soon_ids(uow.session, clock.now())
        one_by_one(sessions, due, lambda session, each: service.remind(session, SYSTEM, each, clock.now()))

    def erase_complaints() -> None:
        with unit_of_work(sessions) as uow:
            service.prune_attempts(uow.session, clock.now())
            old = service.personal_ids(uow.session, clock.now())
        one_by_one(
            sessions, old, lambda session, each: service.erase_personal(session, SYSTEM, each, clock.now())
        )

    return (
        Job("remind_complaints", _HOUR_S, remind_complaints, exclusive=True),
        Job("erase_complaints", 6 * _HOUR_S, erase_complaints, exclusive=True),
    )
