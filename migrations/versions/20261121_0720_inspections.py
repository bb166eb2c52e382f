"""Inspections, findings, scores.

Revision: 20261121_0720, after: 20261121_0710
"""

from __future__ import annotations

revision = "20261121_0720"
down_revision = "20261121_0710"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
