"""How do spaces come and go? By entries of the ledger, which are never changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.audit.rules import Event
from parking.city import queries as city
from parking.kernel.actors import Actor
from parking.kernel.db.changes import announce
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries
from parking.lots.errors import LotNotFound, SpacesBelowZero
from parking.lots.models import Lot
from parking.lots.rules import DatedChange, LedgerReason, SpaceChange, check_change, check_sums
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
    entry = DatedChange(SpaceChange(space_class, change, metres), on, reason, note)
    check_change(entry.told, reason)
    _lock(session, lot_id)
    check_sums([each.entry for each in queries.entries_of_lots(session, [lot_id])], entry)
    enter(session, actor, [(lot_id, entry)], now)


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
    reason = LedgerReason.CORRECTION
    enter(session, actor, [(lot_id, DatedChange(told, on, reason, note)) for told in changes], now)
    return {told.space_class: told.change for told in changes}


def _lock(session: Session, lot_id: str) -> None:
    """Entries of one lot are written one after another, so that a sum holds until it is used."""
    if session.scalar(select(Lot.id).where(Lot.id == lot_id).with_for_update(key_share=True)) is None:
        raise LotNotFound


def enter(session: Session, actor: Actor, entries: Sequence[tuple[str, DatedChange]], now: datetime) -> None:
    """Append entries that were checked, each with the id of its lot, and tell the audit and all listeners."""
    put_groups(session, [(lot_id, each.told.space_class) for lot_id, each in entries if each.told.change])
    events = []
    for (on, reason, note), told in _alike(entries).items():
        insert_ledger(session, actor, told, now, on=on, reason=reason, note=note)
        for lot_id, changes in groupby(told, key=itemgetter(0)):
            spaces: dict[str, list[int]] = defaultdict(lambda: [0, 0])
            for _, each in changes:
                spaces[str(each.space_class)][0] += each.change
                spaces[str(each.space_class)][1] += each.metres
            details = {"on": on.isoformat(), "reason": str(reason), "spaces": spaces}
            events.append(Event("lot:spaces_recorded", "lot", lot_id, details, note))
    audit.record_all(session, actor, events, now)
    announce(session, "lots", [lot_id for lot_id, _ in entries])


def _alike(
    entries: Sequence[tuple[str, DatedChange]],
) -> dict[tuple[date, LedgerReason, str | None], list[tuple[str, SpaceChange]]]:
    """The entries by what they share: date, reason and note."""
    shared: dict[tuple[date, LedgerReason, str | None], list[tuple[str, SpaceChange]]] = defaultdict(list)
    for lot_id, each in entries:
        shared[each.on, each.reason, each.note].append((lot_id, each.told))
    return shared
