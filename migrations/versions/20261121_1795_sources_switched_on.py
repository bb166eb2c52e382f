"""Since when a source may be pulled, who said so and why. Those that there are were switched on when added.

Revision: 20261121_1795, after: 20261121_1790
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1795"
down_revision = "20261121_1790"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("switched_on_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sources", sa.Column("switched_on_by", sa.Text(), nullable=True))
    op.add_column("sources", sa.Column("switch_on_reason", sa.Text(), nullable=True))
    op.execute("UPDATE sources SET switched_on_at = created_at")


def downgrade() -> None:
    op.drop_column("sources", "switch_on_reason")
    op.drop_column("sources", "switched_on_by")
    op.drop_column("sources", "switched_on_at")
