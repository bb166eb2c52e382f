"""Who put off one pull of a source alone, and when: it stays off when the source is switched on.

Revision: 20261121_1860, after: 20261121_1850
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1860"
down_revision = "20261121_1850"
branch_labels = None
depends_on = None

_KNOWN = """
    UPDATE pulls p SET put_off_by = told.actor, put_off_at = told.at
    FROM (
        SELECT DISTINCT ON (subject_id) subject_id, actor, at FROM audit_entries
        WHERE action = 'source:disable' AND subject_kind = 'source'
        ORDER BY subject_id, number DESC
    ) told
    WHERE told.subject_id = p.source_id AND p.state = 'disabled'
        AND EXISTS (SELECT FROM pulls o WHERE o.source_id = p.source_id AND o.state <> 'disabled')
"""


def upgrade() -> None:
    op.add_column("pulls", sa.Column("put_off_by", sa.Text(), nullable=True))
    op.add_column("pulls", sa.Column("put_off_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_KNOWN)


def downgrade() -> None:
    op.drop_column("pulls", "put_off_at")
    op.drop_column("pulls", "put_off_by")
