"""Who pulls what is due? Whoever claimed the row; a claim runs out, so that a crash holds nothing up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, exists, func, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from parking.guidance.errors import PullBusy, PullMissing, SourceNotSwitchedOn
from parking.guidance.models import Pull, Source, SourceCredential
from parking.guidance.queries import newest_text
from parking.guidance.rules.hosts import HostLimits
from parking.guidance.rules.pulls import DuePull, Lane, PullKind, PullState
from parking.guidance.service.turns import hand_out, note_taken, with_a_turn

# Beyond the lane's own time: reading the answer and recording it on a busy machine.
_SPARE_S = 30
_USUAL = HostLimits()

_COLUMNS = (
    Pull.source_id,
    Source.name,
    Pull.kind,
    Source.adapter,
    Pull.url,
    Pull.lane,
    Pull.interval_s,
    Pull.due_at,
    Pull.claimed_by,
    Pull.state,
    Pull.failures,
    Pull.quick_answers,
    Pull.silent_since_at,
    Pull.etag,
    Pull.last_modified,
    Source.time_zone,
    Source.crs,
    Source.allowed_networks,
    Source.adopts_lots,
    # The newest version of one of ours; the name itself of one that ships.
    func.coalesce(newest_text(Source.mapping), Source.mapping).label("mapping"),
    Pull.host,
    select(SourceCredential.sealed)
    .where(SourceCredential.source_id == Source.id)
    .scalar_subquery()
    .label("credential"),
    Pull.tally,
)


def claim_due(
    session: Session,
    holder: str,
    now: datetime,
    lane: Lane,
    limit: int,
    limits: HostLimits = _USUAL,
) -> list[DuePull]:
    """Claim at most `limit` pulls of a lane that are due: first those that answered last, longest due first.

    So a good source never waits behind those that hang, though they share a lane; what lies at a host that
    has no turn left is passed over, and so are rows that another worker is claiming at this moment. The
    claim holds for the lane's time and half a minute more; one that ran out unrecorded is silence.
    """
    due = _is_due(lane, now)
    turns = hand_out(session, due, limits, now, limit)
    chosen = (
        select(Pull.source_id, Pull.kind)
        .where(*due, with_a_turn(due, turns, limits, now))
        .order_by(Pull.failures > 0, Pull.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = _claim(session, chosen, holder, now, lane.budget_s)
    note_taken(session, turns, Counter(each.host for each in claimed), now)
    return sorted(claimed, key=lambda each: each.due_at)


def claim_one(session: Session, holder: str, now: datetime, source_id: str, kind: PullKind) -> DuePull:
    """Claim one pull whether it is due or not.

    Raises PullMissing, SourceNotSwitchedOn, and PullBusy while another holds it.
    """
    row = session.execute(
        select(Source, Pull.claimed_until_at)
        .select_from(Pull)
        .join(Source, Source.id == Pull.source_id)
        .where(Pull.source_id == source_id, Pull.kind == kind)
        .with_for_update(of=Pull)
    ).one_or_none()
    if row is None:
        raise PullMissing(name=source_id, kind=kind)
    if not row.Source.may_be_pulled:
        raise SourceNotSwitchedOn(name=row.Source.name)
    if row.claimed_until_at is not None and row.claimed_until_at > now:
        raise PullBusy(name=row.Source.name)
    chosen = select(Pull.source_id, Pull.kind).where(Pull.source_id == source_id, Pull.kind == kind)
    return _claim(session, chosen, holder, now, Lane.SLOW.budget_s)[0]


def give_back(session: Session, holder: str, pulls: Collection[DuePull]) -> None:
    """Let go of claims whose pulls were not begun; they are due as before."""
    if not pulls:
        return
    keys = [(due.source_id, due.kind) for due in pulls]
    session.execute(
        update(Pull)
        .where(Pull.claimed_by == holder, tuple_(Pull.source_id, Pull.kind).in_(keys))
        .values(claimed_by=None, claimed_until_at=None)
        .execution_options(synchronize_session=False)
    )


def _is_due(lane: Lane, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Pull.lane == lane,
        Pull.state != PullState.DISABLED,
        Pull.due_at <= now,
        or_(Pull.claimed_until_at.is_(None), Pull.claimed_until_at <= now),
        or_(Pull.kind == PullKind.STATIC, Pull.state != PullState.PROVISIONED, ~_waits_for_lots()),
    )


def _waits_for_lots() -> ColumnElement[bool]:
    """Whether the lots that a pull counts in come with the source's first static answer, which is due too.

    Counted before, each of them would be unknown, and the source called silent. One whose answer was lost
    is not waited for.
    """
    lots = aliased(Pull)
    return exists().where(
        lots.source_id == Pull.source_id,
        lots.kind == PullKind.STATIC,
        lots.state == PullState.PROVISIONED,
        lots.silent_since_at.is_(None),
        Source.id == lots.source_id,
        Source.adopts_lots,
    )


def _claim(
    session: Session, chosen: Select[str, str], holder: str, now: datetime, budget_s: float
) -> list[DuePull]:
    due = chosen.cte("due")
    claimed = session.execute(
        update(Pull)
        .where(Pull.source_id == due.c.source_id, Pull.kind == due.c.kind, Source.id == Pull.source_id)
        .values(
            claimed_by=holder,
            claimed_until_at=now + timedelta(seconds=budget_s + _SPARE_S),
            attempted_at=now,
            # Who had it before recorded nothing: a pull that ends so each time must not pass for a good one.
            silent_since_at=case(
                (Pull.claimed_until_at.is_not(None), func.coalesce(Pull.silent_since_at, now)),
                else_=Pull.silent_since_at,
            ),
        )
        .returning(*_COLUMNS)
        .execution_options(synchronize_session=False)
    )
    return [_due_pull(row) for row in claimed]


def _due_pull(row: Row[*tuple[Any, ...]]) -> DuePull:
    return DuePull(
        source_id=row.source_id,
        source=row.name,
        kind=PullKind(row.kind),
        adapter=row.adapter,
        url=row.url,
        lane=Lane(row.lane),
        interval_s=row.interval_s,
        due_at=row.due_at,
        holder=row.claimed_by,
        state=PullState(row.state),
        failures=row.failures,
        quick_answers=row.quick_answers,
        silent_since_at=row.silent_since_at,
        etag=row.etag,
        last_modified=row.last_modified,
        time_zone=row.time_zone,
        crs=row.crs,
        allowed_networks=tuple(row.allowed_networks),
        adopts_lots=row.adopts_lots,
        mapping=row.mapping,
        host=row.host,
        credential=row.credential,
        tally=row.tally,
    )
