"""What did gates tell that was not taken, and why? Neither plates nor secrets, and of each thing one row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base


class Quarantined(Base):
    """A message that was refused. The same thing again raises `times` and `last_at` of its row.

    `origin` is the source's name (device:..., client:...), or dialect and serial of who is not known. `key`
    tells one thing from another within it: the event's id, or the reason alone where there is none.
    """

    __tablename__ = "quarantined"
    __table_args__ = (
        Index("uq_quarantined_what", "origin", "reason", "key", unique=True),
        # Whoever is not known may not fill the table.
        Index("ix_quarantined_strangers", "dialect", postgresql_where=text("device_id is null")),
        Index("ix_quarantined_open", "last_at", postgresql_where=text("closed_at is null")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[str]
    # too_old, clock_ahead, unknown_lot, direction_missing, unknown_device, unreadable, signature_wrong ...
    reason: Mapped[str]
    key: Mapped[str]
    field: Mapped[str | None]
    dialect: Mapped[str | None]
    serial: Mapped[str | None]
    # The caller's network, shortened as in logs; only of who is not known.
    network: Mapped[str | None]
    device_id: Mapped[str | None]
    lot_id: Mapped[str | None]
    lane_id: Mapped[str | None]
    event_id: Mapped[str | None]
    # The device's own time of the event, where it told a readable one.
    at: Mapped[datetime | None]
    direction: Mapped[str | None]
    # What an ETC lane took.
    fee_fen: Mapped[int | None]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
