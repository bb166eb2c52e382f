"""Which spaces of a lot are lent to strangers, and in which spans? Written down by sharing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base
from parking.lots.models.register import Lot


class LentSpan(Base):
    """Spaces of a class lent in [from_at, until_at): capacity for a time, and no entry of the ledger.

    A trigger refuses spans that overlap beyond the spaces that the ledger gives the class.
    """

    __tablename__ = "lent_spans"
    __table_args__ = (
        CheckConstraint("from_at < until_at", name="span"),
        CheckConstraint("spaces > 0", name="spaces"),
        Index("ix_lent_spans_lot_id", "lot_id", "space_class", "until_at"),
        Index("ix_lent_spans_until_at", "until_at"),
    )

    window_id: Mapped[str] = mapped_column(primary_key=True)
    agreement_id: Mapped[str]
    lot_id: Mapped[str] = mapped_column(ForeignKey(Lot.id))
    space_class: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    spaces: Mapped[int]
