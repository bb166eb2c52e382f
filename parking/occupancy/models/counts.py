"""Which facts about occupation reached us, and which state do they add up to?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from parking.kernel.db.base import Base


class CountFact(Base):
    """An absolute count that a source told at an instant: free or occupied, never both unknown."""

    __tablename__ = "count_facts"
    __table_args__ = (
        # The newest of each source is asked at every arrival.
        Index("ix_count_facts_counter", "lot_id", "space_class", "source", "as_of"),
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
    """One crossing that counts: +1 in, -1 out. `counts` is false for evidence told by a second source.

    No key to the lot: whoever writes it holds the counter's row, which has one.
    """

    __tablename__ = "passage_facts"
    __table_args__ = (
        Index("ix_passage_facts_counter", "lot_id", "space_class", "at"),
        CheckConstraint("direction in (-1, 1)", name="direction"),
    )

    source: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    lot_id: Mapped[str]
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
    """How long the counts of a source are fresh, and how it ranks on a lot (0 first) among several.

    What it told of instants up to `withdrawn_at` is not believed from then on; before, it was.
    """

    __tablename__ = "counting_sources"

    source: Mapped[str] = mapped_column(primary_key=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(default=0)
    ageing_after_s: Mapped[int]
    unknown_after_s: Mapped[int]
    withdrawn_at: Mapped[datetime | None]


class CounterState(Base):
    """What the facts of a counter add up to now: one row per (lot, class) of which any fact ever came.

    `value` is free or occupied spaces, as `basis` says, not clamped; all null while no absolute count stands.
    Age and quality are told by the reader from `as_of` and the two limits, never stored: a stored age is
    wrong a second later. The row is also what writers lock, in the order of its key.
    """

    __tablename__ = "counter_states"
    __table_args__ = (
        CheckConstraint(
            "num_nulls(basis, value, as_of, source, ageing_after_s, unknown_after_s) in (0, 6)",
            name="known_or_not",
        ),
        Index("ix_counter_states_refold_at", "refold_at", postgresql_where=text("refold_at is not null")),
    )

    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    space_class: Mapped[str] = mapped_column(primary_key=True)
    basis: Mapped[str | None]
    value: Mapped[int | None]
    as_of: Mapped[datetime | None]
    source: Mapped[str | None]
    told_capacity: Mapped[int | None]
    drift: Mapped[int] = mapped_column(server_default=text("0"))
    marks: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    # Marks of the anomalies that stand; set and taken back by whoever judges, never by a count that comes.
    doubts: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    ageing_after_s: Mapped[int | None]
    unknown_after_s: Mapped[int | None]
    # When another source is to be believed although nothing new came: the believed one is not fresh any more.
    refold_at: Mapped[datetime | None]
    # The instant of the absolute count that `value` rests on: only a passage after it moves the value.
    base_at: Mapped[datetime | None]
    # The history is told up to this slot; a late fact sets it back.
    history_until_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class HistorySlot(Base):
    """A counter at the end of a quarter of an hour: what the facts say now about then.

    `live`, `suspect` and `unknown` are the quarter's minutes as bits (rules/minutes.py); None in rows told
    before minutes were kept.
    """

    __tablename__ = "count_history"

    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    space_class: Mapped[str] = mapped_column(primary_key=True)
    slot_at: Mapped[datetime] = mapped_column(primary_key=True)
    occupied: Mapped[int | None]
    capacity: Mapped[int]
    quality: Mapped[str]
    live: Mapped[int | None] = mapped_column(SmallInteger)
    suspect: Mapped[int | None] = mapped_column(SmallInteger)
    unknown: Mapped[int | None] = mapped_column(SmallInteger)
