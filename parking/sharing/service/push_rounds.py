"""What is a cloud to be told now, and what became of it?

Changes are taken over by their numbers into rows that wait until the cloud took them: told at least once,
whatever dies in between, and never in the way of a booking.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.sharing.models.passes import Pass, PassSeries
from parking.sharing.models.pushes import AllowListEntry, AllowListPush
from parking.sharing.rules.pushes import KEPT, PushFailure, cloud_due_at, entry_due_at


@dataclass(frozen=True, slots=True)
class DuePush:
    """A cloud for which something waits, or whose lot's passes changed."""

    id: str
    lot_id: str
    adapter: str
    lot_key: str
    base_url: str
    app_id: str
    secret_sealed: bytes = field(repr=False)
    allowed_networks: tuple[str, ...]
    desk_name: str
    desk_phone: str


@dataclass(frozen=True, slots=True)
class DueEntry:
    """A pass that a cloud is to be told of; without a plate where it was withdrawn or is over.

    `seq` is the change that is told: what changes meanwhile is told once more.
    """

    push_id: str
    pass_id: str
    seq: int
    from_at: datetime
    until_at: datetime
    held: str | None
    attempts: int
    plate_sealed: bytes | None = field(repr=False)


def due_pushes(session: Session, now: datetime) -> list[DuePush]:
    """The clouds that are to be told something and are not left alone at present; longest due first."""
    waits = exists().where(AllowListEntry.push_id == AllowListPush.id, AllowListEntry.due_at <= now)
    changed = exists().where(
        PassSeries.lot_id == AllowListPush.lot_id, PassSeries.last > AllowListPush.cursor
    )
    asked = select(AllowListPush).where(
        AllowListPush.paused_at.is_(None), AllowListPush.due_at <= now, or_(waits, changed)
    )
    return [_due(row) for row in session.scalars(asked.order_by(AllowListPush.due_at, AllowListPush.id))]


def take_over(session: Session, push_id: str, now: datetime) -> None:
    """Write down which passes changed since the cursor, and move it; at first all that stand.

    Numbers are drawn one after the other and kept with their change, so none is missed.
    """
    push = session.get_one(AllowListPush, push_id, with_for_update=True, populate_existing=True)
    # Before the changes themselves: one that comes in between is taken over twice, and none is missed.
    last = session.scalar(select(PassSeries.last).where(PassSeries.lot_id == push.lot_id)) or 0
    changed = select(Pass.id, Pass.seq).where(Pass.lot_id == push.lot_id, Pass.seq > push.cursor)
    if push.cursor == 0:
        changed = changed.where(Pass.withdrawn_at.is_(None), Pass.until_at > now)
    rows = [
        {"push_id": push_id, "pass_id": row.id, "seq": row.seq, "due_at": now, "attempts": 0}
        for row in session.execute(changed)
    ]
    if rows:
        written = insert(AllowListEntry).values(rows)
        fresh = {name: written.excluded[name] for name in ("seq", "due_at", "attempts")}
        session.execute(written.on_conflict_do_update(index_elements=["push_id", "pass_id"], set_=fresh))
    push.cursor = last
    session.flush()


def due_entries(session: Session, push_id: str, now: datetime, limit: int) -> list[DueEntry]:
    """What a cloud is to be told now, what waited longest first."""
    asked = (
        select(AllowListEntry, Pass)
        .join(Pass, Pass.id == AllowListEntry.pass_id)
        .where(AllowListEntry.push_id == push_id, AllowListEntry.due_at <= now)
        .order_by(AllowListEntry.due_at, AllowListEntry.pass_id)
        .limit(limit)
    )
    return [
        DueEntry(
            push_id=push_id,
            pass_id=entry.pass_id,
            seq=entry.seq,
            from_at=row.from_at,
            until_at=row.until_at,
            held=entry.held,
            attempts=entry.attempts,
            plate_sealed=row.plate_sealed if row.withdrawn_at is None and row.until_at > now else None,
        )
        for entry, row in session.execute(asked)
    ]


def hold(session: Session, entry: DueEntry, held: str) -> None:
    """Keep the writer's word of an entry as soon as the cloud gave it."""
    _change(session, entry, held=held)


def settle(session: Session, entry: DueEntry, next_at: datetime | None, now: datetime) -> None:
    """The cloud knows what is to be known, until `next_at` where something is to be told then."""
    told = {"due_at": next_at, "attempts": 0, "refused_for": None, "told_at": now}
    _change(session, entry, AllowListEntry.seq == entry.seq, **told)


def give_up(session: Session, entry: DueEntry) -> None:
    """The pass is over and nothing of it matters any more; why it was refused, if it was, stays."""
    _change(session, entry, AllowListEntry.seq == entry.seq, due_at=None)


def put_off(session: Session, entry: DueEntry, refused_for: str | None, now: datetime) -> None:
    """The cloud did not take it: tell it again later, and the others first."""
    attempts = entry.attempts + 1
    values = {"attempts": attempts, "due_at": entry_due_at(attempts, now)}
    if refused_for is not None:
        values["refused_for"] = refused_for
    _change(session, entry, AllowListEntry.seq == entry.seq, **values)


def end_round(session: Session, push_id: str, failure: PushFailure | None, now: datetime) -> int:
    """Write down how a round ended, and when the cloud is tried again; how many failed in a row."""
    push = session.get_one(AllowListPush, push_id, with_for_update=True, populate_existing=True)
    push.attempted_at = now
    push.failures = push.failures + 1 if failure else 0
    push.reason = failure.reason if failure else None
    push.detail = failure.shown if failure else None
    push.due_at = cloud_due_at(push_id, push.failures, now)
    if failure is None:
        push.succeeded_at = now
    session.flush()
    return push.failures


def forget(session: Session, now: datetime) -> int:
    """Forget what clouds knew of passes that are long over; how many."""
    over = select(Pass.id).where(Pass.until_at < now - KEPT)
    gone = delete(AllowListEntry).where(AllowListEntry.pass_id.in_(over))
    return len(session.scalars(gone.returning(AllowListEntry.pass_id)).all())


def _change(session: Session, entry: DueEntry, *more: Any, **values: Any) -> None:
    which = (AllowListEntry.push_id == entry.push_id, AllowListEntry.pass_id == entry.pass_id)
    session.execute(update(AllowListEntry).where(*which, *more).values(**values))


def _due(row: AllowListPush) -> DuePush:
    return DuePush(
        id=row.id,
        lot_id=row.lot_id,
        adapter=row.adapter,
        lot_key=row.lot_key,
        base_url=row.base_url,
        app_id=row.app_id,
        secret_sealed=row.secret_sealed,
        allowed_networks=tuple(row.allowed_networks),
        desk_name=row.desk_name,
        desk_phone=row.desk_phone,
    )
