"""Bookings of shared spaces, what really used a window, and vehicles that may not book for a time.

Revision: 20261121_1610, after: 20261121_1600
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1610"
down_revision = "20261121_1600"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bookings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("window_id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("plate_month", sa.Date(), nullable=False),
        sa.Column("plate_hash", sa.LargeBinary(), nullable=False),
        sa.Column("plate_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("plate_masked", sa.Text(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("let_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grace_minutes", sa.Integer(), nullable=False),
        sa.Column("pass_id", sa.Text(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("visit_id", sa.Text(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_30_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_10_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overstayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overstay_minutes", sa.Integer(), nullable=False),
        sa.Column("fee_fen", sa.Integer(), nullable=True),
        sa.Column("overstay_fen", sa.Integer(), nullable=True),
        sa.Column("moved_from", sa.Text(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state in ('booked', 'inside', 'overstayed')) = (closed_at is null)",
            name=op.f("ck_bookings_closed"),
        ),
        sa.CheckConstraint(
            "state in ('booked', 'inside', 'overstayed') or not is_counted", name=op.f("ck_bookings_counted")
        ),
        sa.CheckConstraint(
            "state in ('booked', 'inside', 'overstayed') or num_nonnulls(plate_sealed, plate_masked) = 0",
            name=op.f("ck_bookings_plate_forgotten"),
        ),
        sa.CheckConstraint(
            "state in ('booked', 'inside', 'overstayed') "
            "or state in ('left', 'no_show', 'cancelled', 'withdrawn')",
            name=op.f("ck_bookings_state"),
        ),
        sa.CheckConstraint("from_at < until_at", name=op.f("ck_bookings_span")),
        sa.CheckConstraint("num_nulls(fee_fen, overstay_fen) in (0, 2)", name=op.f("ck_bookings_fee")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_bookings_lot_id")),
        sa.ForeignKeyConstraint(["pass_id"], ["passes.id"], name=op.f("fk_bookings_pass_id")),
        sa.ForeignKeyConstraint(["window_id"], ["shared_windows.id"], name=op.f("fk_bookings_window_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index("ix_bookings_lot_plate", "bookings", ["lot_id", "plate_hash"], unique=False)
    op.create_index(
        "ix_bookings_phone",
        "bookings",
        ["closed_at"],
        unique=False,
        postgresql_where=sa.text("phone_sealed is not null"),
    )
    op.create_index(
        "ix_bookings_standing",
        "bookings",
        ["until_at"],
        unique=False,
        postgresql_where=sa.text("state in ('booked', 'inside', 'overstayed')"),
    )
    op.create_index("ix_bookings_window", "bookings", ["window_id"], unique=False)
    op.create_index(
        "uq_bookings_plate",
        "bookings",
        ["plate_hash"],
        unique=True,
        postgresql_where=sa.text("state in ('booked', 'inside', 'overstayed')"),
    )
    op.create_table(
        "window_uses",
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("window_id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("booking_id", sa.Text(), nullable=True),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.Column("overstay_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "not is_counted or (booking_id is null and not is_over)", name=op.f("ck_window_uses_counted")
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_window_uses_booking_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_window_uses_lot_id")),
        sa.ForeignKeyConstraint(["window_id"], ["shared_windows.id"], name=op.f("fk_window_uses_window_id")),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_window_uses")),
    )
    op.create_index("ix_window_uses_lot", "window_uses", ["lot_id", "entered_at"], unique=False)
    op.create_index("ix_window_uses_window", "window_uses", ["window_id"], unique=False)
    op.create_table(
        "plate_suspensions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("plate_month", sa.Date(), nullable=False),
        sa.Column("plate_hash", sa.LargeBinary(), nullable=False),
        sa.Column("booking_id", sa.Text(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("overstays", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_plate_suspensions_booking_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plate_suspensions")),
    )
    op.create_index(
        "ix_plate_suspensions_plate", "plate_suspensions", ["plate_hash", "until_at"], unique=False
    )
    op.create_table(
        "booking_attempts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_booking_attempts")),
    )


def downgrade() -> None:
    op.drop_table("booking_attempts")
    op.drop_table("plate_suspensions")
    op.drop_table("window_uses")
    op.drop_table("bookings")
