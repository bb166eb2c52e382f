"""What was recorded, and does the trail still say it?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, select
from sqlalchemy.orm import Session

from parking.audit.models import AuditEntry
from parking.audit.rules import GENESIS, chain_hash, plain

_A_BATCH = 2000


def last_hash(session: Session) -> str:
    """The hash to which the next entry is chained."""
    newest = select(AuditEntry.hash).order_by(AuditEntry.number.desc()).limit(1)
    return session.scalar(newest) or GENESIS


def entry_count(session: Session) -> int:
    """How many entries there are."""
    return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def verify_chain(session: Session, seen: Callable[[int], object] | None = None) -> int | None:
    """The number of the first entry that was changed, or before which one is missing; None when all hold.

    `seen` is told how many more entries were walked, about every 2,000.
    Entries cut off at the end leave no trace here: compare `last_hash` with a copy kept elsewhere.
    """
    columns = (
        AuditEntry.number,
        AuditEntry.at,
        AuditEntry.actor,
        AuditEntry.action,
        AuditEntry.subject_kind,
        AuditEntry.subject_id,
        AuditEntry.details,
        AuditEntry.reason,
        AuditEntry.previous_hash,
        AuditEntry.hash,
    )
    ordered = select(*columns).order_by(AuditEntry.number).execution_options(yield_per=_A_BATCH)
    # Closed on the way out: a server-side cursor left open would outlive a broken chain.
    with session.execute(ordered) as entries:
        return _first_broken(entries.mappings(), seen or (lambda more: None))


def _first_broken(entries: Iterable[RowMapping], seen: Callable[[int], object]) -> int | None:
    previous = GENESIS
    walked = 0
    for walked, entry in enumerate(entries, start=1):
        if walked % _A_BATCH == 0:
            seen(_A_BATCH)
        said = {str(key): entry[key] for key in entry if key not in ("number", "previous_hash", "hash")}
        said["details"] = plain(said["details"])
        if entry["previous_hash"] != previous or entry["hash"] != chain_hash(previous, **said):
            return int(entry["number"])
        previous = entry["hash"]
    seen(walked % _A_BATCH)
    return None


def entries_of(session: Session, subject_kind: str, subject_id: str) -> list[AuditEntry]:
    """All that was done to one subject, oldest first."""
    query = select(AuditEntry).where(
        AuditEntry.subject_kind == subject_kind, AuditEntry.subject_id == subject_id
    )
    return list(session.scalars(query.order_by(AuditEntry.number)))


@dataclass(frozen=True, slots=True)
class EntryView:
    """One step of the trail. `actor` is "kind:name"; `details` hold what was before and after."""

    number: int
    at: datetime
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    details: dict[str, Any]
    reason: str | None
    hash: str


@dataclass(frozen=True, slots=True)
class Sought:
    """Which steps are looked for; what is None is not asked. `action` may be its first part ("filing:")."""

    actor: str | None = None
    action: str | None = None
    subject_kind: str | None = None
    subject_id: str | None = None
    since_at: datetime | None = None
    until_at: datetime | None = None


def entries(
    session: Session, sought: Sought, *, before: int | None = None, limit: int = 50
) -> list[EntryView]:
    """At most `limit` (1 to 200) of these steps, newest first, older than the step numbered `before`."""
    asked = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(min(max(limit, 1), 200))
    for column, value in (
        (AuditEntry.actor, sought.actor),
        (AuditEntry.subject_kind, sought.subject_kind),
        (AuditEntry.subject_id, sought.subject_id),
    ):
        if value is not None:
            asked = asked.where(column == value)
    if sought.action is not None:
        asked = asked.where(AuditEntry.action.startswith(sought.action, autoescape=True))
    if sought.since_at is not None:
        asked = asked.where(AuditEntry.at >= sought.since_at)
    if sought.until_at is not None:
        asked = asked.where(AuditEntry.at < sought.until_at)
    if before is not None:
        asked = asked.where(AuditEntry.number < before)
    return [
        EntryView(
            row.number,
            row.at,
            row.actor,
            row.action,
            row.subject_kind,
            row.subject_id,
            row.details,
            row.reason,
            row.hash,
        )
        for row in session.scalars(asked)
    ]
