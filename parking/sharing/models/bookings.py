"""What is kept of bookings, of what really used a window, and of vehicles that may not book for a time?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.attempts import Attempts
from parking.kernel.db.base import Base
from parking.kernel.ids import new_id

_STANDS = "state in ('booked', 'inside', 'overstayed')"


class Booking(Base):
    """A space of a window for one vehicle in [from_at, until_at).

    The plate is hashed under the key of the month in which it was booked; readable it is sealed here while
    the booking stands, and the phone until a day after. The row keeps its id and its code when the owner
    takes a window back and the booking moves to another. `is_counted`: it holds one of the window's spaces.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        Index("uq_bookings_plate", "plate_hash", unique=True, postgresql_where=text(_STANDS)),
        Index("ix_bookings_lot_plate", "lot_id", "plate_hash"),
        Index("ix_bookings_window", "window_id"),
        Index("ix_bookings_visit", "visit_id", postgresql_where=text("state = 'booked'")),
        Index("ix_bookings_standing", "until_at", postgresql_where=text(_STANDS)),
        Index("ix_bookings_phone", "closed_at", postgresql_where=text("phone_sealed is not null")),
        CheckConstraint("from_at < until_at", name="span"),
        CheckConstraint(
            f"{_STANDS} or state in ('left', 'no_show', 'cancelled', 'withdrawn')",
            name="state",
        ),
        CheckConstraint(f"({_STANDS}) = (closed_at is null)", name="closed"),
        CheckConstraint(f"{_STANDS} or num_nonnulls(plate_sealed, plate_masked) = 0", name="plate_forgotten"),
        CheckConstraint(f"{_STANDS} or not is_counted", name="counted"),
        CheckConstraint("num_nulls(fee_fen, overstay_fen) in (0, 2)", name="fee"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    window_id: Mapped[str] = mapped_column(ForeignKey("shared_windows.id"))
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    state: Mapped[str]
    is_counted: Mapped[bool]
    plate_month: Mapped[date]
    plate_hash: Mapped[bytes] = mapped_column(LargeBinary)
    plate_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    plate_masked: Mapped[str | None]
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    # From when the gate lets it in, and when its space is given to others if it did not come.
    let_in_at: Mapped[datetime]
    given_up_at: Mapped[datetime]
    grace_minutes: Mapped[int]
    pass_id: Mapped[str] = mapped_column(ForeignKey("passes.id"))
    booked_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    # While it is booked: by which visit its vehicle is inside already.
    visit_id: Mapped[str | None]
    entered_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    reminded_30_at: Mapped[datetime | None]
    reminded_10_at: Mapped[datetime | None]
    overstayed_at: Mapped[datetime | None]
    overstay_minutes: Mapped[int] = mapped_column(default=0)
    # The whole fee of the stay, and what of it the overstay added; None where no tariff tells.
    fee_fen: Mapped[int | None]
    overstay_fen: Mapped[int | None]
    moved_from: Mapped[str | None]
    moved_at: Mapped[datetime | None]


class WindowUse(Base):
    """A visit that used a window, with a booking or without; sharing keeps its own and never asks visits.

    `is_counted`: it holds one of the window's spaces by itself, without a booking while it is inside; so long
    `plate_hashes` say by what the vehicle is known, if it books meanwhile.
    """

    __tablename__ = "window_uses"
    __table_args__ = (
        Index("ix_window_uses_window", "window_id"),
        Index("ix_window_uses_lot", "lot_id", "entered_at"),
        Index(
            "ix_window_uses_plates",
            "plate_hashes",
            postgresql_using="gin",
            postgresql_where=text("plate_hashes is not null"),
        ),
        CheckConstraint("not is_counted or (booking_id is null and not is_over)", name="counted"),
        CheckConstraint(
            "plate_hashes is null or (booking_id is null and not is_over)", name="plate_forgotten"
        ),
    )

    visit_id: Mapped[str] = mapped_column(primary_key=True)
    window_id: Mapped[str] = mapped_column(ForeignKey("shared_windows.id"))
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    booking_id: Mapped[str | None] = mapped_column(ForeignKey("bookings.id"))
    is_counted: Mapped[bool]
    plate_hashes: Mapped[list[bytes] | None] = mapped_column(ARRAY(LargeBinary))
    entered_at: Mapped[datetime]
    # None although it is over: it left without being seen.
    left_at: Mapped[datetime | None]
    is_over: Mapped[bool] = mapped_column(default=False)
    overstay_minutes: Mapped[int] = mapped_column(default=0)


class PlateSuspension(Base):
    """A vehicle that may not book until a time, because it overstayed again and again.

    `booking_ids` are the overstays that it rests on: it falls with them.
    """

    __tablename__ = "plate_suspensions"
    __table_args__ = (Index("ix_plate_suspensions_plate", "plate_hash", "until_at"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    plate_month: Mapped[date]
    plate_hash: Mapped[bytes] = mapped_column(LargeBinary)
    booking_id: Mapped[str] = mapped_column(ForeignKey("bookings.id"))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    overstays: Mapped[int]
    booking_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))


class BookingAttempts(Attempts, Base):
    """How many wrong codes, or new bookings, a network of callers or a booking saw."""

    __tablename__ = "booking_attempts"

    number: Mapped[int] = mapped_column("times")
