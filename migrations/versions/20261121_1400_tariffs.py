"""Tariffs, their versions, and which lot has which.

Revision: 20261121_1400, after: 20261121_1060
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_1400"
down_revision = "20261121_1060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tariffs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.CheckConstraint("kind in ('off_street', 'on_street')", name=op.f("ck_tariffs_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariffs")),
        sa.UniqueConstraint("code", name=op.f("uq_tariffs_code")),
    )
    op.create_table(
        "tariff_versions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tariff_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("examples", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_for", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('draft', 'published', 'withdrawn')", name=op.f("ck_tariff_versions_state")
        ),
        sa.CheckConstraint(
            "state <> 'published' or approved_by is not null", name=op.f("ck_tariff_versions_approved")
        ),
        sa.ForeignKeyConstraint(["tariff_id"], ["tariffs.id"], name=op.f("fk_tariff_versions_tariff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariff_versions")),
        sa.UniqueConstraint("tariff_id", "number", name=op.f("uq_tariff_versions_tariff_id_number")),
    )
    op.create_index(
        "uq_tariff_versions_published",
        "tariff_versions",
        ["tariff_id", "from_on"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "tariff_lots",
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("tariff_id", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_tariff_lots_lot_id")),
        sa.ForeignKeyConstraint(["tariff_id"], ["tariffs.id"], name=op.f("fk_tariff_lots_tariff_id")),
        sa.PrimaryKeyConstraint("lot_id", "from_on", name=op.f("pk_tariff_lots")),
    )
    op.create_index("ix_tariff_lots_tariff_id", "tariff_lots", ["tariff_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_tariff_lots_tariff_id", table_name="tariff_lots")
    op.drop_table("tariff_lots")
    op.drop_index(
        "uq_tariff_versions_published",
        table_name="tariff_versions",
        postgresql_where=sa.text("state = 'published'"),
    )
    op.drop_table("tariff_versions")
    op.drop_table("tariffs")
