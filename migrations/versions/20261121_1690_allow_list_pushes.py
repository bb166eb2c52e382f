"""Vendors' clouds that are told who may enter.

Revision: 20261121_1690, after: 20261121_1670
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_1690"
down_revision = "20261121_1670"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allow_list_pushes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("lot_key", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("allowed_networks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("desk_name", sa.Text(), nullable=False),
        sa.Column("desk_phone", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_allow_list_pushes_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allow_list_pushes")),
        sa.UniqueConstraint("lot_id", name=op.f("uq_allow_list_pushes_lot_id")),
    )
    op.create_table(
        "allow_list_entries",
        sa.Column("push_id", sa.Text(), nullable=False),
        sa.Column("pass_id", sa.Text(), nullable=False),
        sa.Column("held", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("refused_for", sa.Text(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["push_id"], ["allow_list_pushes.id"], name=op.f("fk_allow_list_entries_push_id")
        ),
        sa.ForeignKeyConstraint(["pass_id"], ["passes.id"], name=op.f("fk_allow_list_entries_pass_id")),
        sa.PrimaryKeyConstraint("push_id", "pass_id", name=op.f("pk_allow_list_entries")),
    )
    op.create_index(
        "ix_allow_list_entries_due_at",
        "allow_list_entries",
        ["push_id", "due_at"],
        postgresql_where=sa.text("due_at is not null"),
    )
    op.create_index("ix_allow_list_entries_pass_id", "allow_list_entries", ["pass_id"])


def downgrade() -> None:
    op.drop_table("allow_list_entries")
    op.drop_table("allow_list_pushes")
