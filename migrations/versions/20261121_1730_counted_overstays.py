"""Which overstays a suspension rests on, so that it falls with them.

Revision: 20261121_1730, after: 20261121_1700
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_1730"
down_revision = "20261121_1700"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = sa.Column("booking_ids", postgresql.ARRAY(sa.Text()), nullable=True)
    op.add_column("plate_suspensions", kept)
    # Of those that stand the last overstay alone is known by its row; the others by the plate's hash.
    op.execute("update plate_suspensions set booking_ids = array[booking_id]")
    op.alter_column("plate_suspensions", "booking_ids", nullable=False)


def downgrade() -> None:
    op.drop_column("plate_suspensions", "booking_ids")
