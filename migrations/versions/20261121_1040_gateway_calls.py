"""Calls of machine clients, the messages that were answered, and heartbeats.

Revision: 20261121_1040, after: 20261121_1030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1040"
down_revision = "20261121_1030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client_calls",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_signed", sa.Boolean(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("elapsed_us", sa.Integer(), nullable=False),
        sa.Column("body_length", sa.Integer(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_calls_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_calls")),
    )
    op.create_index("ix_client_calls_client_id", "client_calls", ["client_id", "is_signed", "at"])
    op.create_index("ix_client_calls_message_id", "client_calls", ["client_id", "message_id"])
    op.create_table(
        "received_messages",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_received_messages_client_id")),
        sa.PrimaryKeyConstraint("client_id", "message_id", name=op.f("pk_received_messages")),
    )
    op.create_index(
        "ix_received_messages_idempotency_key",
        "received_messages",
        ["client_id", "idempotency_key"],
        unique=True,
    )
    op.create_index("ix_received_messages_received_at", "received_messages", ["received_at"])
    op.create_table(
        "client_heartbeats",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("skew_s", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_heartbeats_client_id")),
        sa.PrimaryKeyConstraint("client_id", "lot_id", name=op.f("pk_client_heartbeats")),
    )
    op.create_table(
        "sandbox_events",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("stay_id", sa.Text(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_sandbox_events_client_id")),
        sa.PrimaryKeyConstraint("client_id", "event_id", name=op.f("pk_sandbox_events")),
    )
    op.create_index("ix_sandbox_events_lot_id", "sandbox_events", ["client_id", "lot_id", "at"])


def downgrade() -> None:
    op.drop_table("sandbox_events")
    op.drop_table("client_heartbeats")
    op.drop_table("received_messages")
    op.drop_table("client_calls")
