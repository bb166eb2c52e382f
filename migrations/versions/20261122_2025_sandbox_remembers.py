"""A sandbox remembers what must be the same when an id is told again: a count's numbers, a transaction's fee.

Revision: 20261122_2025, after: 20261122_2020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_2025"
down_revision = "20261122_2020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sandbox_events", sa.Column("said", sa.Text()))


def downgrade() -> None:
    op.drop_column("sandbox_events", "said")
