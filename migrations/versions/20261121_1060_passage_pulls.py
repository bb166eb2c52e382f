"""Vendors' clouds that are asked for passages.

Revision: 20261121_1060, after: 20261121_1050
"""

from __future__ import annotations

revision = "20261121_1060"
down_revision = "20261121_1050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
