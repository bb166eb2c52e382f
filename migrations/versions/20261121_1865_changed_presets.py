"""By which text of its preset a source is read, and since when that is another one than somebody looked at.

Revision: 20261121_1865, after: 20261121_1860
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1865"
down_revision = "20261121_1860"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("preset_digest", sa.Text(), nullable=True))
    op.add_column("sources", sa.Column("preset_changed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("sources", "preset_changed_at")
    op.drop_column("sources", "preset_digest")
