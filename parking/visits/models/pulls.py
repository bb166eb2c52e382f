"""Which clouds of vendors are asked for passages, how far, and how are they?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from parking.kernel.db.base import Base
from parking.kernel.ids import new_id
from parking.lots.models import Device


class CloudPull(Base):
    """One lot of a vendor's cloud, asked for what passed its barriers; the device is the cloud that tells.

    `state`: provisioned, active, failed, disabled. `cursor` is the adapter's own word for how far we came and
    is only ever written after the passages that it covers are durable.
    """

    __tablename__ = "passage_pulls"
    __table_args__ = (
        UniqueConstraint("device_id", "lot_key"),
        Index("ix_passage_pulls_due_at", "due_at", postgresql_where=text("state <> 'disabled'")),
        CheckConstraint("interval_s BETWEEN 5 AND 86400", name="interval"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    device_id: Mapped[str] = mapped_column(ForeignKey(Device.id))
    # The lot as the vendor names it; the device's mapping says which lot of the register it is.
    lot_key: Mapped[str]
    adapter: Mapped[str]
    base_url: Mapped[str]
    app_id: Mapped[str]
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    # Private ranges (CIDR) that an administrator allowed for this cloud alone.
    allowed_networks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    interval_s: Mapped[int]
    state: Mapped[str]
    due_at: Mapped[datetime]
    claimed_by: Mapped[str | None]
    claimed_until_at: Mapped[datetime | None]
    cursor: Mapped[str | None]
    # Everything that the cloud knew at this instant was told; null before the first whole round.
    complete_until_at: Mapped[datetime | None]
    # When a round last began that looked back a whole day, for what reached the cloud late.
    swept_at: Mapped[datetime | None]
    attempted_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    # Since when nothing good came; null while all is well. Logged once when set and once when cleared.
    silent_since_at: Mapped[datetime | None]
    # Of the last run: passages told, those of them that were new, problems found and the first written out.
    told: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    problem_count: Mapped[int] = mapped_column(default=0)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    created_at: Mapped[datetime]
