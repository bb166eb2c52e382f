"""Charges, payments and reconciliation.

Revision: 20261121_1030, after: 20261121_1020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1030"
down_revision = "20261121_1020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "charges",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.Text(), nullable=True),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("reckoned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("pay_url", sa.Text(), nullable=True),
        sa.Column("contradicted", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state in ('due', 'requested', 'in_doubt', 'paid', 'refused', 'refunded')",
            name=op.f("ck_charges_state"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_charges_asks_for_something")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charges")),
    )
    op.create_index("ix_charges_lot", "charges", ["lot_id", "made_at"], unique=False)
    op.create_index(
        "ix_charges_next",
        "charges",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("next_at is not null"),
    )
    op.create_index("ix_charges_visit", "charges", ["visit_id"], unique=False)
    op.create_index(
        "uq_charges_live",
        "charges",
        ["visit_id", "network"],
        unique=True,
        postgresql_where=sa.text("state in ('due', 'requested', 'in_doubt')"),
    )
    op.create_table(
        "charge_refunds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_charge_refunds_gives_something")),
        sa.ForeignKeyConstraint(["charge_id"], ["charges.id"], name=op.f("fk_charge_refunds_charge_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_refunds")),
    )
    op.create_index("ix_charge_refunds_charge", "charge_refunds", ["charge_id"], unique=False)
    op.create_index(
        "ix_charge_refunds_next",
        "charge_refunds",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("next_at is not null"),
    )
    op.create_table(
        "charge_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.Text(), nullable=True),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('payment', 'refund', 'correction')", name=op.f("ck_charge_entries_kind")
        ),
        sa.CheckConstraint("fen <> 0", name=op.f("ck_charge_entries_moves_something")),
        sa.ForeignKeyConstraint(["charge_id"], ["charges.id"], name=op.f("fk_charge_entries_charge_id")),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["charge_refunds.id"], name=op.f("fk_charge_entries_refund_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_entries")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_charge_entries_refund_id")),
    )
    op.create_index("ix_charge_entries_charge", "charge_entries", ["charge_id"], unique=False)
    op.create_index("ix_charge_entries_lot_on", "charge_entries", ["lot_id", "on"], unique=False)
    op.create_index("ix_charge_entries_network_on", "charge_entries", ["network", "on"], unique=False)
    op.create_table(
        "etc_transactions",
        sa.Column("terminal", sa.Text(), nullable=False),
        sa.Column("transaction_no", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("lane_id", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fee_fen", sa.Integer(), nullable=False),
        sa.Column("tac", sa.Text(), nullable=True),
        sa.Column("plate_month", sa.Date(), nullable=True),
        sa.Column("plate_hash", sa.LargeBinary(), nullable=True),
        sa.Column("visit_id", sa.Text(), nullable=True),
        sa.Column("charge_id", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("fee_fen >= 0", name=op.f("ck_etc_transactions_fee")),
        sa.CheckConstraint(
            "num_nulls(plate_month, plate_hash) in (0, 2)",
            name=op.f("ck_etc_transactions_hash_has_its_month"),
        ),
        sa.ForeignKeyConstraint(["charge_id"], ["charges.id"], name=op.f("fk_etc_transactions_charge_id")),
        sa.PrimaryKeyConstraint("terminal", "transaction_no", name=op.f("pk_etc_transactions")),
    )
    op.create_index(
        "ix_etc_transactions_open",
        "etc_transactions",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("visit_id is null"),
    )
    op.create_table(
        "charge_lots",
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("lane_key", sa.Text(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lot_id", "network", name=op.f("pk_charge_lots")),
    )
    op.create_table(
        "visit_codes",
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_visit_codes")),
    )
    op.create_index("uq_visit_codes_code", "visit_codes", ["lot_id", "code_hash"], unique=True)
    op.create_table(
        "pay_tickets",
        sa.Column("ticket_hash", sa.LargeBinary(), nullable=False),
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ticket_hash", name=op.f("pk_pay_tickets")),
    )
    op.create_index("ix_pay_tickets_expires_at", "pay_tickets", ["expires_at"], unique=False)
    op.create_table(
        "code_attempts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_code_attempts")),
    )
    op.create_table(
        "reconciliations",
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ours_fen", sa.BigInteger(), nullable=False),
        sa.Column("theirs_fen", sa.BigInteger(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("differing", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("network", "on", name=op.f("pk_reconciliations")),
    )
    op.create_table(
        "reconciliation_lines",
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("is_refund", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ours_fen", sa.BigInteger(), nullable=True),
        sa.Column("theirs_fen", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "network", "on", "charge_id", "is_refund", name=op.f("pk_reconciliation_lines")
        ),
    )


def downgrade() -> None:
    op.drop_table("reconciliation_lines")
    op.drop_table("reconciliations")
    op.drop_table("code_attempts")
    op.drop_table("pay_tickets")
    op.drop_table("visit_codes")
    op.drop_table("charge_lots")
    op.drop_table("etc_transactions")
    op.drop_table("charge_entries")
    op.drop_table("charge_refunds")
    op.drop_table("charges")
