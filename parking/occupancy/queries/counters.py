"""What does a reader get: the counters whose count is known, and the history for charts?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, Text, any_, literal, select, text
from sqlalchemy.orm import Session

from parking.kernel.vocabulary import Mark, Quality, SpaceClass
from parking.occupancy.models import CounterState, HistorySlot
from parking.occupancy.rules import CounterView


@dataclass(frozen=True, slots=True)
class SlotView:
    """A class at the end of a quarter of an hour; `occupied` is None where the count was unknown."""

    space_class: SpaceClass
    slot_at: datetime
    occupied: int | None
    capacity: int
    quality: Quality


def counter_views(session: Session, lot_ids: Collection[str] | None = None) -> list[CounterView]:
    """Every counter with a standing count, of these lots or of all, in one statement.

    A class that is absent has no known count: tell it with `rules.no_count`.
    """
    wanted = select(CounterState.__table__).where(CounterState.value.is_not(None))
    if lot_ids is not None:
        # One parameter: a list of hundreds would be written and read anew each time.
        wanted = wanted.where(CounterState.lot_id == any_(literal(list(lot_ids), ARRAY(Text))))
    return [
        CounterView(
            lot_id=row.lot_id,
            space_class=SpaceClass(row.space_class),
            basis="free" if row.basis == "free" else "occupied",
            value=row.value,
            as_of=row.as_of,
            source=row.source,
            marks=tuple(Mark(mark) for mark in (*row.marks, *row.doubts)),
            ageing_after_s=row.ageing_after_s,
            unknown_after_s=row.unknown_after_s,
            told_capacity=row.told_capacity,
            drift=row.drift,
            is_moved=row.base_at is not None and row.as_of > row.base_at,
        )
        for row in session.execute(wanted)
    ]


def history(session: Session, lot_id: str, from_at: datetime, until_at: datetime) -> list[SlotView]:
    """The slots of a lot that end in [from_at, until_at), by class and time."""
    rows = session.scalars(
        select(HistorySlot)
        .where(HistorySlot.lot_id == lot_id, HistorySlot.slot_at >= from_at, HistorySlot.slot_at < until_at)
        .order_by(HistorySlot.space_class, HistorySlot.slot_at)
    )
    return [
        SlotView(SpaceClass(row.space_class), row.slot_at, row.occupied, row.capacity, Quality(row.quality))
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class MeanCount:
    """A lot over the quarters in which the classes asked for were all known: how many, and the mean occupied
    and spaces of these classes."""

    lot_id: str
    known: int
    occupied: float
    capacity: float


_MEAN = text("""
    select lot_id, count(*) as known, avg(occupied)::float8 as occupied, avg(capacity)::float8 as capacity
    from (
        select h.lot_id, h.slot_at, sum(h.occupied) as occupied, sum(h.capacity) as capacity
        from count_history h
        where h.slot_at > :first and h.slot_at <= :last and h.space_class = any(:classes)
            and width_bucket(h.slot_at - interval '1 microsecond', cast(:edges as timestamptz[])) % 2 = 1
        group by h.lot_id, h.slot_at
        having count(h.occupied) = count(*)
    ) slots
    group by lot_id order by lot_id
""")


def mean_counts(
    session: Session, spans: Sequence[tuple[datetime, datetime]], classes: Collection[SpaceClass]
) -> list[MeanCount]:
    """The mean of each lot over the quarters that end in these spans (from, until], in one statement.

    The spans are disjoint and in their order. Spaces of other classes are left out; a lot without a quarter
    in which all of these is known is absent.
    """
    if not spans:
        return []
    edges = [edge for span in spans for edge in span]
    told = {"edges": edges, "first": edges[0], "last": edges[-1], "classes": list(map(str, classes))}
    return [MeanCount(*row) for row in session.execute(_MEAN, told)]
