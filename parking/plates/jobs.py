"""What do plates need done by itself? Keys that nobody needs any more destroyed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date, timedelta

from sqlalchemy.orm import Session

from parking.kernel.actors import SYSTEM
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job
from parking.plates import service

# Which months does a feature still need, of an open visit, a pass or a suspension?
NeededMonths = Callable[[Session], Collection[date]]
_DESTROY_EVERY_S = timedelta(hours=6).total_seconds()


def jobs(sessions: Sessions, clock: Clock, needed: Iterable[NeededMonths]) -> tuple[Job, ...]:
    """The jobs of the worker. `needed` tells the months whose keys must stay, however old they are."""
    askers = tuple(needed)

    def destroy_plate_keys() -> None:
        with unit_of_work(sessions) as uow:
            now = clock.now()
            keep = {month for ask in askers for month in ask(uow.session)}
            service.destroy_keys(uow.session, SYSTEM, service.keys_end_before(uow.session, now), keep, now)

    return (Job("destroy_plate_keys", _DESTROY_EVERY_S, destroy_plate_keys, exclusive=True),)
