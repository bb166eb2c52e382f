"""Mappings by which sources are read, with their history, and lots that feeds tell without a place.

Revision: 20261121_1700, after: 20261121_1690
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_1700"
down_revision = "20261121_1690"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_mappings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_source_mappings")),
    )
    op.create_table(
        "source_candidates",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("spaces", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_source_candidates_source_id")),
        sa.PrimaryKeyConstraint("source_id", "external_id", name=op.f("pk_source_candidates")),
    )
    op.add_column("sources", sa.Column("mapping", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("sources", "mapping")
    op.drop_table("source_candidates")
    op.drop_table("source_mappings")
