"""How does a lot enter the register, and how is it changed?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.audit.rules import Event
from parking.city import queries as city
from parking.kernel.actors import SYSTEM, Actor
from parking.kernel.db.changes import announce
from parking.lots import queries
from parking.lots.errors import LotChanged, LotCodeTaken, LotNotFound, LotRefused
from parking.lots.models import Lot
from parking.lots.rules import LedgerReason, LotDraft, check_change, check_draft
from parking.lots.service.changing import apply, cards_for_change, difference, draft_of
from parking.lots.service.writing import STATIC_FIELDS, insert_lots, opening_changes

_CHANGEABLE = frozenset({*STATIC_FIELDS, "entrances", "class_access"}) - {"code"}


def register_lot(
    session: Session,
    actor: Actor,
    draft: LotDraft,
    now: datetime,
    reason: LedgerReason = LedgerReason.OPENING_BALANCE,
    note: str | None = None,
) -> str:
    """Enter a new lot; its spaces get ledger entries of this reason on the city's today. Returns its id.

    Raises LotRefused with the problems by field, LotCodeTaken, ReasonRefused, ProfileMissing.
    """
    on = city.today(session, now)
    _check(session, draft, now)
    _check_taken(session, draft)
    for told in opening_changes(draft):
        check_change(told, reason)
    ids, events = insert_lots(session, actor, [draft], now, on=on, reason=reason, note=note)
    audit.record_all(session, actor, events, now)
    announce(session, "lots", ids)
    return ids[0]


def change_lot(
    session: Session,
    actor: Actor,
    lot_id: str,
    changes: Mapping[str, Any],
    now: datetime,
    reason: str | None = None,
    version: int | None = None,
) -> bool:
    """Change fields of a lot (those of LotDraft but code and spaces); False where nothing differs.

    `version` is the one that the caller has read. Raises LotNotFound, LotChanged, LotRefused, LotCodeTaken,
    and ValueError for a field that cannot be changed here: a bug of the caller.
    """
    if unknown := set(changes) - _CHANGEABLE:
        raise ValueError(f"not changeable: {sorted(unknown)}")
    cards = cards_for_change(session, [lot_id], city.today(session, now))
    if not cards:
        raise LotNotFound
    if version is not None and version != session.scalar(select(Lot.version).where(Lot.id == lot_id)):
        raise LotChanged
    draft = replace(draft_of(cards[0]), **changes, told=frozenset(changes))
    found = difference(cards[0], draft)
    if found.is_empty:
        return False
    _check(session, draft, now)
    if "filing_no" in found.after:
        _check_filing(session, draft)
    events = [replace(event, reason=reason) for event in apply(session, [found], now)]
    audit.record_all(session, actor, events, now)
    announce(session, "lots", [lot_id])
    return True


def mark_connected(session: Session, lot_ids: Collection[str], at: datetime) -> list[str]:
    """Say since when a lot's live counts reach us; one that is connected keeps its instant.

    Returns the ids of the lots that became connected.
    """
    if not lot_ids:
        return []
    new = select(Lot.id).where(Lot.id.in_(list(lot_ids)), Lot.connected_since_at.is_(None))
    # In one order, so that two sources of the same lots wait for each other instead of deadlocking.
    if not session.scalars(new.order_by(Lot.id).with_for_update(key_share=True)).all():
        return []
    first = (
        update(Lot)
        .where(Lot.id.in_(list(lot_ids)), Lot.connected_since_at.is_(None))
        .values(connected_since_at=at)
        .returning(Lot.id)
    )
    newly = sorted(session.scalars(first.execution_options(synchronize_session=False)))
    events = [Event("lot:connected", "lot", lot_id, {"since": at.isoformat()}) for lot_id in newly]
    audit.record_all(session, SYSTEM, events, at)
    announce(session, "lots", newly)
    return newly


def _check(session: Session, draft: LotDraft, now: datetime) -> None:
    problems = check_draft(draft, city.city_view(session, city.today(session, now)))
    if problems:
        raise LotRefused(problems=problems, count=len(problems))


def _check_taken(session: Session, draft: LotDraft) -> None:
    if queries.ids_by_code(session, [draft.code]):
        raise LotCodeTaken(taken=draft.code)
    _check_filing(session, draft)


def _check_filing(session: Session, draft: LotDraft) -> None:
    if draft.filing_no and queries.codes_by_filing(session, [draft.filing_no]):
        raise LotCodeTaken(taken=draft.filing_no)
