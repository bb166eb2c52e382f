"""What does sharing do by itself?"""

from __future__ import annotations

from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.jobs import Job
from parking.sharing.jobs import agreements, bookings, passes, windows
from parking.sharing.jobs.bookings import notice_jobs

__all__ = ["jobs", "notice_jobs"]


def jobs(sessions: Sessions, clock: Clock) -> tuple[Job, ...]:
    """The jobs of the worker, of every part."""
    return (
        *passes.jobs(sessions, clock),
        *windows.jobs(sessions, clock),
        *bookings.jobs(sessions, clock),
        *agreements.jobs(sessions, clock),
    )
