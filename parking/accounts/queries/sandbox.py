"""What did a sandbox client tell of a day, and which stay is open?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.accounts.models import SandboxEvent


def sandbox_numbers(
    session: Session, client_id: str, lot_id: str, since: datetime, until: datetime
) -> tuple[int, int, int]:
    """Entries, exits and voided passages of [since, until)."""
    rows = session.execute(
        select(SandboxEvent.direction, SandboxEvent.voided_at).where(
            *_of(client_id, lot_id), SandboxEvent.at >= since, SandboxEvent.at < until
        )
    ).all()
    standing = [row.direction for row in rows if row.voided_at is None]
    return standing.count("entry"), standing.count("exit"), len(rows) - len(standing)


def sandbox_ids(
    session: Session,
    client_id: str,
    lot_id: str,
    since: datetime,
    until: datetime,
    after: str | None,
    limit: int,
) -> tuple[str, ...]:
    """Event ids of [since, until) after `after`, sorted, voided ones too."""
    asked = select(SandboxEvent.event_id).where(
        *_of(client_id, lot_id),
        SandboxEvent.at >= since,
        SandboxEvent.at < until,
        SandboxEvent.event_id.collate("C") > (after or ""),
    )
    return tuple(session.scalars(asked.order_by(SandboxEvent.event_id.collate("C")).limit(limit)))


def sandbox_entry(session: Session, client_id: str, lot_id: str, stay_id: str) -> datetime | None:
    """When a stay began that the client told of by its number and has not ended; None for any other."""
    newest = session.execute(
        select(SandboxEvent.direction, SandboxEvent.at)
        .where(*_of(client_id, lot_id), SandboxEvent.stay_id == stay_id, SandboxEvent.voided_at.is_(None))
        .order_by(SandboxEvent.at.desc())
        .limit(1)
    ).one_or_none()
    return newest.at if newest is not None and newest.direction == "entry" else None


def sandbox_said(session: Session, client_id: str, event_id: str) -> str | None:
    """What was said under an id that has to be the same again; None where nothing was."""
    asked = select(SandboxEvent.said).where(
        SandboxEvent.client_id == client_id, SandboxEvent.event_id == event_id
    )
    return session.scalar(asked)


def sandbox_voided(session: Session, client_id: str, event_ids: Collection[str]) -> frozenset[str]:
    """Which of these events are void, also before they were told."""
    return frozenset(
        session.scalars(
            select(SandboxEvent.event_id).where(
                SandboxEvent.client_id == client_id,
                SandboxEvent.event_id.in_(event_ids),
                SandboxEvent.voided_at.is_not(None),
            )
        )
    )


def _of(client_id: str, lot_id: str):  # type: ignore[no-untyped-def] # clauses of SQLAlchemy
    return (
        SandboxEvent.client_id == client_id,
        SandboxEvent.lot_id == lot_id,
        SandboxEvent.direction.is_not(None),
    )
