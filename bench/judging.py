"""How long does it take to judge 10,000 counters of 3,000 sources, after a quarter of an hour and between?"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from rich.progress import Progress
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bench.database import a_city_of, fresh_database
from bench.figures import figure
from parking.guidance.models import Anomaly
from parking.guidance.service.judging import judge_sources

LOTS, SOURCES, ODD = 10_000, 3_000, 100
RUNS = 5
_NOW = datetime(2026, 3, 30, 16, 0, tzinfo=UTC)
_SLOT = timedelta(minutes=15)
# A counter moves with the hour and a little by itself; some lots stand still, so that there is what to find.
_OCCUPIED = f"""
    case when number % 40 = 1 and number < 40 * {ODD} then 41
        else 30 + (20 * sin(extract(epoch from slot_at) / 13751))::integer + (number + n) % 3 end
"""
_SETTING = [
    text("""
        create temporary table numbered as select id, row_number() over (order by id) - 1 as number from lots
    """),
    text(f"""
        insert into sources
            (id, name, adapter, time_zone, crs, allowed_networks, rank, ageing_after_s, unknown_after_s,
             adopts_lots, created_at)
        select 's' || n, 's' || n, 'plain', 'Asia/Shanghai', 'wgs84', '{{}}', 0, 300, 900, false, :now
        from generate_series(0, {SOURCES - 1}) n
    """),
    text("""
        insert into pulls
            (source_id, kind, url, interval_s, state, lane, due_at, failures, quick_answers, records,
             problem_count, problems, tally)
        select id, 'live', 'https://gate.example/', 60, 'active', 'fast', :now, 0, 0, 4, 0, '[]',
            jsonb_build_object(
                'tally', jsonb_build_object('hour_at', cast(:now as timestamptz), 'attempts', 30,
                    'successes', 30, 'records', 120, 'least_records', 4, 'most_records', 4,
                    'problem_kinds', '{}'::jsonb),
                'usual_records', 4,
                'answers', (
                    select jsonb_agg(jsonb_build_array(
                        extract(epoch from cast(:now as timestamptz))::integer - 60 * n,
                        extract(epoch from cast(:now as timestamptz))::integer - 60 * n - 20, 4, 0, 0, 0, 1
                    )) from generate_series(12, 1, -1) n
                ))
        from sources
    """),
    text(f"""
        insert into counter_states
            (lot_id, space_class, basis, value, as_of, source, marks, ageing_after_s, unknown_after_s,
             history_until_at, updated_at)
        select id, 'general', 'free', 59, :now, 's' || number % {SOURCES}, '{{}}', 36000, 72000, :now, :now
        from numbered
    """),
    text(f"""
        insert into count_history (lot_id, space_class, slot_at, occupied, capacity, quality)
        select id, 'general', slot_at, {_OCCUPIED}, 100, 'live'
        from generate_series(0, 95) n, lateral (select :now - n * interval '15 minutes' as slot_at) slots,
            numbered
    """),
    # Three weeks of those whose habits are reckoned.
    text(f"""
        insert into count_history (lot_id, space_class, slot_at, occupied, capacity, quality)
        select id, 'general', slot_at, {_OCCUPIED}, 100, 'live'
        from generate_series(96, 2015) n, lateral (select :now - n * interval '15 minutes' as slot_at) slots,
            (select * from numbered where number % {LOTS // 50 // RUNS} = 0) chosen
    """),
]  # fmt: skip
_HABITS = text("""
    update counter_courses set reckoned_at = :now, habit = jsonb_build_object(
        'days', 21, 'longest_still', 8, 'longest_full', 8, 'largest_step', 6,
        'profile', (select jsonb_agg(30 + (15 * sin(n / 4.0))::integer) from generate_series(0, 47) n))
""")
_QUARTER = text(f"""
    insert into count_history (lot_id, space_class, slot_at, occupied, capacity, quality)
    select id, 'general', slot_at, {_OCCUPIED}, 100, 'live'
    from (select cast(:at as timestamptz) as slot_at, 0 as n) slot, numbered
""")
_DUE = text("""
    update counter_courses c set reckoned_at = :long_ago from numbered
    where lot_id = id and number % :part = 0 and number / :part % :runs = :run
""")


def run(progress: Progress) -> list[dict[str, Any]]:
    """Each judgement after a quarter also reckons the habits of 50 counters, three weeks of each."""
    task = progress.add_task(f"{LOTS:,} counters judged", total=2 * RUNS + 1)
    with fresh_database() as database:
        a_city_of(database.sessions, LOTS, 100, datetime(2026, 1, 1, tzinfo=UTC))
        with database.sessions() as session:
            _prepare(session)
            progress.advance(task)
            after, between = [], []
            for number in range(1, RUNS + 1):
                at = _NOW + number * _SLOT
                session.execute(_QUARTER, {"at": at})
                session.execute(_DUE, _due(number - 1))
                session.commit()
                after.append(_judged(session, at + timedelta(minutes=2), progress, task))
                between.append(_judged(session, at + timedelta(minutes=5), progress, task))
            found = session.scalar(select(func.count()).select_from(Anomaly).where(Anomaly.kind == "frozen"))
        if found != ODD:
            raise RuntimeError(f"{found} counters were found frozen, not {ODD}")
    wall, cpu = (median(times) for times in zip(*after, strict=True))
    between_wall, between_cpu = (median(times) for times in zip(*between, strict=True))
    name = f"{LOTS:,} counters, {SOURCES:,} sources judged"
    return [
        figure(f"{name} after a quarter, CPU of the worker", cpu, "s", 1.5, "lower"),
        figure("the same with the database's share, wall time", wall, "s"),
        figure(f"{name} between quarters, CPU of the worker", between_cpu, "s", 1.0, "lower"),
        figure("the same with the database's share, wall time", between_wall, "s"),
    ]


def _prepare(session: Session) -> None:
    for statement in _SETTING:
        session.execute(statement, {"now": _NOW} if ":now" in statement.text else {})
    session.commit()
    session.execute(text("analyze"))
    judge_sources(session, _NOW)
    session.execute(_HABITS, {"now": _NOW})
    session.commit()


def _due(run: int) -> dict[str, Any]:
    """Fifty counters whose habits a judgement will reckon."""
    return {"long_ago": _NOW - timedelta(days=9), "part": LOTS // 50 // RUNS, "runs": RUNS, "run": run}


def _judged(session: Session, now: datetime, progress: Progress, task: Any) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    judge_sources(session, now)
    session.commit()
    progress.advance(task)
    return time.perf_counter() - began, time.process_time() - cpu
