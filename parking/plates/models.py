"""Under which key was a month's plates hashed, and does it still exist?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base


class PlateKey(Base):
    """The key of a city month, sealed; destroyed it leaves its row, so that it is never made again."""

    __tablename__ = "plate_keys"
    __table_args__ = (CheckConstraint("(sealed IS NULL) = (destroyed_at IS NOT NULL)", name="destroyed"),)

    # The first day of the month in the city's time.
    month: Mapped[date] = mapped_column(primary_key=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]
