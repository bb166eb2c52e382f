"""What is kept of complaints, their steps, and of how often somebody tried?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.attempts import Attempts
from parking.kernel.db.base import Base
from parking.kernel.db.steps import StepRow
from parking.kernel.ids import new_id


class Complaint(Base):
    """反映: what somebody says of a lot; its name and district are those of the day it came.

    Whoever holds the code that `code_hash` stands for reads state and answer. `sender` tells only whether two
    came from one network; it, the sealed phone and the photo's name are erased some days after the end.
    """

    __tablename__ = "complaints"
    __table_args__ = (
        CheckConstraint(
            "(state IN ('closed', 'rejected', 'duplicate')) = (ended_at IS NOT NULL)", name="ended"
        ),
        CheckConstraint("(state = 'duplicate') = (duplicate_of_id IS NOT NULL)", name="duplicate"),
        CheckConstraint("(source = 'hotline') = (source_number IS NOT NULL)", name="source_number"),
        Index("ix_complaints_lot_id", "lot_id", "received_at"),
        Index("ix_complaints_state", "state", "due_on"),
        Index("ix_complaints_received_at", "received_at"),
        Index(
            "ix_complaints_personal",
            "ended_at",
            postgresql_where=text("ended_at IS NOT NULL AND erased_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    source: Mapped[str]
    source_number: Mapped[str | None] = mapped_column(unique=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    place: Mapped[str]
    district_code: Mapped[str | None]
    text: Mapped[str]
    phone_sealed: Mapped[bytes | None]
    sender: Mapped[str | None]
    form_key: Mapped[str | None] = mapped_column(unique=True)
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    photo_sha256: Mapped[str | None]
    photo_media_type: Mapped[str | None]
    photo_size: Mapped[int | None]
    photo_name: Mapped[str | None]
    state: Mapped[str]
    due_on: Mapped[date]
    received_at: Mapped[datetime]
    received_by: Mapped[str]
    forwarded_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    first_answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    answer: Mapped[str | None]
    is_confirmed: Mapped[bool | None]
    duplicate_of_id: Mapped[str | None] = mapped_column(ForeignKey("complaints.id"))
    reopened_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class ComplaintStepTaken(StepRow, Base):
    """One step of a complaint, in order: who, when, why, and by when an answer is owed."""

    __tablename__ = "complaint_steps"

    complaint_id: Mapped[str] = mapped_column(ForeignKey("complaints.id"), primary_key=True)
    due_on: Mapped[date]


class ComplaintNumber(Base):
    """The last number of a year: numbers have no gaps, since they roll back with their row."""

    __tablename__ = "complaint_numbers"

    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class ComplaintAttempts(Attempts, Base):
    """How often somebody complained, or was wrong about a code."""

    __tablename__ = "complaint_attempts"
