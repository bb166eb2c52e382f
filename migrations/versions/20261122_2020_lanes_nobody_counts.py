"""Who is disabled counts in no lane and is asked nothing.

Revision: 20261122_2020, after: 20261122_1985
"""

from __future__ import annotations

from alembic import op

revision = "20261122_2020"
down_revision = "20261122_1985"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was disabled, or lost the lot, before that freed its lanes: nobody's passages count there.
    op.execute("""
        update lanes l set counting_source = null
        where (l.counting_source like 'device:%' or l.counting_source like 'client:%')
        and not exists (
            select from devices d
            where 'device:' || d.id = l.counting_source and d.disabled_at is null and d.role = 'counting'
                and (
                    d.lot_id = l.lot_id
                    or exists (
                        select from device_lots m where m.device_id = d.id and m.lot_id = l.lot_id
                    )
                )
        ) and not exists (
            select from clients c join client_lots g on g.client_id = c.id and g.lot_id = l.lot_id
            where 'client:' || c.id = l.counting_source and c.disabled_at is null and not c.sandbox
                and 'passages:write' = any(c.scopes)
        )
    """)
    # Else a device registered anew under its serial brings along what was asked for the one before.
    op.execute("""
        update passage_pulls p
        set state = 'disabled', claimed_by = null, claimed_until_at = null, silent_since_at = null
        from devices d
        where d.id = p.device_id and d.disabled_at is not null and p.state <> 'disabled'
    """)


def downgrade() -> None:
    """They stay free and paused: whoever counted there may not."""
