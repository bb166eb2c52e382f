"""Visits paired from passages, and passes.

Revision: 20261121_1020, after: 20261121_1010
"""

from __future__ import annotations

revision = "20261121_1020"
down_revision = "20261121_1010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
