"""Vendors' clouds that are asked for passages.

Revision: 20261121_1060, after: 20261121_1050
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_1060"
down_revision = "20261121_1050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passage_pulls",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("lot_key", sa.Text(), nullable=False),
        sa.Column("adapter", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("allowed_networks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("interval_s", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("complete_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("silent_since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("problem_count", sa.Integer(), nullable=False),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("interval_s BETWEEN 5 AND 86400", name=op.f("ck_passage_pulls_interval")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_passage_pulls_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage_pulls")),
        sa.UniqueConstraint("device_id", "lot_key", name=op.f("uq_passage_pulls_device_id_lot_key")),
    )
    op.create_index(
        "ix_passage_pulls_due_at",
        "passage_pulls",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'disabled'"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_passage_pulls_due_at",
        table_name="passage_pulls",
        postgresql_where=sa.text("state <> 'disabled'"),
    )
    op.drop_table("passage_pulls")
