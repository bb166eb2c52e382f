"""Calls of machine clients.

Revision: 20261121_1040, after: 20261121_1030
"""

from __future__ import annotations

revision = "20261121_1040"
down_revision = "20261121_1030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
