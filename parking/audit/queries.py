"""Does the audit trail still say what was recorded?"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from parking.audit.models import AuditEntry
from parking.audit.rules import GENESIS, chain_hash, plain


def last_hash(session: Session) -> str:
    """The hash to which the next entry is chained."""
    newest = select(AuditEntry.hash).order_by(AuditEntry.number.desc()).limit(1)
    return session.scalar(newest) or GENESIS


def verify_chain(session: Session) -> int | None:
    """The number of the first entry that was changed, or before which one is missing; None when all hold.

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
    ordered = select(*columns).order_by(AuditEntry.number).execution_options(yield_per=2000)
    # Closed on the way out: a server-side cursor left open would outlive a broken chain.
    with session.execute(ordered) as entries:
        return _first_broken(entries.mappings())


def _first_broken(entries: Iterable[RowMapping]) -> int | None:
    previous = GENESIS
    for entry in entries:
        said = {str(key): entry[key] for key in entry if key not in ("number", "previous_hash", "hash")}
        said["details"] = plain(said["details"])
        if entry["previous_hash"] != previous or entry["hash"] != chain_hash(previous, **said):
            return int(entry["number"])
        previous = entry["hash"]
    return None


def entries_of(session: Session, subject_kind: str, subject_id: str) -> list[AuditEntry]:
    """All that was done to one subject, oldest first."""
    query = select(AuditEntry).where(
        AuditEntry.subject_kind == subject_kind, AuditEntry.subject_id == subject_id
    )
    return list(session.scalars(query.order_by(AuditEntry.number)))
