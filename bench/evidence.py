"""How long does a month's evidence take, for 1,000 agreements? And the mean of as many lots' nights?"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

from rich.progress import Progress
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.database import fresh_database
from bench.lending import agreements_of
from parking.city import queries as city
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.occupancy import queries as occupancy
from parking.sharing.models import AgreementPart, AgreementParty
from parking.sharing.queries.evidence import evidence
from parking.sharing.rules.agreements import Party
from parking.sharing.rules.proposals import night_spans

AGREEMENTS, NIGHTS, USES = 1_000, 31, 5
RUNS = 3
_NOW = datetime(2026, 3, 31, 15, 0, tzinfo=UTC)
# Two months of windows stand there, of which one is asked for.
_WINDOWS = text("""
    insert into shared_windows (id, agreement_id, lot_id, space_class, from_at, until_at, quota, taken, state)
    select a.id || n, a.id, a.lot_id, 'general', night, night + interval '12 hours', 8, 0, 'ended'
    from agreements a, lateral (
        select n, timestamptz '2026-03-31 10:00Z' - n * interval '1 day' as night
        from generate_series(0, 59) n
    ) nights
""")
_USES = text("""
    insert into window_uses (visit_id, window_id, lot_id, is_counted, entered_at, left_at, is_over,
        overstay_minutes)
    select w.id || '-' || n, w.id, w.lot_id, false, w.from_at + n * interval '70 minutes',
        w.from_at + n * interval '130 minutes' + interval '150 minutes', true,
        case when n = 5 then 20 else 0 end
    from shared_windows w, generate_series(1, :uses) n
    where w.from_at > timestamptz '2026-03-31 10:00Z' - :nights * interval '1 day'
""")
_QUARTERS = text("""
    insert into count_history (lot_id, space_class, slot_at, occupied, capacity, quality)
    select lot_id, 'general', night + n * interval '15 minutes', 40, 100, 'live'
    from (select distinct lot_id from agreements order by lot_id) lots,
        generate_series(timestamptz '2026-03-03 14:00Z', timestamptz '2026-03-30 14:00Z', '1 day') night,
        generate_series(1, 36) n
""")


def run(progress: Progress) -> list[dict[str, Any]]:
    """On a server of our own with PostgreSQL's durable settings."""
    task = progress.add_task(f"evidence of {AGREEMENTS:,} agreements", total=2 * RUNS)
    with fresh_database() as database:
        sessions = database.sessions
        with unit_of_work(sessions) as uow:
            _fill(uow.session)
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze"))
        month = _timed(sessions, _a_month, progress, task)
        nights = _timed(sessions, _nights, progress, task)
    unit = {"unit": "s", "better": "lower"}
    name = f"a month's evidence of {AGREEMENTS:,} agreements, {AGREEMENTS * NIGHTS * USES:,} uses"
    return [
        {"name": name, "value": month, "limit": 1.0, **unit},
        {"name": f"mean of 28 nights of {AGREEMENTS:,} lots", "value": nights, "limit": 2.0, **unit},
    ]


def _timed(sessions: Sessions, ask: Callable[[Session], int], progress: Progress, task: Any) -> float:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        with sessions() as session:
            if ask(session) != AGREEMENTS:
                raise RuntimeError("not every agreement is told")
        times.append(time.perf_counter() - began)
        progress.advance(task)
    return median(times)


def _a_month(session: Session) -> int:
    return sum(bool(line.sum.used) for line in evidence(session, _NOW.date(), _NOW))


def _nights(session: Session) -> int:
    return len(occupancy.mean_counts(session, night_spans(_NOW.date(), city.time_zone(session, _NOW))))


def _fill(session: Session) -> None:
    for agreement in agreements_of(session, AGREEMENTS, _NOW):
        agreement.parties = [AgreementParty(party=each, name="-", contact="-", duties="-") for each in Party]
        agreement.parts = [
            AgreementPart(
                space_class=SpaceClass.GENERAL, spaces=8, opening_hours="Mo-Su 18:00-06:00", quota=8
            )
        ]
    session.flush()
    session.execute(_WINDOWS)
    session.execute(_USES, {"uses": USES, "nights": NIGHTS})
    session.execute(_QUARTERS)
