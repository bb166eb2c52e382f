"""What ends a statement that stores passages in one go where one of them is not plain.

Revision: 20261122_1960, after: 20261121_1950
"""

from __future__ import annotations

from alembic import op

revision = "20261122_1960"
down_revision = "20261121_1950"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Read in the server's log by whoever looks there: nothing is wrong.
    op.execute("""
        create function must_be_plain(plain boolean) returns boolean language plpgsql as $$
        begin
            if not plain then
                raise exception 'not every passage is plain: they are stored step by step'
                    using errcode = 'PK001';
            end if;
            return plain;
        end
        $$
    """)


def downgrade() -> None:
    op.execute("drop function must_be_plain(boolean)")
