"""What do windows need done by themselves? They open for the coming days, and end when they are over."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job
from parking.sharing.service import ending, opening, revising, windows

_log = structlog.get_logger("parking.sharing")
# Longer than between two looks, so that none is missed; each is looked at again each hour.
_LOST_WITHIN = timedelta(minutes=10)


def jobs(sessions: Sessions, clock: Clock) -> tuple[Job, ...]:
    """The jobs of the worker."""

    def revise(lost_since_at: datetime | None) -> None:
        with sessions() as session:
            lot_ids = revising.lots_to_revise(session, clock.now(), lost_since_at)
        for lot_id in lot_ids:
            with unit_of_work(sessions) as uow:
                told = revising.revise(uow.session, lot_id, clock.now())
            for each in told:
                _log.warning("windows_revised", agreement=each.agreement_id, windows=each.windows)

    def open_windows() -> None:
        revise(None)
        with unit_of_work(sessions) as uow:
            made = opening.materialise_windows(uow.session, clock.now())
        for agreement_id, count in made.crowded.items():
            _log.warning("windows_crowded", agreement=agreement_id, windows=count)
        years = sorted({year for each in made.missing_years.values() for year in each})
        if years:
            _log.warning("windows_without_calendar", years=years, agreements=len(made.missing_years))

    def end_windows() -> None:
        with unit_of_work(sessions) as uow:
            windows.end_windows(uow.session, clock.now())
        # Of its own: whoever locks an agreement and its windows locks the agreement first.
        with unit_of_work(sessions) as uow:
            ending.end_due(uow.session, clock.now())

    return (
        Job("open_shared_windows", 3600, open_windows, exclusive=True),
        Job("fit_shared_windows", 60, lambda: revise(clock.now() - _LOST_WITHIN), exclusive=True),
        Job("end_shared_windows", 60, end_windows, exclusive=True),
    )
