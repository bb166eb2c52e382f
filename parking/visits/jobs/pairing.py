"""Who pairs what passed, and who forgets it in time?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job
from parking.plates.service import PlateKeys
from parking.visits.service import forgetting
from parking.visits.service.pairing import pair_waiting
from parking.visits.service.quarantine import prune_quarantine

PAIR_EVERY_S = 0.5
# A run ends after so many parts, so that a worker that stops is not waited for.
_PARTS_OF_A_RUN = 40
_FORGET_EVERY_S = 3600.0


def pairing_jobs(sessions: Sessions, clock: Clock, keys: PlateKeys) -> tuple[Job, ...]:
    """Pairing, in every worker; closing and forgetting, in one."""

    def pair_passages() -> None:
        for _ in range(_PARTS_OF_A_RUN):
            if not pair_waiting(sessions, keys, clock):
                return

    def close_too_long() -> None:
        _until_done(sessions, clock, forgetting.close_too_long)

    def forget_visits() -> None:
        _until_done(sessions, clock, forgetting.unseal_lapsed)
        _until_done(sessions, clock, forgetting.forget_visits)
        with unit_of_work(sessions) as uow:
            lots = forgetting.lots_with_passages(uow.session)
            forgetting.forget_links(uow.session, clock.now())
            prune_quarantine(uow.session, clock.now())
        for lot_id in lots:
            _until_done(sessions, clock, partial(forgetting.forget_passages, lot_id))

    return (
        Job("pair_passages", PAIR_EVERY_S, pair_passages),
        Job("close_too_long", 600, close_too_long, exclusive=True),
        Job("forget_visits", _FORGET_EVERY_S, forget_visits, exclusive=True),
    )


def _until_done(sessions: Sessions, clock: Clock, part: Callable[[Session, datetime], int]) -> None:
    done = 1
    while done:
        with unit_of_work(sessions) as uow:
            done = part(uow.session, clock.now())
