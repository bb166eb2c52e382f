"""Passages as they come, quarantine, and counts that follow passages one by one.

Revision: 20261121_1010, after: 20261121_1000
"""

from __future__ import annotations

revision = "20261121_1010"
down_revision = "20261121_1000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
