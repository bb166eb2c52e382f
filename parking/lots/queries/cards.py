"""Which lots are there, as they stand on a day?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.kernel.vocabulary import SpaceClass
from parking.lots.models import Entrance, Lot, SpaceGroup
from parking.lots.queries.ledger import among, standing_at


@dataclass(frozen=True, slots=True)
class EntranceCard:
    """A way in or out; WGS-84 degrees, and the pair as it was given."""

    name: str
    use: str
    lat: float
    lon: float
    source_datum: str
    source_lat: float
    source_lon: float


@dataclass(frozen=True, slots=True)
class SpaceCard:
    """The spaces of a class; `access` None where it is the lot's."""

    space_class: SpaceClass
    capacity: int
    access: str | None


@dataclass(frozen=True, slots=True)
class LotCard:
    """A lot as it stands on a day. Coordinates WGS-84; `source_*` as they were given."""

    id: str
    code: str
    name: str
    name_en: str | None
    kind: str
    type: str
    district_code: str | None
    address: str | None
    operator_name: str | None
    lat: float
    lon: float
    source_datum: str
    source_lat: float
    source_lon: float
    access: str
    opening_hours: str | None
    hours_note: str | None
    max_height_cm: int | None
    filing_no: str | None
    connected_since_at: datetime | None
    etc_since_on: date | None
    entrances: tuple[EntranceCard, ...] = ()
    spaces: tuple[SpaceCard, ...] = ()
    bay_length_m: int = 0
    organisation_id: str | None = None
    certificate_no: str | None = None
    certificate_state: str | None = None
    certificate_until_on: date | None = None


_CLASS_ORDER = {space_class: place for place, space_class in enumerate(SpaceClass)}
# What a card takes from the lot's own row, in the card's order.
_LOT_COLUMNS = [getattr(Lot, part.name) for part in fields(LotCard) if part.name in Lot.__table__.columns]


def lot_cards(session: Session, on: date, ids: Collection[str] | None = None) -> list[LotCard]:
    """All lots, or those with these ids, by code, with their spaces on a day; four statements in all."""
    if ids is not None and not ids:
        return []
    standings = standing_at(session, on, ids)
    metres: dict[str, int] = defaultdict(int)
    for (lot_id, _), standing in standings.items():
        metres[lot_id] += standing.metres
    entrances = _entrances(session, ids)
    spaces: dict[str, list[SpaceCard]] = defaultdict(list)
    groups = select(SpaceGroup.lot_id, SpaceGroup.space_class, SpaceGroup.access)
    for row in session.execute(groups.where(among(SpaceGroup.lot_id, ids))):
        space_class = SpaceClass(row.space_class)
        stands = standings.get((row.lot_id, space_class))
        spaces[row.lot_id].append(SpaceCard(space_class, stands.spaces if stands else 0, row.access))
    lots = select(*_LOT_COLUMNS).where(among(Lot.id, ids)).order_by(Lot.code)
    return [
        LotCard(
            **row,
            entrances=tuple(entrances.get(row["id"], ())),
            spaces=tuple(sorted(spaces.get(row["id"], ()), key=_place_of_class)),
            bay_length_m=metres.get(row["id"], 0),
        )
        for row in session.execute(lots).mappings()
    ]


def _place_of_class(card: SpaceCard) -> int:
    return _CLASS_ORDER[card.space_class]


def ids_by_code(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """The ids of the lots that have these codes; an unknown code is absent."""
    found = session.execute(select(Lot.code, Lot.id).where(Lot.code.in_(list(codes))))
    return {row.code: row.id for row in found}


def codes_by_filing(session: Session, filing_nos: Iterable[str]) -> dict[str, str]:
    """The codes of the lots that have these filing numbers; an unknown number is absent."""
    found = session.execute(select(Lot.filing_no, Lot.code).where(Lot.filing_no.in_(list(filing_nos))))
    return {str(row.filing_no): row.code for row in found}


def _entrances(session: Session, ids: Collection[str] | None) -> dict[str, list[EntranceCard]]:
    found: dict[str, list[EntranceCard]] = defaultdict(list)
    names = [part.name for part in fields(EntranceCard)]
    columns = [getattr(Entrance, name) for name in names]
    ordered = select(Entrance.lot_id, *columns).order_by(Entrance.lot_id, Entrance.position)
    for lot_id, *told in session.execute(ordered.where(among(Entrance.lot_id, ids))):
        found[lot_id].append(EntranceCard(*told))
    return found
