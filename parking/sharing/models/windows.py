"""Which spans are spaces lent in, and how many of each are given away?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base
from parking.kernel.ids import new_id
from parking.lots.models import Lot


class Window(Base):
    """错时共享时段: spaces lent in [from_at, until_at). The row is its own counter: `taken` of `quota`.

    Whoever takes or gives back a space locks the row; the database refuses more than the quota.
    """

    __tablename__ = "shared_windows"
    __table_args__ = (
        UniqueConstraint("agreement_id", "space_class", "from_at"),
        CheckConstraint("from_at < until_at", name="span"),
        CheckConstraint("0 <= taken and taken <= quota", name="taken"),
        CheckConstraint("state in ('open', 'closing', 'withdrawn', 'ended')", name="state"),
        Index("ix_shared_windows_lot_id", "lot_id", "until_at"),
        Index("ix_shared_windows_due", "until_at", postgresql_where=text("state in ('open', 'closing')")),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreements.id"))
    lot_id: Mapped[str] = mapped_column(ForeignKey(Lot.id))
    space_class: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    quota: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    state: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_for: Mapped[str | None]
    closed_why: Mapped[str | None]


class WindowRest(Base):
    """When a window was not open between its begin and its end, and opened after all: nothing was offered."""

    __tablename__ = "window_rests"
    __table_args__ = (CheckConstraint("from_at < until_at", name="span"),)

    window_id: Mapped[str] = mapped_column(ForeignKey(Window.id), primary_key=True)
    from_at: Mapped[datetime] = mapped_column(primary_key=True)
    until_at: Mapped[datetime]
