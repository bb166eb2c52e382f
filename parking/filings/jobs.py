"""What do passing days bring by themselves? Lapses, deemed acceptance, reminders, ageing certificates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from parking.city.queries import Ground, ground
from parking.filings import service
from parking.filings.queries.lapsing import certificates_to_age, filings_to_remind, overdue_filings
from parking.kernel.actors import SYSTEM
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job, one_by_one

_EVERY_S = 600


def jobs(sessions: Sessions, clock: Clock) -> tuple[Job, ...]:
    """The jobs of one worker; each filing and each certificate has a transaction of its own."""

    def each(
        which: Callable[[Session, Ground], list[str]], take: Callable[[Session, str, datetime], object]
    ) -> None:
        now = clock.now()
        with unit_of_work(sessions) as uow:
            ids = which(uow.session, ground(uow.session, now))
        one_by_one(sessions, ids, lambda session, one: take(session, one, now))

    def age(session: Session, number: str, now: datetime) -> None:
        service.age_certificate(session, SYSTEM, number, now)

    return (
        Job("lapse_filings", _EVERY_S, lambda: each(overdue_filings, service.lapse_filing), True),
        Job("remind_of_filings", _EVERY_S, lambda: each(filings_to_remind, service.remind), True),
        Job("age_certificates", _EVERY_S, lambda: each(certificates_to_age, age), True),
    )
