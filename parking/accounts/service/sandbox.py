"""What does a sandbox client find again of what it told? Enough to try all of it out; none of it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.accounts.models import SandboxEvent
from parking.kernel.repeating import may_be_one

_KEPT = timedelta(days=7)
_TOLD = ("lot_id", "at", "direction", "stay_id", "said", "received_at")


class Known(StrEnum):
    """What an id stands for: nothing until now, the same event, or another one."""

    NEW = "new"
    SAME = "same"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SandboxTold:
    """A passage, count or transaction of a sandbox client, without its plate.

    `said` is what must be the same when it is told again.
    """

    event_id: str
    lot_id: str
    at: datetime | None = None
    direction: str | None = None
    stay_id: str | None = None
    said: str | None = None


def note_told(
    session: Session, client_id: str, told: Sequence[SandboxTold], now: datetime
) -> tuple[Known, ...]:
    """Note what was told, the first of each id; what each id stood for, in order."""
    rows: dict[str, dict[str, object]] = {}
    for each in told:
        rows.setdefault(each.event_id, {**asdict(each), "client_id": client_id, "received_at": now})
    if not rows:
        return ()
    row = insert(SandboxEvent).values([rows[key] for key in sorted(rows)])
    stored = session.scalars(
        # A void may have come before it.
        row.on_conflict_do_update(
            index_elements=["client_id", "event_id"],
            set_={name: row.excluded[name] for name in _TOLD},
            where=SandboxEvent.lot_id.is_(None),
        ).returning(SandboxEvent.event_id)
    )
    fresh = set(stored)
    asked = select(SandboxEvent).where(SandboxEvent.client_id == client_id, SandboxEvent.event_id.in_(rows))
    known = {each.event_id: each for each in session.scalars(asked)}
    found = []
    for each in told:
        same = Known.SAME if _may_be(known[each.event_id], each) else Known.OTHER
        found.append(Known.NEW if each.event_id in fresh else same)
        fresh.discard(each.event_id)
    return tuple(found)


def _may_be(known: SandboxEvent, told: SandboxTold) -> bool:
    """Whether two tellings may be of one event, as the gateway judges those of real clients."""
    if any(getattr(known, name) != getattr(told, name) for name in ("lot_id", "direction", "said")):
        return False
    return known.at is None or told.at is None or may_be_one(known.at, told.at)


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
