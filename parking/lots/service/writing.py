"""How do drafts become rows, many at a time?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from parking.audit.rules import Event
from parking.kernel.actors import Actor
from parking.kernel.db.copying import copy_rows
from parking.kernel.geo import to_wgs84
from parking.kernel.ids import new_id
from parking.kernel.vocabulary import SpaceClass
from parking.lots.errors import LotCodeTaken
from parking.lots.models import Entrance, Lane, LedgerEntry, Lot, SpaceGroup
from parking.lots.rules import LedgerReason, LotDraft, SpaceChange

# Metres of bay line stand in the ledger under this class.
BAY_CLASS = SpaceClass.BICYCLE
_NOT_COLUMNS = frozenset({"entrances", "spaces", "class_access", "bay_length_m", "told"})
STATIC_FIELDS = tuple(part.name for part in fields(LotDraft) if part.name not in _NOT_COLUMNS)


def lot_values(draft: LotDraft) -> dict[str, Any]:
    """The columns of a lot that a draft tells, WGS-84 reckoned."""
    lat, lon = draft.place
    return {name: getattr(draft, name) for name in STATIC_FIELDS} | {"lat": lat, "lon": lon}


def opening_changes(draft: LotDraft) -> list[SpaceChange]:
    """The ledger entries with which a new lot begins; a class with no spaces needs none."""
    metres = draft.bay_length_m or 0
    changes = {
        space_class: SpaceChange(space_class, count) for space_class, count in draft.spaces.items() if count
    }
    if metres:
        count = draft.spaces.get(BAY_CLASS, 0)
        changes[BAY_CLASS] = SpaceChange(BAY_CLASS, count, metres)
    return list(changes.values())


def insert_lots(
    session: Session,
    actor: Actor,
    drafts: Sequence[LotDraft],
    now: datetime,
    *,
    on: date,
    reason: LedgerReason,
    note: str | None = None,
) -> tuple[list[str], list[Event]]:
    """Insert new lots and all that belongs to them, set by set; returns their ids and audit events.

    Raises LotCodeTaken where another transaction was first with a code or a filing number.
    """
    if not drafts:
        return [], []
    named = [(new_id(), draft) for draft in drafts]
    rows = [
        {"id": lot_id, **lot_values(draft), "created_at": now, "updated_at": now, "version": 1}
        for lot_id, draft in named
    ]
    try:
        copy_rows(session, Lot, rows)
    except IntegrityError as problem:
        # Somebody was first since the caller looked.
        raise LotCodeTaken(taken="、".join(draft.code for draft in drafts[:3])) from problem
    insert_entrances(session, named)
    copy_rows(session, SpaceGroup, [group for lot_id, draft in named for group in _groups(lot_id, draft)])
    ledger = [(lot_id, change) for lot_id, draft in named for change in opening_changes(draft)]
    insert_ledger(session, actor, ledger, now, on=on, reason=reason, note=note)
    events = [
        Event("lot:registered", "lot", lot_id, {"after": told_draft(draft), "reason": reason}, note)
        for lot_id, draft in named
    ]
    return [lot_id for lot_id, _ in named], events


def _groups(lot_id: str, draft: LotDraft) -> list[dict[str, Any]]:
    """The groups that a lot needs: of each class that has spaces or an access of its own."""
    return [
        {"lot_id": lot_id, "space_class": space_class, "access": draft.class_access.get(space_class)}
        for space_class in SpaceClass
        if draft.spaces.get(space_class) or space_class in draft.class_access
    ]


def insert_entrances(session: Session, named: Iterable[tuple[str, LotDraft]]) -> None:
    rows = []
    for lot_id, draft in named:
        for position, entrance in enumerate(draft.entrances):
            lat, lon = to_wgs84(entrance.source_lat, entrance.source_lon, draft.source_datum)
            rows.append(
                {
                    "id": new_id(),
                    "lot_id": lot_id,
                    "position": position,
                    "name": entrance.name,
                    "use": entrance.use,
                    "lat": lat,
                    "lon": lon,
                    "source_datum": draft.source_datum,
                    "source_lat": entrance.source_lat,
                    "source_lon": entrance.source_lon,
                }
            )
    copy_rows(session, Entrance, rows)


def replace_entrances(session: Session, named: Sequence[tuple[str, LotDraft]]) -> None:
    """Let these lots have the entrances of their drafts alone; a lane stays at its own by the name."""
    if named:
        ids = [lot_id for lot_id, _ in named]
        at_entrances = select(Lane.id, Lane.lot_id, Entrance.name).join(Entrance).where(Lane.lot_id.in_(ids))
        lanes = session.execute(at_entrances).all()
        session.execute(delete(Entrance).where(Entrance.lot_id.in_(ids)))
        insert_entrances(session, named)
        for lane in lanes:
            same = select(Entrance.id).where(Entrance.lot_id == lane.lot_id, Entrance.name == lane.name)
            entrance_id = same.order_by(Entrance.position).limit(1).scalar_subquery()
            session.execute(update(Lane).where(Lane.id == lane.id).values(entrance_id=entrance_id))


def put_groups(session: Session, wanted: Iterable[tuple[str, SpaceClass]]) -> None:
    """Let these lots have groups of these classes; those that are there stay as they are."""
    rows = [{"lot_id": lot_id, "space_class": space_class} for lot_id, space_class in wanted]
    if rows:
        session.execute(upsert(SpaceGroup).on_conflict_do_nothing(), rows)


def put_class_access(session: Session, named: Iterable[tuple[str, LotDraft]]) -> None:
    """Say who may use a class where that differs from the lot."""
    rows = [
        {"lot_id": lot_id, "space_class": space_class, "access": access}
        for lot_id, draft in named
        for space_class, access in draft.class_access.items()
    ]
    if rows:
        put = upsert(SpaceGroup)
        key = [SpaceGroup.lot_id, SpaceGroup.space_class]
        session.execute(
            put.on_conflict_do_update(index_elements=key, set_={"access": put.excluded.access}), rows
        )


def insert_ledger(
    session: Session,
    actor: Actor,
    changes: Iterable[tuple[str, SpaceChange]],
    now: datetime,
    *,
    on: date,
    reason: LedgerReason,
    note: str | None,
) -> None:
    """Append entries; what they are is checked by the caller."""
    rows = [
        {
            "lot_id": lot_id,
            "space_class": told.space_class,
            "on": on,
            "change": told.change,
            "metres": told.metres,
            "reason": reason,
            "note": note,
            "actor": str(actor),
            "recorded_at": now,
        }
        for lot_id, told in changes
    ]
    copy_rows(session, LedgerEntry, rows)


def told_draft(draft: LotDraft) -> dict[str, Any]:
    """A draft as plain JSON for the audit; what is empty is left out."""
    told = {name: plain(getattr(draft, name)) for name in STATIC_FIELDS}
    told["entrances"] = told_entrances(draft)
    told["spaces"] = {str(name): count for name, count in draft.spaces.items() if count}
    told["class_access"] = {str(name): str(access) for name, access in draft.class_access.items()}
    told["bay_length_m"] = draft.bay_length_m
    return {name: value for name, value in told.items() if value not in (None, [], {})}


def told_entrances(draft: LotDraft) -> list[list[Any]]:
    datum = str(draft.source_datum)
    return [[way.name, str(way.use), way.source_lat, way.source_lon, datum] for way in draft.entrances]


def plain(value: Any) -> Any:
    """A column's value as JSON."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value
