"""Which vendors' clouds are told who may enter, how far, and how are they?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from parking.kernel.db.base import Base
from parking.kernel.ids import new_id
from parking.lots.models import Lot


class AllowListPush(Base):
    """A lot whose vendor's cloud is told its allow-list.

    `cursor` is the number of the last change of the lot's passes that was taken over into entries; `due_at`
    only ever lies ahead while the cloud cannot be told anything.
    """

    __tablename__ = "allow_list_pushes"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[str] = mapped_column(ForeignKey(Lot.id), unique=True)
    adapter: Mapped[str]
    # The lot as the vendor names it.
    lot_key: Mapped[str]
    base_url: Mapped[str]
    app_id: Mapped[str]
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    # Private ranges (CIDR) that an administrator allowed for this cloud alone.
    allowed_networks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # The desk that answers for the lot: some vendors want a person, and drivers are nobody's business.
    desk_name: Mapped[str]
    desk_phone: Mapped[str]
    cursor: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    attempted_at: Mapped[datetime | None]
    # When everything that was to be told was told, or a cloud's refusal of single entries known.
    succeeded_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    created_at: Mapped[datetime]


class AllowListEntry(Base):
    """A pass as its vendor's cloud knows it.

    `held` is the writer's own word of it (a number there), null before it was told. `due_at` is when it is
    told next, null while the cloud knows what is to be known.
    """

    __tablename__ = "allow_list_entries"
    __table_args__ = (
        Index(
            "ix_allow_list_entries_due_at", "push_id", "due_at", postgresql_where=text("due_at is not null")
        ),
        Index("ix_allow_list_entries_pass_id", "pass_id"),
    )

    push_id: Mapped[str] = mapped_column(ForeignKey("allow_list_pushes.id"), primary_key=True)
    pass_id: Mapped[str] = mapped_column(ForeignKey("passes.id"), primary_key=True)
    held: Mapped[str | None]
    due_at: Mapped[datetime | None]
    # The change of the pass that was told last: told again it is no change.
    seq: Mapped[int]
    attempts: Mapped[int] = mapped_column(default=0)
    refused_for: Mapped[str | None]
    told_at: Mapped[datetime | None]
