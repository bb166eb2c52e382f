"""Charges, payments and reconciliation.

Revision: 20261121_1030, after: 20261121_1020
"""

from __future__ import annotations

revision = "20261121_1030"
down_revision = "20261121_1020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
