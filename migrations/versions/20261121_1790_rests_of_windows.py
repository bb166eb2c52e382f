"""When a window was not open between its begin and its end, and opened after all.

Revision: 20261121_1790, after: 20261121_1740
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1790"
down_revision = "20261121_1740"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "window_rests",
        sa.Column("window_id", sa.Text(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("from_at < until_at", name=op.f("ck_window_rests_span")),
        sa.ForeignKeyConstraint(["window_id"], ["shared_windows.id"], name=op.f("fk_window_rests_window_id")),
        sa.PrimaryKeyConstraint("window_id", "from_at", name=op.f("pk_window_rests")),
    )


def downgrade() -> None:
    op.drop_table("window_rests")
