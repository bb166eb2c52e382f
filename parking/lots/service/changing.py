"""What differs between a lot of the register and what is told of it now?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.audit.rules import Event
from parking.kernel.vocabulary import Access, Datum, LotKind, LotType, SpaceClass
from parking.lots import queries
from parking.lots.models import EndedHours, Lot, SpaceGroup
from parking.lots.queries import LotCard
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
_TEXTS = ("name_en", "district_code", "address", "operator_name", "opening_hours", "hours_note", "filing_no")
_IF_TOLD = (*_TEXTS, "kind", "type", "access", "max_height_cm", "etc_since_on")
_PARTS = frozenset({"entrances", "class_access"})
_COLUMNS = {"source_lat": "lat", "source_lon": "lon", "source_datum": "datum"}


@dataclass(slots=True)
class Difference:
    """What is to be written: `before` and `after` are plain JSON by field, for the audit."""

    lot_id: str
    draft: LotDraft
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    spaces: tuple[SpaceChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.after and not self.spaces

    def note(self, name: str, before: Any, after: Any) -> None:
        if before != after:
            self.before[name] = before
            self.after[name] = after


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One column of a lot's row: what stands, and what is told now. Values are those of the vocabulary."""

    field: str
    before: str | None
    after: str | None


def field_changes(found: Difference) -> tuple[FieldChange, ...]:
    """What differs, by the columns of a register file; of spaces only by how many."""
    changes = []
    for name, after in found.after.items():
        before = found.before[name]
        if name == "class_access":
            keys = sorted({*before, *after}, key=list(SpaceClass).index)
            parts = [(f"{key}_access", before.get(key), after.get(key)) for key in keys]
            changes += [FieldChange(*part) for part in parts if part[1] != part[2]]
        else:
            changes.append(FieldChange(_COLUMNS.get(name, name), _shown(before), _shown(after)))
    for told in found.spaces:
        if told.change:
            changes.append(FieldChange(str(told.space_class), None, f"{told.change:+}"))
        if told.metres:
            changes.append(FieldChange("bay_length_m", None, f"{told.metres:+}"))
    return tuple(changes)


def _shown(value: Any) -> str | None:
    if isinstance(value, list):
        return "; ".join(f"{name} {lat},{lon} {use}" for name, use, lat, lon, _ in value) or None
    return None if value is None else str(value)


def cards_for_change(session: Session, ids: Collection[str], on: date) -> list[LotCard]:
    """The lots with these ids as they stand, locked until the transaction ends.

    Locked in one order, so that two imports wait for each other instead of deadlocking.
    """
    if not ids:
        return []
    which = select(Lot.id).where(Lot.id.in_(list(ids))).order_by(Lot.id)
    # Keys stay as they are, so that counts that refer to a lot need not wait.
    session.execute(which.with_for_update(key_share=True))
    return queries.lot_cards(session, on, ids)


def draft_of(card: LotCard) -> LotDraft:
    """The lot's own fields as a draft, to be changed; its entrances, classes and spaces are not in it."""
    return LotDraft(
        code=card.code,
        name=card.name,
        source_lat=card.source_lat,
        source_lon=card.source_lon,
        source_datum=Datum(card.source_datum),
        kind=LotKind(card.kind),
        type=LotType(card.type),
        access=Access(card.access),
        max_height_cm=card.max_height_cm,
        etc_since_on=card.etc_since_on,
        **{name: getattr(card, name) for name in _TEXTS},
    )


def difference(card: LotCard, draft: LotDraft) -> Difference:
    """Compare field by field what the draft tells; nothing that it does not tell is touched."""
    found = Difference(card.id, draft)
    for name in (*_ALWAYS, *(name for name in _IF_TOLD if draft.tells(name))):
        found.note(name, plain(getattr(card, name)), plain(getattr(draft, name)))
    if draft.tells("entrances"):
        current = [
            [way.name, way.use, way.source_lat, way.source_lon, way.source_datum] for way in card.entrances
        ]
        found.note("entrances", current, told_entrances(draft))
    if draft.tells("class_access"):
        had = {str(group.space_class): group.access for group in card.spaces if group.access}
        has = {str(name): str(access) for name, access in draft.class_access.items()}
        found.note("class_access", had, has)
    found.spaces = space_changes(card, draft.spaces, draft.bay_length_m)
    return found


def space_changes(
    card: LotCard, spaces: Mapping[SpaceClass, int], bay_length_m: int | None
) -> tuple[SpaceChange, ...]:
    """The corrections that bring the ledger's sums to these numbers; a class that is not told stays."""
    stands = {group.space_class: group.capacity for group in card.spaces}
    changes = []
    for space_class in SpaceClass:
        now = stands.get(space_class, 0)
        tells_metres = space_class is BAY_CLASS and bay_length_m is not None
        metres = (bay_length_m or 0) - card.bay_length_m if tells_metres else 0
        change = SpaceChange(space_class, spaces.get(space_class, now) - now, metres)
        if change.change or change.metres:
            changes.append(change)
    return tuple(changes)


def apply(session: Session, differences: Sequence[Difference], now: datetime) -> list[Event]:
    """Write what differs but the ledger; returns one audit event per lot, its spaces included."""
    if not differences:
        return []
    lots = {lot.id: lot for lot in session.scalars(_these(differences))}
    events = []
    for found in differences:
        lot, values = lots[found.lot_id], lot_values(found.draft)
        for name in found.after.keys() - _PARTS:
            setattr(lot, name, values[name])
        if found.after.keys() & {"source_lat", "source_lon", "source_datum"}:
            lot.lat, lot.lon = values["lat"], values["lon"]
        if "opening_hours" in found.after:
            _end_hours(session, found, now)
        # Spaces and entrances are the lot's too: whoever read it before has read something else.
        lot.updated_at = now
        details: dict[str, Any] = {"before": found.before, "after": found.after}
        if found.spaces:
            details["spaces"] = {str(told.space_class): [told.change, told.metres] for told in found.spaces}
        events.append(Event("lot:changed", "lot", lot.id, details))
    session.flush()
    replace_entrances(session, [(f.lot_id, f.draft) for f in differences if "entrances" in f.after])
    put_groups(
        session, [(f.lot_id, told.space_class) for f in differences for told in f.spaces if told.change]
    )
    _replace_class_access(session, [(f.lot_id, f.draft) for f in differences if "class_access" in f.after])
    for lot in lots.values():
        session.expire(lot, ["entrances", "space_groups"])
    return events


def _end_hours(session: Session, found: Difference, now: datetime) -> None:
    """Keep what stood until now; of two changes at one instant the first one says it."""
    ended = {"lot_id": found.lot_id, "until_at": now, "opening_hours": found.before["opening_hours"]}
    session.execute(insert(EndedHours).values(ended).on_conflict_do_nothing())


def _these(differences: Sequence[Difference]) -> Any:
    ids = [found.lot_id for found in differences]
    return select(Lot).where(Lot.id.in_(ids)).execution_options(populate_existing=True)


def _replace_class_access(session: Session, named: Sequence[tuple[str, LotDraft]]) -> None:
    if named:
        ids = [lot_id for lot_id, _ in named]
        session.execute(update(SpaceGroup).where(SpaceGroup.lot_id.in_(ids)).values(access=None))
        put_class_access(session, named)
