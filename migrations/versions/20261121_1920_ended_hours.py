"""The opening hours that a lot had before, each until when.

Revision: 20261121_1920, after: 20261121_1865
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1920"
down_revision = "20261121_1865"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ended_hours",
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opening_hours", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_ended_hours_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", "until_at", name=op.f("pk_ended_hours")),
    )


def downgrade() -> None:
    op.drop_table("ended_hours")
