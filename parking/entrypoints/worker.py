"""Who does what happens by itself? The worker: the only process that runs the scheduler."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Event

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from parking.bootstrap import WorkerParts
from parking.kernel.jobs import Job, run_job

_log = structlog.get_logger("parking.worker")


def work(parts: WorkerParts, stop: Event) -> None:
    """Run the jobs until `stop` is set, then let what is running end."""
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(max(4, len(parts.jobs)))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in parts.jobs:
        scheduler.add_job(
            _run, "interval", (parts, job), seconds=job.every_s, id=job.name, next_run_time=datetime.now(UTC)
        )
    # Before the first run, or the first round of a lone worker would find itself without the lease.
    parts.leadership.claim()
    scheduler.start()
    _log.info("worker_started", jobs=[job.name for job in parts.jobs])
    stop.wait()
    # In this order: nothing new begins, then what is running may still use its threads and the database.
    scheduler.shutdown(wait=True)
    parts.leadership.resign()
    parts.close()
    _log.info("worker_stopped")


def _run(parts: WorkerParts, job: Job) -> None:
    if job.exclusive and not parts.leadership.claim():
        return
    error = run_job(job, parts.sessions, parts.clock)
    if error is not None:
        _log.error("job_failed", job=job.name, error=type(error).__name__, exc_info=error)
