"""Keys of plates, devices and lanes, what clients may speak for.

Revision: 20261121_1000, after: 20261121_0845
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1000"
down_revision = "20261121_0845"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plate_keys",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(sealed IS NULL) = (destroyed_at IS NOT NULL)", name=op.f("ck_plate_keys_destroyed")
        ),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_plate_keys")),
    )
    op.create_table(
        "unknown_devices",
        sa.Column("dialect", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("dialect", "serial", name=op.f("pk_unknown_devices")),
    )
    op.create_table(
        "client_lots",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_lots_client_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_client_lots_lot_id")),
        sa.PrimaryKeyConstraint("client_id", "lot_id", name=op.f("pk_client_lots")),
    )
    op.create_table(
        "lanes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("entrance_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=True),
        sa.Column("counting_source", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entrance_id"], ["entrances.id"], name=op.f("fk_lanes_entrance_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lanes_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lanes")),
    )
    op.create_index(
        "ix_lanes_lot_id_name",
        "lanes",
        ["lot_id", "name"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("dialect", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("lot_id", sa.Text(), nullable=True),
        sa.Column("lane_id", sa.Text(), nullable=True),
        sa.Column("space_class", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("silence_after_s", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret_hash", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signing_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("old_signing_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("old_signing_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("lane_id IS NULL OR lot_id IS NOT NULL", name=op.f("ck_devices_lane_of_a_lot")),
        sa.CheckConstraint("silence_after_s BETWEEN 60 AND 604800", name=op.f("ck_devices_silence")),
        sa.ForeignKeyConstraint(["lane_id"], ["lanes.id"], name=op.f("fk_devices_lane_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_devices_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_devices_secret_hash")),
    )
    op.create_index(
        "ix_devices_dialect_serial",
        "devices",
        ["dialect", "serial"],
        unique=True,
        postgresql_where=sa.text("disabled_at IS NULL"),
    )
    op.create_index("ix_devices_lot_id", "devices", ["lot_id"], unique=False)
    op.create_table(
        "device_lanes",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("vendor_key", sa.Text(), nullable=False),
        sa.Column("lane_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_lanes_device_id")),
        sa.ForeignKeyConstraint(["lane_id"], ["lanes.id"], name=op.f("fk_device_lanes_lane_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_device_lanes_lot_id")),
        sa.PrimaryKeyConstraint("device_id", "lot_id", "vendor_key", name=op.f("pk_device_lanes")),
    )
    op.create_table(
        "device_lots",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("vendor_key", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_lots_device_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_device_lots_lot_id")),
        sa.PrimaryKeyConstraint("device_id", "vendor_key", name=op.f("pk_device_lots")),
    )
    op.create_index("ix_device_lots_lot_id", "device_lots", ["lot_id"], unique=False)
    op.create_table(
        "device_sightings",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("skew_s", sa.Integer(), nullable=True),
        sa.Column("silent_since_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_sightings_device_id")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_sightings")),
    )
    op.add_column("client_keys", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.add_column(
        "clients", sa.Column("sandbox", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("clients", "sandbox")
    op.drop_column("client_keys", "sealed")
    op.drop_table("device_sightings")
    op.drop_index("ix_device_lots_lot_id", table_name="device_lots")
    op.drop_table("device_lots")
    op.drop_table("device_lanes")
    op.drop_index("ix_devices_lot_id", table_name="devices")
    op.drop_index(
        "ix_devices_dialect_serial", table_name="devices", postgresql_where=sa.text("disabled_at IS NULL")
    )
    op.drop_table("devices")
    op.drop_index("ix_lanes_lot_id_name", table_name="lanes", postgresql_where=sa.text("closed_at IS NULL"))
    op.drop_table("lanes")
    op.drop_table("client_lots")
    op.drop_table("unknown_devices")
    op.drop_table("plate_keys")
