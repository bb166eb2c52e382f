"""Lots whose gates count on from a number that a person set are connected.

Revision: 20261122_1970, after: 20261122_1960
"""

from __future__ import annotations

from alembic import op

revision = "20261122_1970"
down_revision = "20261122_1960"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # From now on: nobody knows since when, and no service level is owed for what is past.
    op.execute("""
        update lots set connected_since_at = now()
        where connected_since_at is null and exists (
            select from counter_states s
            where s.lot_id = lots.id and 'hand_set' = any(s.marks) and s.as_of > s.base_at
                and now() < s.as_of + s.ageing_after_s * interval '1 s'
        )
    """)


def downgrade() -> None:
    """They stay connected: their counts do reach us."""
