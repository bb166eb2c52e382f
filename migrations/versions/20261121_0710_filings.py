"""Filings, certificates, notices.

Revision: 20261121_0710, after: 20261121_0700
"""

from __future__ import annotations

revision = "20261121_0710"
down_revision = "20261121_0700"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
