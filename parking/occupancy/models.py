"""Which facts about occupation reached us, and which state do they add up to?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from parking.kernel.db.base import Base


class CountFact(Base):
    """An absolute count that a source told at an instant: free or occupied, never both unknown."""

    __tablename__ = "count_facts"
    __table_args__ = (
        Index("ix_count_facts_counter", "lot_id", "space_class", "as_of"),
        CheckConstraint("free is not null or occupied is not null", name="says_something"),
    )

    source: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    space_class: Mapped[str]
    as_of: Mapped[datetime]
    free: Mapped[int | None]
    occupied: Mapped[int | None]
    capacity: Mapped[int | None]
    hand_set: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime]


class PassageFact(Base):
    """One crossing that counts: +1 in, -1 out. `counts` is false for evidence told by a second source."""

    __tablename__ = "passage_facts"
    __table_args__ = (
        Index("ix_passage_facts_counter", "lot_id", "space_class", "at"),
        CheckConstraint("direction in (-1, 1)", name="direction"),
    )

    source: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    space_class: Mapped[str]
    at: Mapped[datetime]
    direction: Mapped[int]
    counts: Mapped[bool] = mapped_column(default=True)
    received_at: Mapped[datetime]


class VoidedFact(Base):
    """A fact that is as if it never was, whichever of the two arrives first."""

    __tablename__ = "voided_facts"

    source: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    voided_at: Mapped[datetime]
    reason: Mapped[str]


class CountingSource(Base):
    """How long the counts of a source are fresh, and how it ranks on a lot (0 first) among several."""

    __tablename__ = "counting_sources"

    source: Mapped[str] = mapped_column(primary_key=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(default=0)
    ageing_after_s: Mapped[int]
    unknown_after_s: Mapped[int]


class CounterState(Base):
    """What the facts of a counter add up to now: one row per (lot, class), the fold of its facts.

    `value` is free or occupied spaces, as `basis` says; it is not clamped. Age and quality are told by the
    reader from `as_of` and the two limits, never stored: a stored age is wrong a second later.
    """

    __tablename__ = "counter_states"

    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    space_class: Mapped[str] = mapped_column(primary_key=True)
    basis: Mapped[str]
    value: Mapped[int]
    as_of: Mapped[datetime]
    source: Mapped[str]
    told_capacity: Mapped[int | None]
    drift: Mapped[int] = mapped_column(default=0)
    marks: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    ageing_after_s: Mapped[int]
    unknown_after_s: Mapped[int]
    updated_at: Mapped[datetime]


class HistorySlot(Base):
    """A counter at the end of a quarter of an hour: what the facts say now about then."""

    __tablename__ = "count_history"

    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    space_class: Mapped[str] = mapped_column(primary_key=True)
    slot_at: Mapped[datetime] = mapped_column(primary_key=True)
    occupied: Mapped[int | None]
    capacity: Mapped[int]
    quality: Mapped[str]


class LateCounter(Base):
    """A counter whose history must be told anew from an instant on, because a late fact arrived."""

    __tablename__ = "late_counters"

    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    space_class: Mapped[str] = mapped_column(primary_key=True)
    from_at: Mapped[datetime]
