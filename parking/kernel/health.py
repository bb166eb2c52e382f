"""Is what every process needs there: the database, and a worker that still breathes?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select, text
from sqlalchemy.exc import SQLAlchemyError

from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.jobs import HEARTBEAT, JobRun

HEARTBEAT_LATE_S = 60


def database_missing(engine: Engine) -> str | None:
    """None when the database answers, else `no_answer`."""
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1"))
    except SQLAlchemyError:
        return "no_answer"
    return None


def last_heartbeat(sessions: Sessions) -> datetime | None:
    """When a worker last breathed; None when none ever did."""
    with sessions() as session:
        return session.scalar(select(JobRun.started_at).where(JobRun.name == HEARTBEAT))


def worker_missing(sessions: Sessions, clock: Clock) -> str | None:
    """None while a worker's last heartbeat is younger than a minute, else one word that says why not."""
    try:
        beat_at = last_heartbeat(sessions)
    except SQLAlchemyError:
        return "no_answer"
    if beat_at is None:
        return "never_started"
    return "late" if (clock.now() - beat_at).total_seconds() > HEARTBEAT_LATE_S else None
