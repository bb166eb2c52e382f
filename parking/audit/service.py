"""How does a step enter the audit trail? In the transaction that takes the step, one writer at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.audit import queries
from parking.audit.models import AuditEntry
from parking.audit.rules import Event, chain_hash, plain
from parking.kernel.actors import Actor
from parking.kernel.db.copying import copy_rows

# Any number that no other advisory lock of the platform uses; held until the transaction ends.
_CHAIN_LOCK = 7_305_201_934


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject_kind: str,
    subject_id: str,
    details: Mapping[str, Any],
    now: datetime,
    reason: str | None = None,
) -> None:
    """Append one entry. Details are plain JSON and hold no plate, secret or personal data.

    Raises UnrecordableDetails.
    """
    record_all(session, actor, [Event(action, subject_kind, subject_id, details, reason)], now)


def record_all(session: Session, actor: Actor, events: Iterable[Event], now: datetime) -> None:
    """Append entries in order, in two statements and one insert whatever their number.

    The chain's lock is held until the transaction ends: call it last, not before slow work.
    """
    steps = list(events)
    if not steps:
        return
    session.execute(select(func.pg_advisory_xact_lock(_CHAIN_LOCK)))
    previous = queries.last_hash(session)
    rows = []
    for step in steps:
        row: dict[str, Any] = {
            "at": now,
            "actor": str(actor),
            "action": step.action,
            "subject_kind": step.subject_kind,
            "subject_id": step.subject_id,
            "details": plain(step.details),
            "reason": step.reason,
        }
        told = chain_hash(previous, **row)
        rows.append({**row, "previous_hash": previous, "hash": told})
        previous = told
    copy_rows(session, AuditEntry, rows)
