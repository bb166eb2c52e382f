"""What does a sandbox client find again of what it told? Enough to try all of it out; none of it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.accounts.models import SandboxEvent

_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SandboxTold:
    """A passage or count of a sandbox client, without its plate."""

    event_id: str
    lot_id: str | None = None
    at: datetime | None = None
    direction: str | None = None
    stay_id: str | None = None


def note_told(session: Session, client_id: str, told: Sequence[SandboxTold], now: datetime) -> frozenset[str]:
    """Note what was told; the event ids of it that are new."""
    rows: Mapping[str, dict[str, object]] = {
        each.event_id: {
            "client_id": client_id,
            "event_id": each.event_id,
            "lot_id": each.lot_id,
            "at": each.at,
            "direction": each.direction,
            "stay_id": each.stay_id,
            "received_at": now,
        }
        for each in told
    }
    if not rows:
        return frozenset()
    stored = session.scalars(
        insert(SandboxEvent)
        .values([rows[key] for key in sorted(rows)])
        .on_conflict_do_nothing()
        .returning(SandboxEvent.event_id)
    )
    return frozenset(stored)


def note_voided(session: Session, client_id: str, event_id: str, now: datetime) -> bool:
    """Note that an event is void, whether or not it was told yet; False where it was void already."""
    row = {"client_id": client_id, "event_id": event_id, "voided_at": now, "received_at": now}
    changed = session.scalars(
        insert(SandboxEvent)
        .values(row)
        .on_conflict_do_update(
            index_elements=["client_id", "event_id"],
            set_={"voided_at": now},
            where=SandboxEvent.voided_at.is_(None),
        )
        .returning(SandboxEvent.event_id)
    )
    return bool(changed.all())


def forget_sandbox(session: Session, now: datetime) -> None:
    """Delete what is older than a week."""
    session.execute(delete(SandboxEvent).where(SandboxEvent.received_at <= now - _KEPT))
