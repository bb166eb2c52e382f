"""What runs by itself, how often, and how did it go the last time?

A feature lists its jobs as data; only the worker process runs them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.clock import Clock
from parking.kernel.db.base import Base
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work

HEARTBEAT = "heartbeat"


@dataclass(frozen=True, slots=True)
class Job:
    """A name, an interval in seconds and the work: a callable that opens its own units of work."""

    name: str
    every_s: float
    run: Callable[[], None]


class JobRun(Base):
    """The last run of a job: one row per job, overwritten."""

    __tablename__ = "job_runs"

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    runs: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]


def run_job(job: Job, sessions: Sessions, clock: Clock) -> BaseException | None:
    """Run a job once and keep its run row; an exception is recorded by its type, returned, never raised."""
    started_at = clock.now()
    error: BaseException | None = None
    try:
        job.run()
    except Exception as problem:  # one failing job must not stop the others
        error = problem
    _record(job.name, sessions, started_at=started_at, finished_at=clock.now(), error=error)
    return error


def _record(
    name: str, sessions: Sessions, *, started_at: datetime, finished_at: datetime, error: BaseException | None
) -> None:
    fresh: dict[str, Any] = {
        "started_at": started_at,
        "finished_at": finished_at,
        # The type only: a message may quote a row, and rows may hold what a log must not.
        "last_error": type(error).__name__ if error else None,
    }
    if error is None:
        fresh["succeeded_at"] = finished_at
    with unit_of_work(sessions) as uow:
        first = insert(JobRun).values(name=name, runs=1, failures=int(error is not None), **fresh)
        uow.session.execute(
            first.on_conflict_do_update(
                index_elements=[JobRun.name],
                set_={
                    **fresh,
                    "runs": JobRun.runs + 1,
                    "failures": JobRun.failures + int(error is not None),
                },
            )
        )
