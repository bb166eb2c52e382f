"""What runs by itself, how often, and how did it go the last time?

A feature lists its jobs as data; only the worker process runs them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from parking.kernel.clock import Clock
from parking.kernel.db.base import Base
from parking.kernel.db.engine import Sessions
from parking.kernel.db.leases import drop_lease, take_lease
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.ids import new_id

HEARTBEAT = "heartbeat"
LEASE_S = 30.0
_LEADERSHIP = "jobs"
_Subject = TypeVar("_Subject")


@dataclass(frozen=True, slots=True)
class Job:
    """A name, an interval in seconds and the work: a callable that opens its own units of work.

    An `exclusive` job runs in one worker of several: the one that holds the lease.
    """

    name: str
    every_s: float
    run: Callable[[], None]
    exclusive: bool = False


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


class Leadership:
    """Which of several workers runs the exclusive jobs? The one whose lease has not run out.

    The lease is prolonged by `claim`, a job of its own that every worker runs, so that a long job keeps it;
    when its holder dies another worker has it within `LEASE_S`.
    """

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions, self._clock = sessions, clock
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{new_id()}"

    def claim(self) -> bool:
        """Take or prolong the lease; False while another worker holds it."""
        with unit_of_work(self._sessions) as uow:
            return take_lease(uow.session, _LEADERSHIP, self._holder, now=self._clock.now(), for_s=LEASE_S)

    def resign(self) -> None:
        """Give the lease up at once, so that a worker that stops is not waited for."""
        with unit_of_work(self._sessions) as uow:
            drop_lease(uow.session, _LEADERSHIP, self._holder)


def one_by_one(
    sessions: Sessions, subjects: Iterable[_Subject], work: Callable[[Session, _Subject], object]
) -> None:
    """Do the work for each subject, in a unit of work of its own.

    One that cannot be done holds up no other; the first exception is raised at the end, so that the run is
    told as failed.
    """
    first: Exception | None = None
    for subject in subjects:
        try:
            with unit_of_work(sessions) as uow:
                work(uow.session, subject)
        except Exception as problem:  # whatever it is, the next subject has nothing to do with it
            first = first or problem
    if first is not None:
        raise first


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
