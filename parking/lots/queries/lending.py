"""How many spaces of a lot are lent to strangers, and when?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.kernel.vocabulary import SpaceClass
from parking.lots.models import LedgerEntry, LentSpan
from parking.lots.queries.ledger import among, capacity_at


@dataclass(frozen=True, slots=True)
class Lent:
    """Spaces of a class lent in [from_at, until_at), as a window of an agreement says."""

    window_id: str
    agreement_id: str
    lot_id: str
    space_class: SpaceClass
    from_at: datetime
    until_at: datetime
    spaces: int


def lent_spans(
    session: Session, since_at: datetime, until_at: datetime, lot_ids: Collection[str] | None = None
) -> list[Lent]:
    """The lent spans of these lots (None: of all) that overlap [since_at, until_at), in their order."""
    asked = (
        select(
            LentSpan.window_id,
            LentSpan.agreement_id,
            LentSpan.lot_id,
            LentSpan.space_class,
            LentSpan.from_at,
            LentSpan.until_at,
            LentSpan.spaces,
        )
        .where(LentSpan.until_at > since_at, LentSpan.from_at < until_at, among(LentSpan.lot_id, lot_ids))
        .order_by(LentSpan.from_at, LentSpan.window_id)
    )
    named = {str(each): each for each in SpaceClass}
    return [
        Lent(row[0], row[1], row[2], named[row[3]], row[4], row[5], row[6]) for row in session.execute(asked)
    ]


def least_capacity(
    session: Session, lot_ids: Collection[str] | None, since_on: date, until_on: date
) -> dict[tuple[str, SpaceClass], int]:
    """The fewest spaces that the ledger gives each class on any day of [since_on, until_on)."""
    told = capacities(session, lot_ids, since_on, until_on)
    return {key: each.least(since_on, until_on) for key, each in told.items()}


@dataclass(frozen=True, slots=True)
class Capacities:
    """The spaces of a class from each of these days on, the first first; none before."""

    steps: tuple[tuple[date, int], ...]

    def least(self, since_on: date, until_on: date) -> int:
        """The fewest on any day of [since_on, until_on)."""
        before = 0
        for on, spaces in self.steps:
            if on > since_on:
                break
            before = spaces
        return min([before, *(spaces for on, spaces in self.steps if since_on < on < until_on)])


def capacities(
    session: Session, lot_ids: Collection[str] | None, since_on: date, until_on: date
) -> dict[tuple[str, SpaceClass], Capacities]:
    """The spaces that the ledger gives each class on the days of [since_on, until_on)."""
    running = capacity_at(session, since_on, lot_ids)
    steps = {key: [(since_on, spaces)] for key, spaces in running.items()}
    later = (
        select(LedgerEntry.lot_id, LedgerEntry.space_class, LedgerEntry.on, func.sum(LedgerEntry.change))
        .where(LedgerEntry.on > since_on, LedgerEntry.on < until_on, among(LedgerEntry.lot_id, lot_ids))
        .group_by(LedgerEntry.lot_id, LedgerEntry.space_class, LedgerEntry.on)
        .order_by(LedgerEntry.on)
    )
    for lot_id, space_class, on, change in session.execute(later):
        key = (lot_id, SpaceClass(space_class))
        running[key] = running.get(key, 0) + int(change)
        steps.setdefault(key, []).append((on, running[key]))
    return {key: Capacities(tuple(each)) for key, each in steps.items()}


def lots_that_lost(session: Session, since_at: datetime) -> set[str]:
    """The lots of whose ledger spaces were taken since an instant, whatever the day they are gone from."""
    asked = select(LedgerEntry.lot_id).where(LedgerEntry.recorded_at >= since_at, LedgerEntry.change < 0)
    return set(session.scalars(asked.distinct()))
