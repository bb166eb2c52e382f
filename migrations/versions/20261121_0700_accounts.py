"""Accounts, sessions, machine clients and the outbox.

Revision: 20261121_0700, after: 20261121_0305
"""

from __future__ import annotations

revision = "20261121_0700"
down_revision = "20261121_0305"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
