"""Who may enter a lot, in which span? Plates hashed and sealed, and the numbers of the changes."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base
from parking.kernel.ids import new_id


class Pass(Base):
    """A vehicle that may enter a lot in [from_at, until_at).

    `seq` is the lot's number of the last change of this row: who asks for what changed since a number misses
    nothing. A withdrawn pass keeps its row as a tombstone; the readable plate goes with the pass's end.
    """

    __tablename__ = "passes"
    __table_args__ = (
        Index("uq_passes_lot_id_seq", "lot_id", "seq", unique=True),
        Index("ix_passes_plate", "lot_id", "plate_hash"),
        Index("ix_passes_sealed", "until_at", postgresql_where=text("plate_sealed is not null")),
        CheckConstraint("from_at < until_at", name="span"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: new_id(16))
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    seq: Mapped[int]
    plate_month: Mapped[date]
    plate_hash: Mapped[bytes]
    plate_sealed: Mapped[bytes | None]
    plate_masked: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    reason: Mapped[str]
    granted_at: Mapped[datetime]
    granted_by: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]


class PassSeries(Base):
    """The last number of a change that a lot's passes drew; locked until the change is kept."""

    __tablename__ = "pass_series"

    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    last: Mapped[int]
