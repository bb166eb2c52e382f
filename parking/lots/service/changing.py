"""What differs between a lot of the register and what is told of it now?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session, selectinload
from sqlalchemy.sql import select

from parking.audit.rules import Event
from parking.kernel.vocabulary import Access, Datum, LotKind, LotType, SpaceClass
from parking.lots.models import Entrance, Lot
from parking.lots.queries import Standing
from parking.lots.rules import LotDraft, SpaceChange
from parking.lots.service.writing import (
    BAY_CLASS,
    lot_values,
    plain,
    put_class_access,
    put_groups,
    replace_entrances,
    told_entrances,
)

# The place is always told, and always as a whole.
_ALWAYS = ("name", "source_lat", "source_lon", "source_datum")
_IF_TOLD = (
    "name_en",
    "kind",
    "type",
    "district_code",
    "address",
    "operator_name",
    "access",
    "opening_hours",
    "hours_note",
    "max_height_cm",
    "filing_no",
    "etc_since_on",
)


@dataclass(slots=True)
class Difference:
    """What is to be written: `before` and `after` are plain JSON by field, for the audit."""

    lot: Lot
    draft: LotDraft
    before: dict[str, Any]
    after: dict[str, Any]
    spaces: tuple[SpaceChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.after and not self.spaces


def lots_for_change(session: Session, codes: Sequence[str]) -> dict[str, Lot]:
    """The lots with these codes, locked until the transaction ends, with entrances and groups."""
    return {lot.code: lot for lot in _locked(session, Lot.code.in_(list(codes)))}


def lot_for_change(session: Session, lot_id: str) -> Lot | None:
    """One lot, locked until the transaction ends."""
    return next(iter(_locked(session, Lot.id == lot_id)), None)


def _locked(session: Session, which: Any) -> Sequence[Lot]:
    # In one order, so that two imports wait for each other instead of deadlocking; the key stays as it is,
    # so that counts of these lots, which refer to it, need not wait.
    query = select(Lot).where(which).order_by(Lot.id).with_for_update(of=Lot, key_share=True)
    query = query.options(selectinload(Lot.entrances), selectinload(Lot.space_groups))
    return session.scalars(query.execution_options(populate_existing=True)).all()


def draft_of(lot: Lot) -> LotDraft:
    """The lot's own fields as a draft, to be changed; its entrances, classes and spaces are not in it."""
    return LotDraft(
        code=lot.code,
        name=lot.name,
        source_lat=lot.source_lat,
        source_lon=lot.source_lon,
        source_datum=Datum(lot.source_datum),
        kind=LotKind(lot.kind),
        type=LotType(lot.type),
        access=Access(lot.access),
        **{name: getattr(lot, name) for name in _IF_TOLD if name not in ("kind", "type", "access")},
    )


def difference(lot: Lot, draft: LotDraft, standings: Mapping[tuple[str, SpaceClass], Standing]) -> Difference:
    """Compare field by field what the draft tells; nothing that it does not tell is touched."""
    found = Difference(lot, draft, {}, {})
    for name in (*_ALWAYS, *(name for name in _IF_TOLD if draft.tells(name))):
        _note(found, name, plain(getattr(lot, name)), plain(getattr(draft, name)))
    if draft.tells("entrances"):
        _note(found, "entrances", [_told_entrance(way) for way in lot.entrances], told_entrances(draft))
    if draft.tells("class_access"):
        before = {str(name): str(access) for name, access in _class_access(lot).items()}
        after = {str(name): str(access) for name, access in draft.class_access.items()}
        _note(found, "class_access", before, after)
    found.spaces = space_changes(lot.id, draft.spaces, draft.bay_length_m, standings)
    return found


def space_changes(
    lot_id: str,
    spaces: Mapping[SpaceClass, int],
    bay_length_m: int | None,
    standings: Mapping[tuple[str, SpaceClass], Standing],
) -> tuple[SpaceChange, ...]:
    """The corrections that bring the ledger's sums to these numbers."""
    nothing = Standing(0, 0)
    changes = []
    for space_class in SpaceClass:
        standing = standings.get((lot_id, space_class), nothing)
        wanted = spaces.get(space_class, standing.spaces)
        metres = bay_length_m if space_class is BAY_CLASS and bay_length_m is not None else standing.metres
        change = SpaceChange(space_class, wanted - standing.spaces, metres - standing.metres)
        if change.change or change.metres:
            changes.append(change)
    return tuple(changes)


def apply(session: Session, differences: Sequence[Difference], now: datetime) -> list[Event]:
    """Write static differences; returns one audit event per lot, its spaces' corrections included."""
    events = []
    for found in differences:
        values = lot_values(found.draft)
        for name in found.after.keys() - {"entrances", "class_access"}:
            setattr(found.lot, name, values[name])
        if found.after.keys() & {"source_lat", "source_lon", "source_datum"}:
            found.lot.lat, found.lot.lon = values["lat"], values["lon"]
        # Spaces and entrances are the lot's too: whoever read it before has read something else.
        found.lot.updated_at = now
        details: dict[str, Any] = {"before": found.before, "after": found.after}
        if found.spaces:
            details["spaces"] = {str(told.space_class): [told.change, told.metres] for told in found.spaces}
        events.append(Event("lot:changed", "lot", found.lot.id, details))
    session.flush()
    _apply_parts(session, differences)
    return events


def _apply_parts(session: Session, differences: Sequence[Difference]) -> None:
    replace_entrances(session, [(f.lot.id, f.draft) for f in differences if "entrances" in f.after])
    put_groups(
        session, [(f.lot.id, told.space_class) for f in differences for told in f.spaces if told.change]
    )
    access = [f for f in differences if "class_access" in f.after]
    for found in access:
        for group in found.lot.space_groups:
            if SpaceClass(group.space_class) not in found.draft.class_access:
                group.access = None
    session.flush()
    put_class_access(session, [(found.lot.id, found.draft) for found in access])
    for found in differences:
        session.expire(found.lot, ["entrances", "space_groups"])


def _note(found: Difference, name: str, before: Any, after: Any) -> None:
    if before != after:
        found.before[name] = before
        found.after[name] = after


def _told_entrance(way: Entrance) -> list[Any]:
    return [way.name, way.use, way.source_lat, way.source_lon, way.source_datum]


def _class_access(lot: Lot) -> dict[SpaceClass, Access]:
    return {
        SpaceClass(group.space_class): Access(group.access)
        for group in lot.space_groups
        if group.access is not None
    }
