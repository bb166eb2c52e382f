"""What an ETC lane took under a clock that cannot be is kept aside with its sum.

Revision: 20261122_1985, after: 20261122_1975
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_1985"
down_revision = "20261122_1975"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quarantined", sa.Column("fee_fen", sa.Integer()))


def downgrade() -> None:
    op.drop_column("quarantined", "fee_fen")
