"""Which tariffs are there, what did each version say, and which lot has which from what day on?

What was in force is never changed: a fee of last year can be reckoned again from these rows.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base
from parking.kernel.ids import new_id


class Tariff(Base):
    """收费标准: a name for what has versions. `code` is the bureau's own number of it."""

    __tablename__ = "tariffs"
    __table_args__ = (CheckConstraint("kind in ('off_street', 'on_street')", name="kind"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class TariffVersion(Base):
    """What a tariff says from a city day on, until a later published version follows.

    `examples` are worked stays with the fee that must come out. A draft changes and counts its `edits`; a
    published version never changes.
    """

    __tablename__ = "tariff_versions"
    __table_args__ = (
        UniqueConstraint("tariff_id", "number"),
        Index(
            "uq_tariff_versions_published",
            "tariff_id",
            "from_on",
            unique=True,
            postgresql_where=text("state = 'published'"),
        ),
        CheckConstraint("state in ('draft', 'published', 'withdrawn')", name="state"),
        CheckConstraint("state <> 'published' or approved_by is not null", name="approved"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    tariff_id: Mapped[str] = mapped_column(ForeignKey("tariffs.id"))
    number: Mapped[int]
    from_on: Mapped[date]
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    examples: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    note: Mapped[str]
    state: Mapped[str]
    edits: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime]
    # Who wrote what stands here last: that officer does not approve it.
    made_by: Mapped[str]
    approved_by: Mapped[str | None]
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]
    withdrawn_for: Mapped[str | None]


class LotTariffRow(Base):
    """Which tariff a lot has from a city day on, until its next row; without a tariff: none any more.

    `zone` is the lot's zone (路段) where the tariff has several.
    """

    __tablename__ = "tariff_lots"
    __table_args__ = (Index("ix_tariff_lots_tariff_id", "tariff_id"),)

    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    from_on: Mapped[date] = mapped_column(primary_key=True)
    tariff_id: Mapped[str | None] = mapped_column(ForeignKey("tariffs.id"))
    zone: Mapped[str | None]
    set_at: Mapped[datetime]
    set_by: Mapped[str]
