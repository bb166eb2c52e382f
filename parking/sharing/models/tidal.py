"""Which bays are lawful at stated times only, and by whose consent? Dated rows, ended and never deleted."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base
from parking.kernel.ids import new_id


class TidalArrangement(Base):
    """潮汐车位 of one class of a road section, and the traffic police's consent to them.

    The consent holds in [from_on, until_on), the arrangement in [from_on, ended_on). A change is a new row:
    `replaces_id` is the one that it ended.
    """

    __tablename__ = "tidal_bays"
    __table_args__ = (
        Index("ix_tidal_bays_lot_id", "lot_id"),
        CheckConstraint("spaces > 0", name="spaces"),
        CheckConstraint("until_on is null or from_on < until_on", name="dates"),
        CheckConstraint("consent_on <= from_on", name="consent"),
        CheckConstraint("(ended_on is null) = (ended_by is null)", name="ended"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    space_class: Mapped[str]
    spaces: Mapped[int]
    hours: Mapped[str]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    police_body: Mapped[str]
    consent_number: Mapped[str]
    consent_on: Mapped[date]
    paper_sha256: Mapped[str]
    paper_media_type: Mapped[str]
    paper_name: Mapped[str]
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("tidal_bays.id"))
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    ended_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    ended_for: Mapped[str | None]
