"""How does what a client wrote become what a gate tells? The usual passage quickly, any other by its schema.

A schema takes 70 µs for a passage, which is most of what a call may cost. So a plain one is read directly;
whatever is not plain is judged by the schema, which also knows the words for what is wrong. Both take the
same passages in the same way: a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parking.boundary.gates import CountTold, EtcTold, PassageTold
from parking.kernel.vocabulary import Direction, PlateColour, SpaceClass, StayKind
from parking.portals._http.fields import instant_of
from parking.portals.gateway.calling import loaded
from parking.portals.gateway.schemas import (
    LONGEST_KEY,
    LONGEST_PLATE,
    AbsoluteCountSchema,
    BatchSchema,
    CountsSchema,
    PassageSchema,
)

PASSAGE, BATCH = PassageSchema(), BatchSchema()
COUNT, COUNTS = AbsoluteCountSchema(), CountsSchema()
_DIRECTIONS = {str(each): each for each in Direction}
_COLOURS = {str(each): each for each in PlateColour}
_STAYS = {str(each): each for each in StayKind}
_KEYS = {"event_id": LONGEST_KEY, "lot": LONGEST_KEY, "lane": LONGEST_KEY, "stay_id": LONGEST_KEY}


def passage(told: Mapping[str, Any]) -> PassageTold:
    """A passage. Raises InvalidInput with every field that is wrong."""
    return quickly(told) or _of(loaded(PASSAGE, told))


def quickly(told: Mapping[str, Any]) -> PassageTold | None:
    """A passage in which nothing is unusual, None for any other."""
    at = instant_of(told.get("at"))
    lot = told.get("lot")
    if at is None or lot is None:
        return None
    read: dict[str, Any] = {}
    for name, value in told.items():
        if not isinstance(value, str):
            return None
        most = _KEYS.get(name)
        if most is not None:
            if not 0 < len(value) <= most or not value.isprintable():
                return None
            read[name] = value
        elif name == "direction":
            if (direction := _DIRECTIONS.get(value)) is None:
                return None
            read[name] = direction
        elif name == "plate":
            if len(value) > LONGEST_PLATE or not value.isprintable():
                return None
            read[name] = value
        elif name == "colour":
            if (colour := _COLOURS.get(value)) is None:
                return None
            read[name] = colour
        elif name == "stay":
            if (stay := _STAYS.get(value)) is None:
                return None
            read[name] = stay
        elif name != "at":
            return None
    read["at"] = at
    return _of(read)


def _of(read: Mapping[str, Any]) -> PassageTold:
    get = read.get
    return PassageTold(
        at=read["at"],
        event_id=get("event_id"),
        direction=get("direction"),
        plate=get("plate") or None,
        colour=get("colour", PlateColour.UNKNOWN),
        stay=get("stay"),
        stay_id=get("stay_id"),
        lot_key=read["lot"],
        lane_key=get("lane"),
        resent=get("resent", False),
    )


def count(told: Mapping[str, Any]) -> CountTold:
    """An absolute count. Raises InvalidInput."""
    read = loaded(COUNT, told)
    return CountTold(
        at=read["at"],
        free=read.get("free"),
        occupied=read.get("occupied"),
        capacity=read.get("capacity"),
        space_class=read.get("space_class", SpaceClass.GENERAL),
        lot_key=read["lot"],
        event_id=read.get("event_id"),
    )


def etc(read: Mapping[str, Any]) -> EtcTold:
    """A lane's own transaction, of what its schema loaded."""
    return EtcTold(
        at=read["at"],
        transaction_id=read["transaction_id"],
        fee_fen=read["fee_fen"],
        plate=read.get("plate"),
        entered_at=read.get("entered_at"),
        tac=read.get("tac"),
        terminal=read.get("terminal"),
        lot_key=read["lot"],
        lane_key=read.get("lane"),
    )
