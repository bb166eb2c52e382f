"""What does the register say: lots with their spaces on a day, and what the ledger sums to?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from parking.kernel.vocabulary import SpaceClass
from parking.lots.models import Entrance, LedgerEntry, Lot, SpaceGroup
from parking.lots.rules.ledger import BOOKKEEPING, LedgerReason


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


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger sums to for a class of a lot."""

    spaces: int
    metres: int


class TotalBy(StrEnum):
    """What totals are told by."""

    TYPE = "type"
    KIND = "kind"
    DISTRICT = "district"
    REASON = "reason"
    SPACE_CLASS = "class"


@dataclass(frozen=True, slots=True)
class Total:
    """Sums of ledger entries. `standing` is all entries before the period's end; the others are the period's.

    `opened` (存量) and `corrected` are bookkeeping and never counted as gained or lost.
    """

    key: str | None
    standing: int
    gained: int
    lost: int
    corrected: int
    opened: int
    standing_m: int
    gained_m: int
    lost_m: int


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
    for row in session.execute(groups.where(_among(SpaceGroup.lot_id, ids))):
        space_class = SpaceClass(row.space_class)
        stands = standings.get((row.lot_id, space_class))
        spaces[row.lot_id].append(SpaceCard(space_class, stands.spaces if stands else 0, row.access))
    lots = select(*_LOT_COLUMNS).where(_among(Lot.id, ids)).order_by(Lot.code)
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


def standing_at(
    session: Session, on: date, lot_ids: Collection[str] | None = None
) -> dict[tuple[str, SpaceClass], Standing]:
    """Spaces and metres by lot and class, as the ledger sums to at the end of a day."""
    sums = (
        select(
            LedgerEntry.lot_id,
            LedgerEntry.space_class,
            func.sum(LedgerEntry.change).label("spaces"),
            func.sum(LedgerEntry.metres).label("metres"),
        )
        .where(LedgerEntry.on <= on, _among(LedgerEntry.lot_id, lot_ids))
        .group_by(LedgerEntry.lot_id, LedgerEntry.space_class)
    )
    return {
        (row.lot_id, SpaceClass(row.space_class)): Standing(int(row.spaces), int(row.metres))
        for row in session.execute(sums)
    }


def capacity_at(
    session: Session, on: date, lot_ids: Collection[str] | None = None
) -> dict[tuple[str, SpaceClass], int]:
    """Spaces by lot and class at the end of a day; a class without entries is absent."""
    return {key: standing.spaces for key, standing in standing_at(session, on, lot_ids).items()}


def ids_by_code(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """The ids of the lots that have these codes; an unknown code is absent."""
    found = session.execute(select(Lot.code, Lot.id).where(Lot.code.in_(list(codes))))
    return {row.code: row.id for row in found}


def codes_by_filing(session: Session, filing_nos: Iterable[str]) -> dict[str, str]:
    """The codes of the lots that have these filing numbers; an unknown number is absent."""
    found = session.execute(select(Lot.filing_no, Lot.code).where(Lot.filing_no.in_(list(filing_nos))))
    return {str(row.filing_no): row.code for row in found}


def later_entry_dates(session: Session, lot_id: str, space_class: SpaceClass, on: date) -> list[date]:
    """The dates after `on` that have entries of this class."""
    dates = select(LedgerEntry.on).where(
        LedgerEntry.lot_id == lot_id, LedgerEntry.space_class == space_class, LedgerEntry.on > on
    )
    return list(session.scalars(dates.distinct().order_by(LedgerEntry.on)))


def ledger_of(session: Session, lot_id: str) -> list[LedgerEntry]:
    """All entries of a lot in the order of their recording."""
    return list(
        session.scalars(select(LedgerEntry).where(LedgerEntry.lot_id == lot_id).order_by(LedgerEntry.number))
    )


def totals(
    session: Session, by: TotalBy, *, from_on: date | None = None, until_on: date | None = None
) -> list[Total]:
    """Sums of the ledger by type, kind, district, reason or class, over the dates [from_on, until_on)."""
    key: InstrumentedAttribute[Any] = {
        TotalBy.TYPE: Lot.type,
        TotalBy.KIND: Lot.kind,
        TotalBy.DISTRICT: Lot.district_code,
        TotalBy.REASON: LedgerEntry.reason,
        TotalBy.SPACE_CLASS: LedgerEntry.space_class,
    }[by]
    within = LedgerEntry.on >= from_on if from_on else LedgerEntry.number.is_not(None)
    real = LedgerEntry.reason.not_in(BOOKKEEPING) & within
    change, metres = LedgerEntry.change, LedgerEntry.metres
    query = (
        select(
            key,
            func.sum(change),
            _sum(change, real & (change > 0)),
            -_sum(change, real & (change < 0)),
            _sum(change, (LedgerEntry.reason == LedgerReason.CORRECTION) & within),
            _sum(change, (LedgerEntry.reason == LedgerReason.OPENING_BALANCE) & within),
            func.sum(metres),
            _sum(metres, real & (metres > 0)),
            -_sum(metres, real & (metres < 0)),
        )
        .join_from(LedgerEntry, Lot, Lot.id == LedgerEntry.lot_id)
        .group_by(key)
        .order_by(key)
    )
    if until_on is not None:
        query = query.where(LedgerEntry.on < until_on)
    return [Total(row[0], *(int(number) for number in row[1:])) for row in session.execute(query)]


def _sum(number: InstrumentedAttribute[int], where: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((where, number), else_=0))


def _entrances(session: Session, ids: Collection[str] | None) -> dict[str, list[EntranceCard]]:
    found: dict[str, list[EntranceCard]] = defaultdict(list)
    columns = [getattr(Entrance, part.name) for part in fields(EntranceCard)]
    ordered = select(Entrance.lot_id, *columns).order_by(Entrance.lot_id, Entrance.position)
    for row in session.execute(ordered.where(_among(Entrance.lot_id, ids))).mappings():
        found[row["lot_id"]].append(
            EntranceCard(**{part.name: row[part.name] for part in fields(EntranceCard)})
        )
    return found


def _among(column: InstrumentedAttribute[str], ids: Collection[str] | None) -> ColumnElement[bool]:
    return true() if ids is None else column.in_(list(ids))
