"""Counts: facts, state, history.

Revision: 20261121_0303, after: 20261121_0302
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_0303"
down_revision = "20261121_0302"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "voided_facts",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "event_id", name=op.f("pk_voided_facts")),
    )
    op.create_table(
        "count_facts",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("free", sa.Integer(), nullable=True),
        sa.Column("occupied", sa.Integer(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("hand_set", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "free is not null or occupied is not null", name=op.f("ck_count_facts_says_something")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_count_facts_lot_id")),
        sa.PrimaryKeyConstraint("source", "event_id", name=op.f("pk_count_facts")),
    )
    op.create_index(
        "ix_count_facts_counter", "count_facts", ["lot_id", "space_class", "source", "as_of"], unique=False
    )
    op.create_table(
        "count_history",
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=False),
        sa.Column("slot_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occupied", sa.Integer(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_count_history_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", "space_class", "slot_at", name=op.f("pk_count_history")),
    )
    op.create_table(
        "counter_states",
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("told_capacity", sa.Integer(), nullable=True),
        sa.Column("drift", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("marks", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("ageing_after_s", sa.Integer(), nullable=True),
        sa.Column("unknown_after_s", sa.Integer(), nullable=True),
        sa.Column("refold_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("history_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "num_nulls(basis, value, as_of, source, ageing_after_s, unknown_after_s) in (0, 6)",
            name=op.f("ck_counter_states_known_or_not"),
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_counter_states_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", "space_class", name=op.f("pk_counter_states")),
    )
    op.create_index(
        "ix_counter_states_refold_at",
        "counter_states",
        ["refold_at"],
        unique=False,
        postgresql_where=sa.text("refold_at is not null"),
    )
    op.create_table(
        "counting_sources",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("ageing_after_s", sa.Integer(), nullable=False),
        sa.Column("unknown_after_s", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_counting_sources_lot_id")),
        sa.PrimaryKeyConstraint("source", "lot_id", name=op.f("pk_counting_sources")),
    )
    op.create_table(
        "passage_facts",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("space_class", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("direction", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("direction in (-1, 1)", name=op.f("ck_passage_facts_direction")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_passage_facts_lot_id")),
        sa.PrimaryKeyConstraint("source", "event_id", name=op.f("pk_passage_facts")),
    )
    op.create_index(
        "ix_passage_facts_counter", "passage_facts", ["lot_id", "space_class", "at"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_passage_facts_counter", table_name="passage_facts")
    op.drop_table("passage_facts")
    op.drop_table("counting_sources")
    op.drop_index("ix_counter_states_refold_at", table_name="counter_states")
    op.drop_table("counter_states")
    op.drop_table("count_history")
    op.drop_index("ix_count_facts_counter", table_name="count_facts")
    op.drop_table("count_facts")
    op.drop_table("voided_facts")
