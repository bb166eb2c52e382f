"""What the parties of an agreement are asked, answer and are told the evening before.

Revision: 20261121_1670, after: 20261121_1660
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_1670"
down_revision = "20261121_1660"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreement_questions",
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("windows", sa.Integer(), nullable=False),
        sa.Column("offered_minutes", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("extract(day from month_on) = 1", name=op.f("ck_agreement_questions_month")),
        sa.CheckConstraint("offered_minutes > 0", name=op.f("ck_agreement_questions_offered")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_questions_agreement_id")
        ),
        sa.PrimaryKeyConstraint("agreement_id", "month_on", name=op.f("pk_agreement_questions")),
    )
    op.create_table(
        "agreement_answers",
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("proposes_end", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "party in ('owner', 'operator', 'supervisor')", name=op.f("ck_agreement_answers_party")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id", "month_on"],
            ["agreement_questions.agreement_id", "agreement_questions.month_on"],
            name=op.f("fk_agreement_answers_agreement_id"),
        ),
        sa.PrimaryKeyConstraint("agreement_id", "month_on", "party", name=op.f("pk_agreement_answers")),
    )
    op.create_table(
        "leftovers_told",
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("evening_on", sa.Date(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("overdue", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_leftovers_told_agreement_id")
        ),
        sa.PrimaryKeyConstraint("agreement_id", "evening_on", name=op.f("pk_leftovers_told")),
    )


def downgrade() -> None:
    op.drop_table("leftovers_told")
    op.drop_table("agreement_answers")
    op.drop_table("agreement_questions")
