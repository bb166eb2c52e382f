"""Visits paired from passages, and passes.

Revision: 20261121_1020, after: 20261121_1010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1020"
down_revision = "20261121_1010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=True),
        sa.Column("stay", sa.Text(), nullable=False),
        sa.Column("stay_id", sa.Text(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry_source", sa.Text(), nullable=True),
        sa.Column("entry_event_id", sa.Text(), nullable=True),
        sa.Column("entry_lane_id", sa.Text(), nullable=True),
        sa.Column("exited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exit_source", sa.Text(), nullable=True),
        sa.Column("exit_event_id", sa.Text(), nullable=True),
        sa.Column("exit_lane_id", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plate_month", sa.Date(), nullable=True),
        sa.Column("plate_hash", sa.LargeBinary(), nullable=True),
        sa.Column("plate_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("plate_masked", sa.Text(), nullable=True),
        sa.Column("plate_kind", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('open', 'closed', 'voided')", name=op.f("ck_visits_state")),
        sa.CheckConstraint(
            "entered_at is not null or exited_at is not null", name=op.f("ck_visits_has_an_end")
        ),
        sa.CheckConstraint(
            "num_nulls(plate_month, plate_hash) in (0, 2)", name=op.f("ck_visits_hash_has_its_month")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index(
        "ix_visits_doubtful",
        "visits",
        ["lot_id", "seen_at"],
        unique=False,
        postgresql_where=sa.text("doubt is not null"),
    )
    op.create_index("ix_visits_entry", "visits", ["entry_source", "entry_event_id"], unique=False)
    op.create_index("ix_visits_exit", "visits", ["exit_source", "exit_event_id"], unique=False)
    op.create_index(
        "ix_visits_inside",
        "visits",
        ["lot_id", "plate_hash"],
        unique=False,
        postgresql_where=sa.text("exited_at is null"),
    )
    op.create_index("ix_visits_lot_seen_at", "visits", ["lot_id", "seen_at"], unique=False)
    op.create_index(
        "ix_visits_open", "visits", ["entered_at"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "ix_visits_remembered",
        "visits",
        ["seen_at"],
        unique=False,
        postgresql_where=sa.text("plate_masked is not null"),
    )
    op.create_index(
        "ix_visits_sealed",
        "visits",
        ["closed_at"],
        unique=False,
        postgresql_where=sa.text("plate_sealed is not null"),
    )
    op.create_index(
        "ix_visits_to_settle",
        "visits",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("state = 'closed' and settled_at is null"),
    )
    op.create_table(
        "plate_links",
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("plate_month", sa.Date(), nullable=False),
        sa.Column("plate_hash", sa.LargeBinary(), nullable=False),
        sa.Column("vehicle", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lot_id", "plate_month", "plate_hash", name=op.f("pk_plate_links")),
    )
    op.create_index("ix_plate_links_vehicle", "plate_links", ["lot_id", "vehicle"], unique=False)
    op.create_table(
        "pairing_failures",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "event_id", name=op.f("pk_pairing_failures")),
    )
    op.create_table(
        "passes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("plate_month", sa.Date(), nullable=False),
        sa.Column("plate_hash", sa.LargeBinary(), nullable=False),
        sa.Column("plate_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("plate_masked", sa.Text(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.CheckConstraint("from_at < until_at", name=op.f("ck_passes_span")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_passes_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passes")),
    )
    op.create_index("ix_passes_plate", "passes", ["lot_id", "plate_hash"], unique=False)
    op.create_index(
        "ix_passes_sealed",
        "passes",
        ["until_at"],
        unique=False,
        postgresql_where=sa.text("plate_sealed is not null"),
    )
    op.create_index("uq_passes_lot_id_seq", "passes", ["lot_id", "seq"], unique=True)
    op.create_table(
        "pass_series",
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_pass_series_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_pass_series")),
    )


def downgrade() -> None:
    op.drop_table("pass_series")
    op.drop_table("passes")
    op.drop_table("pairing_failures")
    op.drop_table("plate_links")
    op.drop_table("visits")
