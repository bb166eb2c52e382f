"""How long does it take to write a day of 1,000 lots' service level, and to read their month?"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from rich.progress import Progress
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.database import a_city_of, fresh_database
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.occupancy import queries, service

LOTS = 1_000
ON, FIRST = date(2026, 3, 30), date(2026, 3, 1)
RUNS = 3
_NOW = datetime(2026, 3, 30, 17, 0, tzinfo=UTC)
# Each minute of the day a count of each lot, but for an hour; the day before, only its last quarter.
_FACTS = text("""
    insert into count_facts (source, event_id, lot_id, space_class, as_of, free, hand_set, received_at)
    select 'feed', id || '/' || n, id, 'general', at, 40 + n % 20, false, at
    from lots, lateral (
        select n, timestamptz '2026-03-29 15:45Z' + n * interval '1 minute' as at
        from generate_series(0, 1454) n where n not between 600 and 659
    ) told
""")
_SOURCES = text("insert into counting_sources select 'feed', id, 0, 300, 900 from lots")
_STATES = text("""
    insert into counter_states (lot_id, space_class, updated_at, history_until_at)
    select id, 'general', now(), timestamptz '2026-03-30 15:45Z' from lots
""")
_HISTORY = text("""
    insert into count_history
        (lot_id, space_class, slot_at, occupied, capacity, quality, live, suspect, unknown)
    select id, 'general', slot_at, 40, 100, 'live', 32767, 0, 0
    from lots, generate_series(timestamptz '2026-02-28 16:15Z', '2026-03-30 15:45Z', '15 minutes') slot_at
""")
_DAYS = text("""
    insert into level_days (lot_id, space_class, "on", due, fresh, suspect, unknown, written_at)
    select id, 'general', "on", 1440, 1400, 10, 20, now()
    from lots, generate_series(date '2026-02-01', date '2026-03-29', '1 day') "on"
""")


def run(progress: Progress) -> list[dict[str, Any]]:
    """On a server of our own with PostgreSQL's durable settings."""
    task = progress.add_task(f"service levels of {LOTS:,} lots", total=2 * RUNS + 1)
    with fresh_database() as database:
        a_city_of(database.sessions, LOTS, 100, datetime(2026, 1, 1, tzinfo=UTC))
        with unit_of_work(database.sessions) as uow:
            uow.session.execute(text("update lots set connected_since_at = '2026-01-01 00:00Z'"))
            for statement in (_SOURCES, _STATES, _FACTS, _HISTORY, _DAYS):
                uow.session.execute(statement)
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze"))
        quarter = _timed(database.sessions, _fold, progress, task, runs=1)
        day = _timed(database.sessions, _write, progress, task)
        month = _timed(database.sessions, _read, progress, task)
    unit = {"unit": "s", "better": "lower"}
    return [
        {"name": f"minutes of a quarter of {LOTS:,} counters", "value": quarter, "limit": 5.0, **unit},
        {"name": f"a day of {LOTS:,} lots written, a count a minute", "value": day, "limit": 10.0, **unit},
        {"name": f"a month of {LOTS:,} lots read", "value": month, "limit": 1.0, **unit},
    ]


def _timed(
    sessions: Sessions, work: Callable[[Session], int], progress: Progress, task: Any, runs: int = RUNS
) -> float:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        with unit_of_work(sessions) as uow:
            if work(uow.session) != LOTS:
                raise RuntimeError("not every lot is told")
        times.append(time.perf_counter() - began)
        progress.advance(task)
    return median(times)


def _fold(session: Session) -> int:
    done, total = 1, 0
    while done:
        done = service.fold_history(session, datetime(2026, 3, 30, 16, 2, tzinfo=UTC))
        total += done
    return total


def _write(session: Session) -> int:
    service.write_level_day(session, ON, [], _NOW)
    return len(queries.service_levels(session, None, ON, ON + timedelta(days=1)))


def _read(session: Session) -> int:
    return len(queries.service_levels(session, None, FIRST, ON + timedelta(days=1)))
