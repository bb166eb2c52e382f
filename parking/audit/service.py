"""How does a step enter the audit trail? In the transaction that takes the step, one writer at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Select, Table, event, func, select
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction
from sqlalchemy.sql.visitors import iterate

from parking.audit import queries
from parking.audit.models import AuditEntry
from parking.audit.rules import Event, chain_hash, plain
from parking.kernel.actors import Actor
from parking.kernel.db.copying import copy_rows

# Any number that no other advisory lock of the platform uses.
_CHAIN_LOCK = 7_305_201_934
_WAITING = "audit_waiting"
_SAVED = "audit_waiting_at_savepoints"


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
    """Append entries in order, at the commit of the session's transaction.

    Whoever reads the trail in the same session sees them. Raises UnrecordableDetails at once.

    The chain has one writer at a time. Its lock is taken last of all and held for a moment only, so that two
    transactions that lock rows and record steps in turn wait for each other instead of deadlocking.
    """
    waiting = [
        {
            "at": now,
            "actor": str(actor),
            "action": step.action,
            "subject_kind": step.subject_kind,
            "subject_id": step.subject_id,
            "details": plain(step.details),
            "reason": step.reason,
        }
        for step in events
    ]
    session.info.setdefault(_WAITING, []).extend(waiting)


def _write_waiting(session: Session) -> None:
    """Chain what waits to the trail, in two statements and one copy whatever their number."""
    waiting = session.info.pop(_WAITING, [])
    if not waiting:
        return
    session.execute(select(func.pg_advisory_xact_lock(_CHAIN_LOCK)))
    previous = queries.last_hash(session)
    rows = []
    for row in waiting:
        told = chain_hash(previous, **row)
        rows.append({**row, "previous_hash": previous, "hash": told})
        previous = told
    copy_rows(session, AuditEntry, rows)


@event.listens_for(Session, "before_commit")
def _commit(session: Session) -> None:
    _write_waiting(session)


@event.listens_for(Session, "do_orm_execute")
def _read(state: ORMExecuteState) -> None:
    if not (state.is_select and state.session.info.get(_WAITING)):
        return
    statement = state.statement
    if isinstance(statement, Select) and any(_is_trail(each) for each in iterate(statement)):
        _write_waiting(state.session)


def _is_trail(part: object) -> bool:
    # Asked for its tables, a statement is compiled anew each time: so they are looked for among its parts.
    return isinstance(part, Table) and part.name == AuditEntry.__tablename__


@event.listens_for(Session, "after_transaction_create")
def _begin(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        # What was recorded before the savepoint stands when the savepoint does not.
        session.info.setdefault(_SAVED, WeakKeyDictionary())[transaction] = list(
            session.info.get(_WAITING, [])
        )


@event.listens_for(Session, "after_soft_rollback")
def _roll_back(session: Session, previous_transaction: SessionTransaction) -> None:
    session.info[_WAITING] = session.info.get(_SAVED, {}).get(previous_transaction, [])
