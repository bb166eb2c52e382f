"""What do passes need done by itself? Readable plates forgotten once a pass is over."""

from __future__ import annotations

from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job
from parking.sharing.service import passes as service


def jobs(sessions: Sessions, clock: Clock) -> tuple[Job, ...]:
    """The jobs of the worker."""

    def forget_ended_passes() -> None:
        with unit_of_work(sessions) as uow:
            service.forget_ended(uow.session, clock.now())

    return (Job("forget_ended_passes", 600, forget_ended_passes, exclusive=True),)
