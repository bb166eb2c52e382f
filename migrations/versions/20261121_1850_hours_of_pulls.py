"""The hours of pulls by their time: a day of all sources is asked for, and what is old is forgotten.

Revision: 20261121_1850, after: 20261121_1840
"""

from __future__ import annotations

from alembic import op

revision = "20261121_1850"
down_revision = "20261121_1840"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_pull_tallies_hour_at", "pull_tallies", ["hour_at"])


def downgrade() -> None:
    op.drop_index("ix_pull_tallies_hour_at", "pull_tallies")
