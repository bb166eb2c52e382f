"""From when on what a source told of a lot is not believed any more.

Revision: 20261121_1840, after: 20261121_1820
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1840"
down_revision = "20261121_1820"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("counting_sources", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("counting_sources", "withdrawn_at")
