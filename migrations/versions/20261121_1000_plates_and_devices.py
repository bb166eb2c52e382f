"""Keys of plates, devices and lanes, what clients may speak for.

Revision: 20261121_1000, after: 20261121_0845
"""

from __future__ import annotations

revision = "20261121_1000"
down_revision = "20261121_0845"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
