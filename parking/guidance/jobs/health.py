"""When are the sources judged, and their presets compared? Every three minutes, by one worker."""

from __future__ import annotations

from collections.abc import Mapping

from parking.guidance.service.judging import judge_sources
from parking.guidance.service.presets import note_presets
from parking.guidance.service.tallying import prune_tallies
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job

_JUDGE_EVERY_S = 180
_PRUNE_EVERY_S = 86_400


def health_jobs(sessions: Sessions, clock: Clock, presets: Mapping[str, str]) -> tuple[Job, ...]:
    """The jobs of the worker; each run is one unit of work. `presets`: the mappings that ship, by name."""

    def note() -> None:
        with unit_of_work(sessions) as uow:
            note_presets(uow.session, presets, clock.now())

    def judge() -> None:
        with unit_of_work(sessions) as uow:
            judge_sources(uow.session, clock.now())

    def prune() -> None:
        with unit_of_work(sessions) as uow:
            prune_tallies(uow.session, clock.now())

    return (
        Job("note_presets", _JUDGE_EVERY_S, note, exclusive=True),
        Job("judge_sources", _JUDGE_EVERY_S, judge, exclusive=True),
        Job("prune_tallies", _PRUNE_EVERY_S, prune, exclusive=True),
    )
