"""What bay sensors told.

Revision: 20261121_1050, after: 20261121_1040
"""

from __future__ import annotations

revision = "20261121_1050"
down_revision = "20261121_1040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
