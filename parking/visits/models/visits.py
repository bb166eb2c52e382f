"""Which passages make one visit, how did it end, and what is still doubtful about it?

Passages are the facts; visits are what they add up to, and are told anew whenever a fact comes, goes or
changes. A row is never deleted: what no passage speaks for any more is voided.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base
from parking.kernel.ids import new_id


class Visit(Base):
    """One stay: an entry and an exit, or one of the two alone.

    `seen_at` is the entry, or the exit where none was told. `closed_at` is when the facts end it: the exit,
    the next entry of the same vehicle, or thirty days after the entry. The readable plate is sealed here, and
    only until the visit is settled.
    """

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_lot_seen_at", "lot_id", "seen_at"),
        Index("ix_visits_entry", "entry_source", "entry_event_id"),
        Index("ix_visits_exit", "exit_source", "exit_event_id"),
        Index("ix_visits_inside", "lot_id", "plate_hash", postgresql_where=text("exited_at is null")),
        Index("ix_visits_open", "entered_at", postgresql_where=text("state = 'open'")),
        Index("ix_visits_doubtful", "lot_id", "seen_at", postgresql_where=text("doubt is not null")),
        Index(
            "ix_visits_to_settle",
            "changed_at",
            postgresql_where=text("state = 'closed' and settled_at is null"),
        ),
        Index("ix_visits_sealed", "closed_at", postgresql_where=text("plate_sealed is not null")),
        Index("ix_visits_remembered", "seen_at", postgresql_where=text("plate_masked is not null")),
        CheckConstraint("state in ('open', 'closed', 'voided')", name="state"),
        CheckConstraint("entered_at is not null or exited_at is not null", name="has_an_end"),
        CheckConstraint("num_nulls(plate_month, plate_hash) in (0, 2)", name="hash_has_its_month"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: new_id(16))
    lot_id: Mapped[str]
    state: Mapped[str]
    doubt: Mapped[str | None]
    stay: Mapped[str]
    stay_id: Mapped[str | None]
    seen_at: Mapped[datetime]
    entered_at: Mapped[datetime | None]
    entry_source: Mapped[str | None]
    entry_event_id: Mapped[str | None]
    entry_lane_id: Mapped[str | None]
    exited_at: Mapped[datetime | None]
    exit_source: Mapped[str | None]
    exit_event_id: Mapped[str | None]
    exit_lane_id: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    plate_month: Mapped[date | None]
    plate_hash: Mapped[bytes | None]
    plate_sealed: Mapped[bytes | None]
    plate_masked: Mapped[str | None]
    plate_kind: Mapped[str]
    colour: Mapped[str]
    settled_at: Mapped[datetime | None]
    # rule (nothing is due) or paid.
    settled_by: Mapped[str | None]
    changed_at: Mapped[datetime]


class PlateLink(Base):
    """Hashes of one vehicle at one lot under the keys of several months; only where a stay bridged them.

    `vehicle` is random and means nothing elsewhere. The row goes with the key of its month.
    """

    __tablename__ = "plate_links"
    __table_args__ = (Index("ix_plate_links_vehicle", "lot_id", "vehicle"),)

    lot_id: Mapped[str] = mapped_column(primary_key=True)
    plate_month: Mapped[date] = mapped_column(primary_key=True)
    plate_hash: Mapped[bytes] = mapped_column(primary_key=True)
    vehicle: Mapped[str]


class PairingFailure(Base):
    """A passage that could not be paired; it waits aside, so that it holds up no other."""

    __tablename__ = "pairing_failures"

    source: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    lot_id: Mapped[str]
    # The type of the error only: its message may quote a row.
    error: Mapped[str]
    tries: Mapped[int]
    failed_at: Mapped[datetime]
    retry_at: Mapped[datetime]
