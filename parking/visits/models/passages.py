"""Which crossings were told, by whom, with which plate (hashed, sealed, masked), and do they count?

A passage is named by (source, event id), as in the counts. Evidence of a second source is kept beside the
passage that counts. Nobody deletes one for being doubtful; a voided one keeps its row.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base


class Passage(Base):
    """One crossing as it was told. `at` is the device's time, `direction` entry or exit.

    Lot and lane have no foreign key: the intake found them in the register, none is ever deleted, and a check
    for each row is what the hot path would spend most on.
    """

    __tablename__ = "passages"
    __table_args__ = (
        Index("ix_passages_lot_at", "lot_id", "at"),
        Index(
            "ix_passages_plate", "lot_id", "plate_hash", "at", postgresql_where=text("plate_hash is not null")
        ),
        Index("ix_passages_stay", "lot_id", "stay_id", postgresql_where=text("stay_id is not null")),
        # What pairing has not seen yet (new, or voided since).
        Index("ix_passages_to_pair", "received_at", postgresql_where=text("paired_at is null")),
        CheckConstraint("direction in ('entry', 'exit')", name="direction"),
        CheckConstraint("num_nulls(plate_month, plate_hash) in (0, 2)", name="hash_has_its_month"),
    )

    source: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    lot_id: Mapped[str]
    lane_id: Mapped[str | None]
    device_id: Mapped[str | None]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    direction: Mapped[str]
    # False: evidence beside the lane's counting source.
    counts: Mapped[bool]
    plate_month: Mapped[date | None]
    plate_hash: Mapped[bytes | None]
    # Kept only while the visit is unsettled.
    plate_sealed: Mapped[bytes | None]
    plate_masked: Mapped[str | None]
    plate_kind: Mapped[str]
    colour: Mapped[str]
    stay: Mapped[str | None]
    stay_id: Mapped[str | None]
    resent: Mapped[bool]
    late: Mapped[bool]
    # As if it never was; its row stays, so that the same telling is known again.
    voided_at: Mapped[datetime | None]
    # It was voided because the vehicle backed out, as the device itself told.
    undone: Mapped[bool]
    # None: pairing is still to look at it; a void sets it back to None.
    paired_at: Mapped[datetime | None]
