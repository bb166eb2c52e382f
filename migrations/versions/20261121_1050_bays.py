"""What bay sensors told.

Revision: 20261121_1050, after: 20261121_1040
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1050"
down_revision = "20261121_1040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bays",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("occupied", sa.Boolean(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("battery_low", sa.Boolean(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "num_nulls(occupied, told_at, heard_at) in (0, 3)", name=op.f("ck_bays_told_or_not")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_bays_device_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_bays_lot_id")),
        sa.PrimaryKeyConstraint("device_id", "key", name=op.f("pk_bays")),
    )
    op.create_index("ix_bays_lot_id_space_class", "bays", ["lot_id", "space_class"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_bays_lot_id_space_class", table_name="bays")
    op.drop_table("bays")
