"""An open filing keeps its own organisation from a second one, not the lot's next holder.

Revision: 20261121_0845, after: 20261121_0720
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0845"
down_revision = "20261121_0720"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('drafted', 'submitted', 'correction_requested', 'accepted')")


def upgrade() -> None:
    op.drop_index("ux_filings_open", table_name="filings")
    op.create_index(
        "ux_filings_open",
        "filings",
        ["lot_id", "kind", "organisation_id"],
        unique=True,
        postgresql_where=_OPEN,
    )


def downgrade() -> None:
    # Fails where two holders of one lot have the same open: give one of them up first.
    op.drop_index("ux_filings_open", table_name="filings")
    op.create_index("ux_filings_open", "filings", ["lot_id", "kind"], unique=True, postgresql_where=_OPEN)
