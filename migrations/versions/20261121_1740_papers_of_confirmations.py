"""By which paper a party confirmed, where an officer who saw it wrote that down.

Revision: 20261121_1740, after: 20261121_1730
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1740"
down_revision = "20261121_1730"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agreement_parties", sa.Column("paper_id", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("agreement_parties", "paper_id")
