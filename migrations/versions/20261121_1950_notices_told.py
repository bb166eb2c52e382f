"""When the bureau heard that a source is odd; one that was odd again in the quiet hours was never told.

Revision: 20261121_1950, after: 20261121_1940
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1950"
down_revision = "20261121_1940"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source_notices", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("update source_notices set told_at = opened_at")


def downgrade() -> None:
    op.drop_column("source_notices", "told_at")
