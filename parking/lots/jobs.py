"""What does the register need done by itself? A word when a device falls silent or is back."""

from __future__ import annotations

import structlog

from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job
from parking.lots import service

_log = structlog.get_logger(__name__)
_WATCH_EVERY_S = 60.0


def jobs(sessions: Sessions, clock: Clock) -> tuple[Job, ...]:
    """The jobs of the worker; each run opens its own unit of work."""

    def watch_devices() -> None:
        with unit_of_work(sessions) as uow:
            gone, back = service.watch_devices(uow.session, clock.now())
        for device_id in gone:
            _log.warning("device silent", device=device_id)
        for device_id in back:
            _log.info("device heard again", device=device_id)

    return (Job("watch_devices", _WATCH_EVERY_S, watch_devices, exclusive=True),)
