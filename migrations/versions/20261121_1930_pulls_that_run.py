"""The pulls that run, by their host: they are counted at every claim, and are few among thousands.

Revision: 20261121_1930, after: 20261121_1920
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1930"
down_revision = "20261121_1920"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_pulls_running", "pulls", ["host"], postgresql_where=sa.text("claimed_until_at is not null")
    )


def downgrade() -> None:
    op.drop_index("ix_pulls_running", "pulls")
