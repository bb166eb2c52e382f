"""Register of lots and its append-only space ledger.

Revision: 20261121_0302, after: 20261121_0301
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0302"
down_revision = "20261121_0301"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lots",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("operator_name", sa.Text(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("source_datum", sa.Text(), nullable=False),
        sa.Column("source_lat", sa.Double(), nullable=False),
        sa.Column("source_lon", sa.Double(), nullable=False),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("opening_hours", sa.Text(), nullable=True),
        sa.Column("hours_note", sa.Text(), nullable=True),
        sa.Column("max_height_cm", sa.Integer(), nullable=True),
        sa.Column("filing_no", sa.Text(), nullable=True),
        sa.Column("connected_since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("etc_since_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("lat between -90 and 90 and lon between -180 and 180", name=op.f("ck_lots_place")),
        sa.CheckConstraint(
            "max_height_cm is null or max_height_cm between 100 and 1000", name=op.f("ck_lots_height")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("code", name=op.f("uq_lots_code")),
        sa.UniqueConstraint("filing_no", name=op.f("uq_lots_filing_no")),
    )
    op.create_table(
        "entrances",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("source_datum", sa.Text(), nullable=False),
        sa.Column("source_lat", sa.Double(), nullable=False),
        sa.Column("source_lon", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_entrances_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entrances")),
        sa.UniqueConstraint("lot_id", "position", name=op.f("uq_entrances_lot_id_position")),
    )
    op.create_table(
        "space_groups",
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=False),
        sa.Column("access", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_space_groups_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", "space_class", name=op.f("pk_space_groups")),
    )
    op.create_table(
        "space_ledger",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("metres", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("change <> 0 or metres <> 0", name=op.f("ck_space_ledger_says_something")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_space_ledger_lot_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_space_ledger")),
    )
    op.create_index(
        "ix_space_ledger_lot_id_space_class", "space_ledger", ["lot_id", "space_class", "on"], unique=False
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON space_ledger "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_index("ix_space_ledger_lot_id_space_class", table_name="space_ledger")
    op.drop_table("space_ledger")
    op.drop_table("space_groups")
    op.drop_table("entrances")
    op.drop_table("lots")
