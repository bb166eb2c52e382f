"""How do spaces come and go? By entries of the ledger, which are never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.city import queries as city
from parking.kernel.actors import Actor
from parking.kernel.db.changes import announce
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries
from parking.lots.errors import LotNotFound, SpacesBelowZero
from parking.lots.models import Lot
from parking.lots.rules import LedgerReason, SpaceChange, check_change
from parking.lots.service.changing import cards_for_change, space_changes
from parking.lots.service.writing import insert_ledger, put_groups


def record_spaces(
    session: Session,
    actor: Actor,
    lot_id: str,
    space_class: SpaceClass,
    change: int,
    reason: LedgerReason,
    on: date,
    now: datetime,
    metres: int = 0,
    note: str | None = None,
) -> None:
    """Enter spaces (and metres of bay line) gained or lost on a city date, and why.

    Raises LotNotFound, EmptyEntry, ReasonRefused, and SpacesBelowZero where a sum would become negative on
    that day or a later one.
    """
    told = SpaceChange(space_class, change, metres)
    check_change(told, reason)
    _lock(session, lot_id)
    _check_sums(session, lot_id, told, on)
    _write(session, actor, lot_id, [told], now, on=on, reason=reason, note=note)


def correct_spaces_to(
    session: Session,
    actor: Actor,
    lot_id: str,
    targets: Mapping[SpaceClass, int],
    now: datetime,
    note: str | None = None,
) -> dict[SpaceClass, int]:
    """Bring today's sums to these numbers, with entries of reason correction; a second time does nothing.

    Returns the changes made by class. Raises LotNotFound, and SpacesBelowZero for a negative target.
    """
    for space_class, target in targets.items():
        if target < 0:
            raise SpacesBelowZero(standing=0, change=target, space_class=space_class)
    on = city.today(session, now)
    cards = cards_for_change(session, [lot_id], on)
    if not cards:
        raise LotNotFound
    changes = space_changes(cards[0], targets, None)
    if changes:
        reason = LedgerReason.CORRECTION
        _write(session, actor, lot_id, changes, now, on=on, reason=reason, note=note)
    return {told.space_class: told.change for told in changes}


def _lock(session: Session, lot_id: str) -> None:
    """Entries of one lot are written one after another, so that a sum holds until it is used."""
    if session.scalar(select(Lot.id).where(Lot.id == lot_id).with_for_update(key_share=True)) is None:
        raise LotNotFound


def _check_sums(session: Session, lot_id: str, told: SpaceChange, on: date) -> None:
    key = (lot_id, told.space_class)
    # An entry of the past must not take what a later entry has already given away.
    for day in {on, *queries.later_entry_dates(session, lot_id, told.space_class, on)}:
        standing = queries.standing_at(session, day, [lot_id]).get(key, queries.Standing(0, 0))
        if standing.spaces + told.change < 0:
            raise SpacesBelowZero(standing=standing.spaces, change=told.change)
        if standing.metres + told.metres < 0:
            raise SpacesBelowZero(standing=standing.metres, change=told.metres)


def _write(
    session: Session,
    actor: Actor,
    lot_id: str,
    changes: list[SpaceChange] | tuple[SpaceChange, ...],
    now: datetime,
    *,
    on: date,
    reason: LedgerReason,
    note: str | None,
) -> None:
    put_groups(session, [(lot_id, told.space_class) for told in changes if told.change])
    insert_ledger(session, actor, [(lot_id, told) for told in changes], now, on=on, reason=reason, note=note)
    details = {
        "on": on.isoformat(),
        "reason": str(reason),
        "spaces": {str(told.space_class): [told.change, told.metres] for told in changes},
    }
    audit.record(session, actor, "lot:spaces_recorded", "lot", lot_id, details, now, note)
    announce(session, "lots", [lot_id])
