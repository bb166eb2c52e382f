"""What does the space ledger sum to?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from parking.kernel.vocabulary import SpaceClass
from parking.lots.models import LedgerEntry, Lot
from parking.lots.rules.ledger import BOOKKEEPING, DatedChange, LedgerReason, SpaceChange


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
        .where(LedgerEntry.on <= on, among(LedgerEntry.lot_id, lot_ids))
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


@dataclass(frozen=True, slots=True)
class EntryView:
    """A ledger entry as a value, with its number and its lot."""

    number: int
    lot_id: str
    code: str
    entry: DatedChange


def entries_of_lots(session: Session, lot_ids: Collection[str]) -> list[EntryView]:
    """All entries of these lots, in the order of their recording."""
    return _entries(session, LedgerEntry.lot_id.in_(list(lot_ids)))


def entries_by_number(session: Session, numbers: Collection[int]) -> dict[int, EntryView]:
    """The entries that have these numbers; an unknown number is absent."""
    # Beyond that there is none, and the database would not read it.
    asked = [number for number in numbers if 0 < number < 2**63]
    return {each.number: each for each in _entries(session, LedgerEntry.number.in_(asked))}


def unlisted_entries(session: Session, codes: Collection[str], numbers: Collection[int]) -> int:
    """How many entries of lots with these codes are older than the newest of `numbers` and not among them."""
    if not numbers:
        return 0
    which = select(LedgerEntry.number).join(Lot).where(Lot.code.in_(list(codes)))
    older = session.scalars(which.where(LedgerEntry.number <= min(max(numbers), 2**63 - 1)))
    return len(set(older) - set(numbers))


def _entries(session: Session, which: ColumnElement[bool]) -> list[EntryView]:
    found = select(LedgerEntry, Lot.code).join(Lot).where(which).order_by(LedgerEntry.number)
    return [EntryView(row.number, row.lot_id, code, _dated(row)) for row, code in session.execute(found)]


def _dated(row: LedgerEntry) -> DatedChange:
    told = SpaceChange(SpaceClass(row.space_class), row.change, row.metres)
    return DatedChange(told, row.on, LedgerReason(row.reason), row.note)


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


def among(column: InstrumentedAttribute[str], ids: Collection[str] | None) -> ColumnElement[bool]:
    """The rows of these ids, or of all where None is asked."""
    return true() if ids is None else column.in_(list(ids))
