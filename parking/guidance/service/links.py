"""Which lot of the register does a source mean by its ids?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.guidance import queries
from parking.guidance.errors import LinkMissing, LinkTaken, LotSpokenFor, UnlinkReasonMissing
from parking.guidance.models import Difference, Pull, Source, SourceLot
from parking.kernel.actors import Actor
from parking.kernel.errors import FieldProblem
from parking.occupancy import service as occupancy


def link_lot(
    session: Session, actor: Actor, source_id: str, external_id: str, lot_id: str, now: datetime
) -> None:
    """Say that a source's lot is this lot of the register. Saying it twice changes nothing.

    Raises SourceUnknown, LinkTaken when the source's lot speaks for another one, and LotSpokenFor when
    another of the source's lots speaks for this one.
    """
    link_lots(session, actor, source_id, {external_id: lot_id}, now)


def link_lots(
    session: Session, actor: Actor, source_id: str, lot_ids: Mapping[str, str], now: datetime
) -> int:
    """Link several, by the source's id; how many were new. The source is asked anew at once, in full.

    Raises as `link_lot`.
    """
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
    """Write links that are new, and let the source's counts be believed there. Raises LotSpokenFor."""
    _refuse_doubles(session, source, lot_ids)
    session.add_all(
        SourceLot(
            source_id=source.id, external_id=external_id, lot_id=lot_id, linked_at=now, linked_by=str(actor)
        )
        for external_id, lot_id in lot_ids.items()
    )
    session.flush()
    declare(session, source, lot_ids.values(), now)


def unlink_lot(
    session: Session, actor: Actor, source_id: str, external_id: str, reason: str, now: datetime
) -> str:
    """Take a link back: what the source told of the lot is believed no more, and it may be linked anew.

    Counts, history and the lot itself stay. A pull that is under way is dropped and the source asked at once.
    Returns the id of the lot. Raises SourceUnknown, LinkMissing, UnlinkReasonMissing.
    """
    source = queries.get(session, source_id)
    if not (reason := reason.strip()):
        fault = FieldProblem("reason", "missing", UnlinkReasonMissing.text)
        raise UnlinkReasonMissing(problems=[fault])
    here = (SourceLot.source_id == source_id, SourceLot.external_id == external_id)
    lot_id = session.scalar(delete(SourceLot).where(*here).returning(SourceLot.lot_id))
    if lot_id is None:
        raise LinkMissing(name=source.name, external_id=external_id)
    session.execute(
        update(Difference)
        .where(
            Difference.source_id == source_id,
            Difference.external_id == external_id,
            Difference.settled_at.is_(None),
        )
        .values(settled_at=now)
    )
    # Before the pulls: whoever records an answer holds the counters first, then its pull.
    occupancy.withdraw_source(session, source.name, lot_id, now)
    # An answer on its way was asked for with the link: its claim is lost.
    session.execute(
        update(Pull).where(Pull.source_id == source_id).values(claimed_by=None, claimed_until_at=None)
    )
    ask_anew(session, source_id, now)
    details = {"external_id": external_id, "lot_id": lot_id}
    audit.record(session, actor, "source:unlink_lot", "source", source_id, details, now, reason)
    return lot_id


def _refuse_doubles(session: Session, source: Source, lot_ids: Mapping[str, str]) -> None:
    """Of two ids for one lot the last told would count, in silence."""
    spoken_for = {lot_id: external_id for external_id, lot_id in queries.links(session, source.id).items()}
    for external_id, lot_id in lot_ids.items():
        other = spoken_for.setdefault(lot_id, external_id)
        if other != external_id:
            raise LotSpokenFor(name=source.name, external_id=external_id, other=other)


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
