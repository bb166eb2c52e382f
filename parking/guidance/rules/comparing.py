"""In which fields does a feed describe a lot otherwise than the register?

Only what the feed tells is compared: what it leaves out says nothing about the lot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parking.boundary.feeds import LotRecord
from parking.kernel.geo import Pair, distance_m
from parking.kernel.vocabulary import SpaceClass

SAME_PLACE_M = 50.0
"""A feed's point may be the middle of a lot where ours is its entrance: so near, two may be one lot."""
MOST_MOVE_M = 300.0
"""So far a feed may correct the place of its unfiled lot: what lies further away may be another lot."""

_TEXTS = (
    "name", "kind", "access", "address", "operator_name", "opening_hours", "hours_note", "max_height_cm"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OurLot:
    """What the register says of a lot, as far as feeds tell such things. `spaces` by class."""

    lot_id: str
    is_filed: bool
    name: str
    place: Pair
    kind: str
    access: str
    address: str | None
    operator_name: str | None
    opening_hours: str | None
    hours_note: str | None
    max_height_cm: int | None
    spaces: Mapping[SpaceClass, int]


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field that is told otherwise; spaces of a class are the field `spaces.<class>`."""

    field: str
    ours: str | None
    theirs: str


def told_otherwise(record: LotRecord, ours: OurLot) -> dict[str, object]:
    """The plain fields that the feed tells otherwise, with its values."""
    told = {name: getattr(record, name) for name in _TEXTS}
    return {name: value for name, value in told.items() if value is not None and value != getattr(ours, name)}


def lies_elsewhere(record: LotRecord, ours: OurLot) -> bool:
    """Whether the feed puts the lot too far from our point to be the same place."""
    return moved_m(record, ours) > SAME_PLACE_M


def moved_m(record: LotRecord, ours: OurLot) -> float:
    """How many metres from our point the feed puts the lot."""
    return distance_m((record.lat, record.lon), ours.place)


def spaces_told_otherwise(record: LotRecord, ours: OurLot) -> dict[SpaceClass, int]:
    """The classes of which the feed tells another number, with its number."""
    return {
        space_class: number
        for space_class, number in record.spaces.items()
        if number != ours.spaces.get(space_class, 0)
    }


def differences(record: LotRecord, ours: OurLot) -> tuple[FieldDifference, ...]:
    """Everything that a feed tells otherwise of a lot, in words fit to be listed."""
    found = [
        FieldDifference(name, _text(getattr(ours, name)), str(value))
        for name, value in told_otherwise(record, ours).items()
    ]
    if lies_elsewhere(record, ours):
        found.append(FieldDifference("place", _place(ours.place), _place((record.lat, record.lon))))
    found.extend(
        FieldDifference(f"spaces.{space_class}", str(ours.spaces.get(space_class, 0)), str(number))
        for space_class, number in spaces_told_otherwise(record, ours).items()
    )
    return tuple(found)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _place(pair: Pair) -> str:
    return f"{pair[0]:.6f}, {pair[1]:.6f}"
