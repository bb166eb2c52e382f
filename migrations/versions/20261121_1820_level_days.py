"""The minutes of a quarter, and the days of a lot's and a source's service level.

Revision: 20261121_1820, after: 20261121_1810
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1820"
down_revision = "20261121_1810"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("live", "suspect", "unknown"):
        op.add_column("count_history", sa.Column(name, sa.SmallInteger(), nullable=True))
    op.create_table(
        "level_days",
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        *_minutes(),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_level_days_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", "space_class", "on", name=op.f("pk_level_days")),
    )
    op.create_index("ix_level_days_on", "level_days", ["on", "lot_id"])
    op.create_table(
        "source_level_days",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        *_minutes(),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_source_level_days_lot_id")),
        sa.PrimaryKeyConstraint("source", "lot_id", "space_class", "on", name=op.f("pk_source_level_days")),
    )
    op.create_index("ix_source_level_days_on", "source_level_days", ["on", "source"])


def downgrade() -> None:
    op.drop_table("source_level_days")
    op.drop_table("level_days")
    for name in ("unknown", "suspect", "live"):
        op.drop_column("count_history", name)


def _minutes() -> list[sa.Column[object]]:
    return [
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("due", "fresh", "suspect", "unknown")),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
    ]
