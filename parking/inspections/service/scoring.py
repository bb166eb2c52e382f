"""How does a month get its score? Reckoned from the facts, and again whenever it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, tuple_
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.audit.rules import Event
from parking.city import queries as city
from parking.city.queries import ground
from parking.inspections import queries
from parking.inspections.models import LotScore
from parking.inspections.queries import ScoreView
from parking.inspections.rules import MonthFacts, Score, is_filed, reckon
from parking.inspections.rules.scores import ComplaintsTold
from parking.kernel.actors import Actor
from parking.kernel.days import month_after, month_before, month_span

# What is told late still changes the month before: a feed's history, a finding entered the day after.
_SETTLES_DAYS = 10
_AT_ONCE = 1000
Complained = Callable[[Session, date, datetime], Iterable[ComplaintsTold]]
"""What each lot with confirmed complaints of a month (its first day) loses, as it is known now."""


def months_to_reckon(session: Session, now: datetime) -> list[date]:
    """The month that runs, and while late facts may still come, the one before; first days."""
    today = city.today(session, now)
    before = month_before(today)
    done = before in queries.months(session) and today.day > _SETTLES_DAYS
    return [today.replace(day=1)] if done else [before, today.replace(day=1)]


def reckon_month(
    session: Session,
    actor: Actor,
    month_on: date,
    now: datetime,
    lot_ids: Collection[str] | None = None,
    complained: Complained | None = None,
) -> int:
    """Reckon a month's score for these lots, or for all that are on file; returns how many changed.

    `complained` tells what confirmed complaints cost; without it a criterion that asks is left out.
    The criteria are those of the month's last day, or of today while it runs. What comes out as it was stays
    as it is; a score that changes after its month is over keeps the one before as an earlier revision.
    """
    here = ground(session, now)
    from_at, end_at = month_span(month_on, here.zone)
    until_at = min(end_at, now)
    if until_at <= from_at:
        return 0
    last_on = min(here.today, month_after(month_on) - timedelta(days=1))
    criteria: Sequence[dict[str, Any]] = city.facts(session, last_on).get("score_criteria") or ()
    if not criteria:
        return 0  # Also the month before the city's first profile.
    ids = lot_ids if lot_ids is not None else _on_file(session)
    facts = queries.month_facts(session, ids, (from_at, until_at), here.zone)
    if complained is not None:
        facts = _with_complaints(facts, complained(session, month_on, now))
    stood = {score.lot_id: score for score in queries.scores(session, month_on=month_on)}
    rows: list[dict[str, Any]] = []
    events: list[Event] = []
    for lot_id in sorted(ids):
        score, before = reckon(criteria, facts[lot_id]), stood.get(lot_id)
        if before is not None and _is_same(before, score, until_at):
            continue
        was_over = before is not None and before.until_at >= end_at
        revision = before.revision + was_over if before else 1
        rows.append(_row(lot_id, month_on, revision, until_at, now, score))
        if before is not None and was_over:
            told = {"month": month_on.isoformat(), "before": before.percent, "after": score.percent}
            events.append(Event("lot_score:revised", "lot", lot_id, told))
    _store(session, rows)
    if rows:
        events.append(_run_told(month_on, len(rows), until_at, criteria))
    audit.record_all(session, actor, events, now)
    return len(rows)


def _with_complaints(
    facts: Mapping[str, MonthFacts], complained: Iterable[ComplaintsTold]
) -> dict[str, MonthFacts]:
    by_lot = {each.lot_id: each for each in complained}
    return {
        lot_id: replace(each, complaints=by_lot.get(lot_id), knows_complaints=True)
        for lot_id, each in facts.items()
    }


def _run_told(month_on: date, lots: int, until_at: datetime, criteria: Sequence[dict[str, Any]]) -> Event:
    asked = [dict(each) for each in criteria]
    run = {"lots": lots, "until": until_at.isoformat(), "criteria": asked}
    return Event("lot_scores:reckoned", "month", f"{month_on:%Y-%m}", run)


def _on_file(session: Session) -> list[str]:
    return [lot_id for lot_id, state, number in queries.filed_lots(session) if is_filed(state, number)]


def _is_same(before: ScoreView, score: Score, until_at: datetime) -> bool:
    """Whether nothing came out that is not known; a month that ran on has new evidence by itself."""
    return (
        before.until_at == until_at
        and before.points == score.points
        and before.out_of == score.out_of
        and list(before.lines) == [asdict(line) for line in score.lines]
    )


def _row(
    lot_id: str, month_on: date, revision: int, until_at: datetime, now: datetime, score: Score
) -> dict[str, Any]:
    return {
        "lot_id": lot_id,
        "month_on": month_on,
        "revision": revision,
        "until_at": until_at,
        "reckoned_at": now,
        "points": score.points,
        "out_of": score.out_of,
        "percent": score.percent,
        "lines": [asdict(line) for line in score.lines],
    }


def _store(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write reckonings; one of a month that still runs takes the place of the one before."""
    key = tuple_(LotScore.lot_id, LotScore.month_on, LotScore.revision)
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        known = [(row["lot_id"], row["month_on"], row["revision"]) for row in some]
        session.execute(delete(LotScore).where(key.in_(known)).execution_options(synchronize_session=False))
        session.execute(insert(LotScore), some)
