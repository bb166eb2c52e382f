"""Who asks a cloud now, how far did it come, and how did it end?

A claim runs out, so that a crash holds nothing up. The cursor is written after the passages that it covers
are durable, never before: what is asked twice is one fact all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_, select, update
from sqlalchemy.orm import Session

from parking.boundary.gates import GateProblem
from parking.visits.errors import CloudClaimLost
from parking.visits.models import CloudPull
from parking.visits.rules.pulls import CLAIM_S, DuePull, Failure, PullChange, PullState, after

_MOST_PROBLEMS_KEPT = 50
_PULLS = CloudPull.__table__.c
_COLUMNS = tuple(
    _PULLS[name]
    for name in (
        "id", "device_id", "lot_key", "adapter", "base_url", "app_id", "secret_sealed", "allowed_networks",
        "interval_s", "claimed_by", "state", "failures", "cursor", "swept_at", "silent_since_at",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What a run brought: passages told, those of them that were new, what could not be read."""

    told: int = 0
    new: int = 0
    problems: tuple[GateProblem, ...] = ()


def claim_due(session: Session, holder: str, now: datetime, limit: int) -> list[DuePull]:
    """Claim at most `limit` pulls that are due: those that answered last first, longest due first.

    One statement; rows that another worker is claiming at this moment are passed over.
    """
    chosen = (
        select(CloudPull.id)
        .where(
            CloudPull.state != PullState.DISABLED,
            CloudPull.due_at <= now,
            or_(CloudPull.claimed_until_at.is_(None), CloudPull.claimed_until_at <= now),
        )
        .order_by(CloudPull.failures > 0, CloudPull.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = session.execute(
        update(CloudPull)
        .where(CloudPull.id == chosen.c.id)
        .values(claimed_by=holder, claimed_until_at=_claim_end(now), attempted_at=now)
        .returning(*_COLUMNS)
        .execution_options(synchronize_session=False)
    )
    return [_due(row) for row in claimed]


def give_back(session: Session, holder: str) -> None:
    """Let go of every claim of this holder; the pulls are due as before."""
    session.execute(
        update(CloudPull)
        .where(CloudPull.claimed_by == holder)
        .values(claimed_by=None, claimed_until_at=None)
        .execution_options(synchronize_session=False)
    )


def keep_page(
    session: Session,
    due: DuePull,
    cursor: str,
    now: datetime,
    *,
    complete_until_at: datetime | None,
    sweeps: bool,
) -> None:
    """Move the cursor past a page whose passages are durable, and hold the claim on. Raises CloudClaimLost.

    `complete_until_at`: this page was the last of a round that was begun then. `sweeps`: it was the first of
    one that looks back a whole day.
    """
    values: dict[str, Any] = {"cursor": cursor, "claimed_until_at": _claim_end(now)}
    if complete_until_at is not None:
        values["complete_until_at"] = complete_until_at
    if sweeps:
        values["swept_at"] = now
    _keep(session, due, now, values)


def end_round(
    session: Session,
    due: DuePull,
    told: Told,
    failure: Failure | None,
    now: datetime,
    *,
    unfinished: bool = False,
) -> PullChange:
    """Write down how a run ended and let go of the claim. Raises CloudClaimLost."""
    change = after(due, failure, now, unfinished=unfinished)
    values: dict[str, Any] = {
        "state": change.state,
        "due_at": change.due_at,
        "failures": change.failures,
        "reason": change.reason,
        "detail": change.detail,
        "silent_since_at": change.silent_since_at,
        "claimed_by": None,
        "claimed_until_at": None,
        "told": told.told,
        "new": told.new,
        "problem_count": len(told.problems),
        "problems": _written(told.problems),
    }
    if failure is None:
        values["succeeded_at"] = now
    _keep(session, due, now, values)
    return change


def _written(problems: Sequence[GateProblem]) -> list[dict[str, Any]]:
    return [
        {"record": each.record, "code": each.code, "field": each.field}
        for each in problems[:_MOST_PROBLEMS_KEPT]
    ]


def _keep(session: Session, due: DuePull, now: datetime, values: dict[str, Any]) -> None:
    kept = session.connection().execute(
        update(_PULLS.state.table)
        .where(
            _PULLS.id == due.id,
            _PULLS.claimed_by == due.holder,
            _PULLS.claimed_until_at > now,
            _PULLS.state != PullState.DISABLED,
        )
        .values(values)
    )
    if not kept.rowcount:
        raise CloudClaimLost


def _claim_end(now: datetime) -> datetime:
    return now + timedelta(seconds=CLAIM_S)


def _due(row: Row[*tuple[Any, ...]]) -> DuePull:
    values = row._asdict()
    values["holder"] = values.pop("claimed_by")
    values["state"] = PullState(values["state"])
    values["allowed_networks"] = tuple(values["allowed_networks"])
    return DuePull(**values)
