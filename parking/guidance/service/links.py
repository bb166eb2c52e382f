"""Which lot of the register does a source mean by its ids?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.guidance import queries
from parking.guidance.errors import LinkTaken
from parking.guidance.models import Pull, Source, SourceLot
from parking.kernel.actors import Actor
from parking.occupancy import service as occupancy


def link_lot(
    session: Session, actor: Actor, source_id: str, external_id: str, lot_id: str, now: datetime
) -> None:
    """Say that a source's lot is this lot of the register. Saying it twice changes nothing.

    Raises SourceUnknown, and LinkTaken when the source's lot speaks for another one.
    """
    link_lots(session, actor, source_id, {external_id: lot_id}, now)


def link_lots(
    session: Session, actor: Actor, source_id: str, lot_ids: Mapping[str, str], now: datetime
) -> int:
    """Link several, by the source's id; how many were new. The source is asked anew at once, in full."""
    source = queries.get(session, source_id)
    before = queries.links(session, source_id)
    for external_id, lot_id in lot_ids.items():
        if before.get(external_id, lot_id) != lot_id:
            raise LinkTaken(name=source.name, external_id=external_id)
    new = {external_id: lot_id for external_id, lot_id in lot_ids.items() if external_id not in before}
    if not new:
        return 0
    write_links(session, actor, source, new, now)
    ask_anew(session, source_id, now)
    audit.record(session, actor, "source:link_lots", "source", source_id, {"lots": new}, now)
    return len(new)


def write_links(
    session: Session, actor: Actor, source: Source, lot_ids: Mapping[str, str], now: datetime
) -> None:
    """Write links that are new, and let the source's counts be believed on these lots."""
    session.add_all(
        SourceLot(
            source_id=source.id, external_id=external_id, lot_id=lot_id, linked_at=now, linked_by=str(actor)
        )
        for external_id, lot_id in lot_ids.items()
    )
    session.flush()
    declare(session, source, lot_ids.values(), now)


def ask_anew(session: Session, source_id: str, now: datetime) -> None:
    """Make the pulls due, without what would let the source say "not modified": we now read more of it."""
    session.execute(
        update(Pull)
        .where(Pull.source_id == source_id, Pull.claimed_by.is_(None))
        .values(etag=None, last_modified=None, due_at=now)
    )
    session.execute(
        update(Pull)
        .where(Pull.source_id == source_id, Pull.claimed_by.is_not(None))
        .values(etag=None, last_modified=None)
    )


def declare(session: Session, source: Source, lot_ids: Iterable[str], now: datetime) -> None:
    """Tell occupancy how long the source's counts are fresh, and how it ranks on these lots."""
    ranks = dict.fromkeys(lot_ids, source.rank)
    if ranks:
        occupancy.declare_source(
            session, source.name, ranks, source.ageing_after_s, source.unknown_after_s, now
        )
