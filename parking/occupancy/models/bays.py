"""Which bays have a sensor, and what did each tell last?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base


class Bay(Base):
    """A bay with a sensor, named as its device names it. `occupied` null: it has not told yet."""

    __tablename__ = "bays"
    __table_args__ = (
        Index("ix_bays_lot_id_space_class", "lot_id", "space_class"),
        CheckConstraint("num_nulls(occupied, told_at, heard_at) in (0, 3)", name="told_or_not"),
    )

    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    space_class: Mapped[str]
    # What people call it, as painted on the ground.
    name: Mapped[str]
    occupied: Mapped[bool | None]
    # The sensor's own time of the newest telling, and ours of its arrival.
    told_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    battery_low: Mapped[bool | None]
    registered_at: Mapped[datetime]
