"""Bays that are lawful at stated times only.

Revision: 20261121_1650, after: 20261121_1610
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1650"
down_revision = "20261121_1610"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tidal_bays",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=False),
        sa.Column("spaces", sa.Integer(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("police_body", sa.Text(), nullable=False),
        sa.Column("consent_number", sa.Text(), nullable=False),
        sa.Column("consent_on", sa.Date(), nullable=False),
        sa.Column("paper_sha256", sa.Text(), nullable=False),
        sa.Column("paper_media_type", sa.Text(), nullable=False),
        sa.Column("paper_name", sa.Text(), nullable=False),
        sa.Column("replaces_id", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_for", sa.Text(), nullable=True),
        sa.CheckConstraint("spaces > 0", name=op.f("ck_tidal_bays_spaces")),
        sa.CheckConstraint("until_on is null or from_on < until_on", name=op.f("ck_tidal_bays_dates")),
        sa.CheckConstraint("consent_on <= from_on", name=op.f("ck_tidal_bays_consent")),
        sa.CheckConstraint("(ended_on is null) = (ended_by is null)", name=op.f("ck_tidal_bays_ended")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_tidal_bays_lot_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["tidal_bays.id"], name=op.f("fk_tidal_bays_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tidal_bays")),
    )
    op.create_index("ix_tidal_bays_lot_id", "tidal_bays", ["lot_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_tidal_bays_lot_id", table_name="tidal_bays")
    op.drop_table("tidal_bays")
