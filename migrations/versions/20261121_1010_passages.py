"""Passages as they come, quarantine, and counts that follow passages one by one.

Revision: 20261121_1010, after: 20261121_1000
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1010"
down_revision = "20261121_1000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The count on which a counter's value rests: a passage after it moves the value, one before it does not.
    op.add_column("counter_states", sa.Column("base_at", sa.DateTime(timezone=True), nullable=True))
    # Writers lock the counter's row first, and that has the key to the lot; a check for each passage costs
    # as much as its insert.
    op.drop_constraint(op.f("fk_passage_facts_lot_id"), "passage_facts", type_="foreignkey")
    _passages()
    _quarantined()


def _passages() -> None:
    op.create_table(
        "passages",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("lane_id", sa.Text(), nullable=True),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("plate_month", sa.Date(), nullable=True),
        sa.Column("plate_hash", sa.LargeBinary(), nullable=True),
        sa.Column("plate_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("plate_masked", sa.Text(), nullable=True),
        sa.Column("plate_kind", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("stay", sa.Text(), nullable=True),
        sa.Column("stay_id", sa.Text(), nullable=True),
        sa.Column("resent", sa.Boolean(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column("paired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("direction in ('entry', 'exit')", name=op.f("ck_passages_direction")),
        sa.CheckConstraint(
            "num_nulls(plate_month, plate_hash) in (0, 2)", name=op.f("ck_passages_hash_has_its_month")
        ),
        sa.PrimaryKeyConstraint("source", "event_id", name=op.f("pk_passages")),
    )
    op.create_index("ix_passages_lot_at", "passages", ["lot_id", "at"])
    op.create_index(
        "ix_passages_plate",
        "passages",
        ["lot_id", "plate_hash", "at"],
        postgresql_where=sa.text("plate_hash is not null"),
    )
    op.create_index(
        "ix_passages_stay",
        "passages",
        ["lot_id", "stay_id"],
        postgresql_where=sa.text("stay_id is not null"),
    )
    op.create_index(
        "ix_passages_to_pair", "passages", ["received_at"], postgresql_where=sa.text("paired_at is null")
    )


def _quarantined() -> None:
    op.create_table(
        "quarantined",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("dialect", sa.Text(), nullable=True),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("network", sa.Text(), nullable=True),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("lot_id", sa.Text(), nullable=True),
        sa.Column("lane_id", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined")),
    )
    op.create_index("uq_quarantined_what", "quarantined", ["origin", "reason", "key"], unique=True)
    op.create_index(
        "ix_quarantined_strangers",
        "quarantined",
        ["dialect"],
        postgresql_where=sa.text("device_id is null"),
    )
    op.create_index(
        "ix_quarantined_open", "quarantined", ["last_at"], postgresql_where=sa.text("closed_at is null")
    )


def downgrade() -> None:
    op.drop_table("quarantined")
    op.drop_table("passages")
    op.create_foreign_key(op.f("fk_passage_facts_lot_id"), "passage_facts", "lots", ["lot_id"], ["id"])
    op.drop_column("counter_states", "base_at")
