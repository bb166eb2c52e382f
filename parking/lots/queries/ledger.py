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
from parking.lots.rules.ledger import BOOKKEEPING, LedgerReason


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


def among(column: InstrumentedAttribute[str], ids: Collection[str] | None) -> ColumnElement[bool]:
    """The rows of these ids, or of all where None is asked."""
    return true() if ids is None else column.in_(list(ids))
