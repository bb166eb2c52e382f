"""Which lot, lane, direction, class and plate does a message mean, and does it count?

Nothing here asks the database: the register's snapshot and the keys of plates are in memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from parking.boundary.gates import PassageTold
from parking.kernel.repeating import may_be_one
from parking.kernel.vocabulary import Direction, SpaceClass
from parking.lots.queries.gates import ClientFacts, DeviceFacts, GateBook, LaneFacts
from parking.lots.rules.gates import DeviceRole, LaneDirection
from parking.occupancy.rules import PassageInput
from parking.occupancy.service import Sourced
from parking.plates.rules import Plate, PlateKind, holds_plate, masked, read_plate, without_plates
from parking.plates.service import PlateKeys
from parking.visits.rules.outcomes import Outcome, OutcomeKind
from parking.visits.rules.windows import LONGEST_STAY_ID, derived_id, is_event_id, is_late, window_problem
from parking.visits.service.quarantine import Refusal

Teller = DeviceFacts | ClientFacts
Key = tuple[str, str]
_STEP = {Direction.ENTRY: 1, Direction.EXIT: -1}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happened: a lot of ours and, where it is registered, the lane."""

    lot_id: str
    lane: LaneFacts | None = None


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where, which way and when somebody crossed."""

    lot_id: str
    direction: str
    at: datetime

    def may_be(self, other: Crossing) -> bool:
        """Whether two tellings may be of one crossing: a program that tries again may take the time anew."""
        same = (self.lot_id, self.direction) == (other.lot_id, other.direction)
        return same and may_be_one(self.at, other.at)


@dataclass(frozen=True, slots=True)
class Received:
    """A passage that may be stored: its key, the row of its table (bytes as hexadecimal text) with the class
    that it counts in, and what it moves."""

    key: Key
    row: dict[str, Any] = field(repr=False)
    moves: Sourced | None

    @property
    def crossing(self) -> Crossing:
        """The crossing that is told."""
        return Crossing(self.row["lot_id"], self.row["direction"], self.row["at"])


@dataclass(frozen=True, slots=True)
class Refused:
    """What is not stored as a passage: the outcome, and what is kept of it where its device sends on."""

    outcome: Outcome
    refusal: Refusal | None = None


def place_of(teller: Teller, book: GateBook, lot_key: str | None, lane_key: str | None) -> Place | None:
    """The lot and lane that a teller means; None for a lot that is not there or not its own."""
    if isinstance(teller, ClientFacts):
        lot_id = book.lot_id_of(lot_key) if lot_key else None
        if lot_id is None or lot_id not in teller.lots:
            return None
        return Place(lot_id, _lane_named(book, lot_id, lane_key))
    if teller.lane is not None:
        return Place(teller.lane.lot_id, teller.lane)
    lot_id = teller.lots.get(lot_key or "") or teller.lot_id
    if lot_id is None:
        return None
    lane = teller.lanes.get((lot_id, lane_key)) if lane_key else None
    return Place(lot_id, lane)


def class_of(teller: Teller, lane: LaneFacts | None) -> SpaceClass:
    """The class in which a passage counts: its lane's, else its device's, else general."""
    own = teller.space_class if isinstance(teller, DeviceFacts) else None
    return (lane.space_class if lane else None) or own or SpaceClass.GENERAL


def counts_here(teller: Teller, book: GateBook, place: Place) -> bool:
    """Whether what this teller says of the place moves the count; else it is evidence."""
    if isinstance(teller, DeviceFacts) and teller.role is not DeviceRole.COUNTING:
        return False
    if place.lane is not None:
        return place.lane.counting_source == teller.source
    return book.counts_unnamed(teller, place.lot_id)


def receive(
    teller: Teller, book: GateBook, keys: PlateKeys, told: PassageTold, received_at: datetime
) -> Received | Refused:
    """Judge one crossing. A client is told what it must mend; a device sends on until acknowledged, so what
    it told is kept aside."""
    late = window_problem(told.at, received_at)
    place = place_of(teller, book, told.lot_key, told.lane_key)
    direction = _direction(told, place)
    # A wild clock must not make the key of a wild month.
    plate = read_plate(told.plate, told.colour)
    hashed = keys.hash(plate, told.at) if plate.exists and late is None else None
    event_id = _named(teller, keys, told, late) or derived_id(
        told.at, hashed.value if hashed else None, told.direction, told.serial, told.lot_key, told.lane_key
    )
    if late is not None:
        return _kept_aside(teller, told, place, event_id, late, "at")
    if place is None:
        return _refused(teller, told, None, event_id, "unknown_lot", "lot")
    if _misnames_lane(teller, book, told, place):
        return _refused(teller, told, place, event_id, "unknown_lane", "lane")
    if not is_event_id(event_id):
        return _refused(teller, told, place, event_id, "bad_event_id", "event_id")
    if told.stay_id and isinstance(teller, ClientFacts) and holds_plate(told.stay_id):
        return _refused(teller, told, place, event_id, "holds_plate", "stay_id")
    if direction is None:
        return _refused(teller, told, place, event_id, "direction_missing", "direction")
    counts = counts_here(teller, book, place)
    space_class = class_of(teller, place.lane)
    row = {
        "source": teller.source,
        "event_id": event_id,
        "lot_id": place.lot_id,
        "lane_id": place.lane.id if place.lane else None,
        "device_id": teller.id if isinstance(teller, DeviceFacts) else None,
        "at": told.at,
        "received_at": received_at,
        "direction": direction,
        "counts": counts,
        "space_class": space_class,
        **_plate_columns(plate, keys, hashed.month if hashed else None, hashed.value if hashed else None),
        "stay": told.stay,
        "stay_id": _short(told.stay_id),
        "resent": told.resent,
        "late": is_late(told.at, received_at, resent=told.resent),
    }
    moves = PassageInput(place.lot_id, min(told.at, received_at), _STEP[direction], event_id, space_class)
    return Received((teller.source, event_id), row, Sourced(teller.source, moves) if counts else None)


def kept_aside(
    teller: Teller, event_id: str, reason: str, field_name: str | None, *, at: datetime, place: Place | None
) -> Refused:
    """A refusal that is kept, and shown to the bureau."""
    known = is_event_id(event_id)
    refusal = Refusal(
        origin=teller.source,
        reason=reason,
        key=event_id if known else without_plates(event_id),
        field=field_name,
        dialect=teller.dialect if isinstance(teller, DeviceFacts) else None,
        serial=teller.serial if isinstance(teller, DeviceFacts) else None,
        device_id=teller.id if isinstance(teller, DeviceFacts) else None,
        lot_id=place.lot_id if place else None,
        lane_id=place.lane.id if place and place.lane else None,
        event_id=event_id if known else None,
        at=at,
    )
    return Refused(Outcome(OutcomeKind.QUARANTINED, event_id, reason, field_name), refusal)


def refused(
    teller: Teller, event_id: str, reason: str, field_name: str | None, *, at: datetime, place: Place | None
) -> Refused:
    """A refusal of something that a client can mend; a device cannot, so its telling is kept."""
    if isinstance(teller, DeviceFacts):
        return kept_aside(teller, event_id, reason, field_name, at=at, place=place)
    return Refused(Outcome(OutcomeKind.REFUSED, event_id, reason, field_name))


def _kept_aside(
    teller: Teller, told: PassageTold, place: Place | None, event_id: str, reason: str, field_name: str
) -> Refused:
    return kept_aside(teller, event_id, reason, field_name, at=told.at, place=place)


def _refused(
    teller: Teller, told: PassageTold, place: Place | None, event_id: str, reason: str, field_name: str
) -> Refused:
    return refused(teller, event_id, reason, field_name, at=told.at, place=place)


def _direction(told: PassageTold, place: Place | None) -> Direction | None:
    """A lane that leads one way says it, whatever its device believes."""
    lane = place.lane if place else None
    if lane is None or lane.direction is LaneDirection.TOLD:
        return told.direction
    return Direction.ENTRY if lane.direction is LaneDirection.ENTRY else Direction.EXIT


def _lane_named(book: GateBook, lot_id: str, lane_key: str | None) -> LaneFacts | None:
    if not lane_key:
        return None
    return next((lane for lane in book.lanes_of(lot_id) if lane_key in (lane.id, lane.name)), None)


def _misnames_lane(teller: Teller, book: GateBook, told: PassageTold, place: Place) -> bool:
    """A client that misspells a lane would be counted nowhere and never know; a device cannot mend it."""
    named = isinstance(teller, ClientFacts) and told.lane_key and place.lane is None
    return bool(named and book.lanes_of(place.lot_id))


def _plate_columns(plate: Plate, keys: PlateKeys, month: date | None, value: bytes | None) -> dict[str, Any]:
    return {
        "plate_month": month,
        "plate_hash": value.hex() if value else None,
        "plate_sealed": keys.seal(plate.text).hex() if plate.exists else None,
        "plate_masked": masked(plate.text) if plate.exists else None,
        "plate_kind": plate.kind,
        "colour": plate.colour,
    }


def _named(teller: Teller, keys: PlateKeys, told: PassageTold, late: str | None) -> str | None:
    """The id that is told; a device cannot mend one that is made of a plate, so it gets another.

    The same for the same id, whatever else is told anew, and forgotten with the plates of its month.
    """
    event_id = told.event_id
    if not event_id or not isinstance(teller, DeviceFacts) or not holds_plate(event_id):
        return event_id
    return None if late else "~" + keys.hash(Plate(event_id, PlateKind.ODD), told.at).value.hex()


def _short(stay_id: str | None) -> str | None:
    """A vendor's number of a stay that can be stored, no plate in it; any other pairs nothing."""
    if not stay_id or len(stay_id) > LONGEST_STAY_ID or not stay_id.isprintable():
        return None
    return None if holds_plate(stay_id) else stay_id
