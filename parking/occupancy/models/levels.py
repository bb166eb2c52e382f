"""How many minutes of each city date did a lot, and a source, owe a count, and in how many was it good?

Written down day by day, so that a month is a sum of rows and stays when the facts are gone.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base


class _Minutes:
    """Minutes that counted, and of them: fresh and sane, not sane, unknown."""

    due: Mapped[int]
    fresh: Mapped[int]
    suspect: Mapped[int]
    unknown: Mapped[int]
    written_at: Mapped[datetime]


class LevelDay(_Minutes, Base):
    """A counter's day, whichever source told."""

    __tablename__ = "level_days"
    __table_args__ = (Index("ix_level_days_on", "on", "lot_id"),)

    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    space_class: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)


class SourceLevelDay(_Minutes, Base):
    """What one source told of a counter on a day, believed or not."""

    __tablename__ = "source_level_days"
    __table_args__ = (Index("ix_source_level_days_on", "on", "source"),)

    source: Mapped[str] = mapped_column(primary_key=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    space_class: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
